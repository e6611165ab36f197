// Examines two roles on one database: one that owns the tables and migrates, one that serves and can change no table.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../test/fixtures/database.ts'
import { startEngine, type Engine } from '../../../test/fixtures/engine.ts'
import { connect, type Database } from './database.ts'
import { migrate, openSchema, SchemaOlder } from './migrate.ts'

const main = fileURLToPath(new URL('../../main.ts', import.meta.url))
const suffix = randomUUID().slice(0, 8)
const owner = `owner_${suffix}`
const runtime = `Runtime ${suffix}`
const final = ['transfers', 'events', 'batches', 'flows', 'fee_schedules', 'evidence', 'files']

describe('C7: migration role and runtime role', () => {
  let fresh: FreshDatabase
  let runtime_db: Database
  let engine: Engine
  let worker: Engine

  beforeAll(async () => {
    fresh = await freshDatabase('template0')
    await fresh.db.run(`create role ${owner} login password 'one'`)
    await fresh.db.run(`create role "${runtime}" login password 'two'`)
    await fresh.db.run(
      `do $$ begin execute format('grant create on database %I to ${owner}', current_database()); end $$`,
    )
    await fresh.db.run(`grant create on schema public to ${owner}`)
    runtime_db = connect(as(runtime, 'two'), { name: 'test', max: 1 })
  })
  afterAll(async () => {
    await worker?.stop()
    await engine?.stop()
    await runtime_db?.close()
    await fresh.db.run(`drop owned by "${runtime}"`)
    await fresh.db.run(`drop owned by ${owner} cascade`)
    await fresh.db.run(`drop role "${runtime}"`)
    await fresh.db.run(`drop role ${owner}`)
    await fresh.drop()
  })

  function as(role: string, password: string): string {
    const url = new URL(fresh.url)
    url.username = encodeURIComponent(role)
    url.password = password
    return url.href
  }

  test('before the owner has migrated, the runtime role says what is missing and what to do', async () => {
    const asked = openSchema(as(runtime, 'two'))
    await expect(asked).rejects.toThrow(SchemaOlder)
    await expect(asked).rejects.toThrow(
      `The role ${runtime} does not own the tables, and the database lacks migration 0001_kernel.sql: run \`holdfast migrate --runtime-role NAME\` as the role that owns the tables, then start again.`,
    )
  })

  test('`holdfast migrate --runtime-role` by the owner grants what is needed; again, it does nothing', async () => {
    const run = () =>
      promisify(execFile)(process.execPath, [main, 'migrate', '--runtime-role', runtime], {
        env: { ...process.env, DATABASE_URL: as(owner, 'one') },
      })
    expect((await run()).stdout).toMatch(/applied 0001_kernel\.sql/)
    expect((await run()).stdout).toBe('Nothing to do.\n')
    await expect(migrate(as(owner, 'one'), { runtime_role: 'nobody_here' })).rejects.toThrow(
      'there is no role nobody_here; make it first',
    )
    await expect(migrate(as(owner, 'one'), { runtime_role: owner })).rejects.toThrow(
      'give it a role of its own',
    )
    await expect(migrate(as(runtime, 'two'))).rejects.toThrow(/permission denied|must be owner/)
  })

  test('`api` and `worker` serve with it: asks, timers, jobs, e-mail, files, reconciliation', async () => {
    const url = as(runtime, 'two')
    engine = await startEngine({ url, parts: ['api'] })
    worker = await startEngine({
      url,
      parts: ['worker'],
      keys: { service_key: engine.service, operator_key: engine.admin },
    })
    const id = await engine.order({ buyer: 'ayesha', seller: 'bilal', amount: 500 }, 'pay', 'ship', 'deliver')
    await engine.advance(40 * 86_400)
    expect(await engine.must(200, `/orders/${id}`)).toMatchObject({ state: 'completed', money: 'released' })
    await engine.operate('/v1/reconciliations', {})
    await engine.operate('/v1/fee-schedules', { flow: 'marketplace-order', terms: {} })
    await engine.operate('/v1/wallets/bilal/PKR/freezes', { direction: 'in' })
    expect(await engine.integrity()).toMatchObject({ clean: true })
    expect(engine.log.concat(worker.log).filter((line) => line.includes('permission denied'))).toEqual([])
  })

  test('it makes, changes and drops no table, and switches off no trigger', async () => {
    for (const sql of [
      'create table mine (id int)',
      'create schema mine',
      'alter table transfers add column more int',
      'alter table transfers disable trigger all',
      'drop table answers',
      'truncate answers',
      'drop trigger transfers_are_final on transfers',
      `set session_replication_role = replica`,
      'delete from migrations',
      'delete from graphile_worker.migrations',
      'create table graphile_worker.mine (id int)',
    ])
      expect([sql, await codeOf(sql)]).toEqual([sql, '42501'])
  })

  test.each(final)('%s: read and added to, never changed', async (table) => {
    expect(await codeOf(`update ${table} set ${await columnOf(table)} = null`)).toBe('42501')
    expect(await codeOf(`select from ${table} limit 1`)).toBe('')
    if (table !== 'files') expect(await codeOf(`delete from ${table}`)).toBe('42501')
  })

  test('every table that is guarded by a trigger is among them', async () => {
    const guarded = await fresh.db.any<{ name: string }>(
      `select distinct tgrelid::regclass::text as name from pg_trigger where tgfoid = 'refuse_change'::regproc`,
    )
    const may = await fresh.db.any<{ name: string }>(
      `select name from unnest($1::text[]) as t (name)
       where has_table_privilege($2, name, 'update') or has_table_privilege($2, name, 'truncate')`,
      [guarded.map(({ name }) => name), runtime],
    )
    expect(may).toEqual([])
    expect(guarded.map(({ name }) => name)).toEqual(expect.arrayContaining(final))
  })

  test('a newer program says what the owner has to do first', async () => {
    await fresh.db.run(
      'update migrations set number = number + 1000, name = name where number = (select max(number) from migrations)',
    )
    await expect(openSchema(as(runtime, 'two'))).rejects.toThrow(/schema \d+, this program knows/)
    await fresh.db.run('update migrations set number = number - 1000 where number > 1000')
    await fresh.db.run(
      'delete from graphile_worker.migrations where id = (select max(id) from graphile_worker.migrations)',
    )
    await expect(openSchema(as(runtime, 'two'))).rejects.toThrow(/lacks migration the queue's own/)
  })

  function codeOf(sql: string): Promise<string> {
    return runtime_db.run(sql).then(
      () => '',
      (error: Error & { code?: string }) => error.code ?? error.message,
    )
  }

  async function columnOf(table: string): Promise<string> {
    const { name } = await fresh.db.one<{ name: string }>(
      `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum limit 1`,
      [table],
    )
    return name
  }
})
