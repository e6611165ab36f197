// Examines what a session is made to be, whatever is set for the database, the role or the pooler before it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../test/fixtures/database.ts'
import { startEngine, type Engine } from '../../../test/fixtures/engine.ts'
import { connect, DatabaseUnfit, lane, openPool } from './database.ts'
import { startEmbedded, type Embedded } from '../embedded/embedded.ts'
import { migrate } from './migrate.ts'

describe('C3: PostgreSQL that would lose what it acknowledged is refused in one sentence', () => {
  let folder: string
  let server: Embedded
  const lost = { fsync: 'off', full_page_writes: 'off', shared_buffers: '16MB' }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-session-'))
    server = await startEmbedded({ folder, settings: { shared_buffers: '16MB' } })
  })
  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function on(sql: string, url = server.url): Promise<void> {
    const pool = openPool(url, { name: 'test', max: 1 })
    await pool.query(sql)
    await pool.end()
  }

  const refused: readonly [how: string, set: string, undo: string, says: RegExp][] = [
    [
      'for the database',
      'alter database holdfast set synchronous_commit = off',
      'alter database holdfast reset synchronous_commit',
      /^synchronous_commit is off, so .* run "alter database holdfast reset synchronous_commit", then start again\.$/,
    ],
    [
      'for the role',
      'alter role holdfast set synchronous_commit = off',
      'alter role holdfast reset synchronous_commit',
      /run "alter role holdfast reset synchronous_commit", then/,
    ],
    [
      'for the role in this database',
      'alter role holdfast in database holdfast set synchronous_commit = off',
      'alter role holdfast in database holdfast reset synchronous_commit',
      /run "alter role holdfast in database holdfast reset synchronous_commit", then/,
    ],
    [
      'triggers that do not fire',
      'alter database holdfast set session_replication_role = replica',
      'alter database holdfast reset session_replication_role',
      /^session_replication_role is replica, with which our triggers do not fire/,
    ],
  ]

  test.each(refused)('set %s', async (_how, set, undo, says) => {
    const before = connect(server.url, { name: 'before', max: 1 })
    await before.one('select 1')
    await on(set)
    try {
      for (const asked of [
        () => connect(server.url, { name: 'new', max: 1 }).one('select 1'),
        () => lane(server.url, 'new lane').query('select 1'),
        () => migrate(server.url),
        () => startEngine({ url: server.url }),
      ]) {
        const error: unknown = await asked().catch((thrown: unknown) => thrown)
        expect(error).toBeInstanceOf(DatabaseUnfit)
        expect((error as Error).message).toMatch(says)
      }
      // Who was there before keeps what was set then.
      expect(await before.one(`select current_setting('synchronous_commit') as commit`)).toEqual({
        commit: 'on',
      })
    } finally {
      await before.close()
      await raw(undo)
    }
    expect(await connect(server.url, { name: 'new', max: 1 }).one('select 1 as one')).toEqual({ one: 1 })
  })

  /** Without our sessions, as psql would. */
  async function raw(sql: string): Promise<void> {
    const { Client } = await import('pg')
    const client = new Client(server.url)
    await client.connect()
    await client.query(sql)
    await client.end()
  }

  test('in the options of DATABASE_URL', async () => {
    const url = `${server.url}?options=${encodeURIComponent('-c synchronous_commit=off')}`
    await expect(connect(url, { name: 'new', max: 1 }).one('select 1')).rejects.toThrow(
      /take it out of the options in DATABASE_URL/,
    )
  })

  test('by the server: fsync and full_page_writes, unless the database is marked as one that may lose', async () => {
    const other = await mkdtemp(join(tmpdir(), 'holdfast-session-'))
    try {
      for (const [name, settings] of [
        ['fsync', lost],
        ['full_page_writes', { ...lost, fsync: 'on' }],
      ] as const) {
        const lossy = await startEmbedded({ folder: other, settings })
        try {
          expect(await connect(lossy.url, { name: 'marked', max: 1 }).one('select 1 as one')).toEqual({
            one: 1,
          })
          await expect(startEngine({ url: lossy.url, config: { mode: 'live' } })).rejects.toThrow(
            /marked as one that may lose .*live mode needs one that keeps it/,
          )
          await on('alter database holdfast set holdfast.may_lose_commits = off', lossy.url)
          await expect(connect(lossy.url, { name: 'new', max: 1 }).one('select 1')).rejects.toThrow(
            new RegExp(`^${name} is off, so .*"alter system set ${name} = on"`),
          )
        } finally {
          await lossy.stop()
          await rm(join(other, 'postgres'), { recursive: true })
        }
      }
    } finally {
      await rm(other, { recursive: true, force: true })
    }
  })

  test('local is good alone, and refused where a standby should have it too', async () => {
    const url = `${server.url}?options=${encodeURIComponent('-c synchronous_commit=local')}`
    expect(await connect(url, { name: 'alone', max: 1 }).one('select 1 as one')).toEqual({ one: 1 })
    await on(`alter system set synchronous_standby_names = 'elsewhere'`)
    await on('select pg_reload_conf()')
    try {
      const refusal = async () =>
        connect(url, { name: 'new', max: 1 })
          .one('select 1')
          .then(
            () => '',
            (error: Error) => error.message,
          )
      for (let tries = 0; tries < 50 && (await refusal()) === ''; tries += 1) await sleep(20)
      expect(await refusal()).toMatch(/local although there are synchronous standbys \(elsewhere\)/)
    } finally {
      await on('alter system reset synchronous_standby_names')
      await on('select pg_reload_conf()')
    }
  })
})

describe('C8: what a database or a role has set does not change what our statements mean', () => {
  let fresh: FreshDatabase
  let engine: Engine
  const strange = {
    datestyle: 'German, DMY',
    intervalstyle: 'sql_standard',
    timezone: 'Asia/Kathmandu',
    default_transaction_isolation: 'serializable',
    default_transaction_read_only: 'on',
    default_transaction_deferrable: 'on',
    bytea_output: 'escape',
    array_nulls: 'off',
    extra_float_digits: '-15',
    standard_conforming_strings: 'off',
    transform_null_equals: 'on',
    search_path: 'nowhere',
    lock_timeout: '1ms',
    idle_session_timeout: '1s',
    statement_timeout: '250ms',
    idle_in_transaction_session_timeout: '20ms',
    client_encoding: 'latin1',
  }

  beforeAll(async () => {
    fresh = await freshDatabase()
    for (const [name, value] of Object.entries(strange))
      await fresh.db.run(
        `do $$ begin execute format('alter database %I set ${name} = ${name === 'search_path' ? value : `''${value}''`}', current_database()); end $$`,
      )
    engine = await startEngine({ url: fresh.url })
  })
  afterAll(async () => {
    await engine?.stop()
    await fresh?.drop()
  })

  test('readers, lanes, jobs and the ledger work as ever', async () => {
    const id = await engine.order({ buyer: 'jose', seller: 'bilal', amount: 500 }, 'pay', 'ship', 'deliver')
    await engine.advance(40 * 86_400)
    expect(await engine.must(200, `/orders/${id}`)).toMatchObject({ state: 'completed', money: 'released' })
    await sleep(1_200)
    expect(await engine.integrity()).toMatchObject({ clean: true })
    expect((await engine.events(id)).map(({ at }) => at)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\d{4}-\d\d-\d\dT/)]),
    )
  })

  test('on every connection: each pool and lane, the queue included', async () => {
    const { rows } = await import('pg').then(async ({ Client }) => {
      const client = new Client(fresh.url)
      await client.connect()
      const found = await client.query<{ name: string }>(
        `select distinct application_name as name from pg_stat_activity where datname = current_database() and application_name like 'holdfast%'`,
      )
      await client.end()
      return found
    })
    expect(rows.map(({ name }) => name)).toContain('holdfast queue')
    const pool = openPool(fresh.url, { name: 'like the queue', max: 1 })
    const own = await pool.query<{ name: string; setting: string }>(
      'select lower(name) as name, setting from pg_settings where lower(name) = any($1)',
      [Object.keys(strange)],
    )
    await pool.end()
    const kept = own.rows.filter(({ name, setting }) => setting === strange[name as keyof typeof strange])
    expect(kept).toEqual([])
    expect(own.rows).toHaveLength(Object.keys(strange).length)
  })
})
