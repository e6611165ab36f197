// Examines poolers before PostgreSQL: those that share sessions are found out at the start, the others work.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { connect as dial, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../test/fixtures/database.ts'
import { startEngine } from '../../../test/fixtures/engine.ts'
import { assertSessionsOfOurOwn, connect, DatabaseUnfit } from './database.ts'
import { migrate } from './migrate.ts'

describe('C6: a pooler before PostgreSQL', () => {
  const pgbouncer = '/usr/sbin/pgbouncer'
  const installed = existsSync(pgbouncer)
  let fresh: FreshDatabase
  const stops: (() => Promise<void>)[] = []

  beforeAll(async () => void (fresh = await freshDatabase()))
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop()
  })
  afterAll(() => fresh.drop())

  test.skipIf(!installed)(
    'PgBouncer in session mode works, and our settings stand (skipped where Debian’s pgbouncer is not installed)',
    async () => {
      const engine = await startEngine({ url: await pooled('session') })
      stops.push(() => engine.stop())
      const id = await engine.order(
        { buyer: 'ayesha', seller: 'bilal', amount: 500 },
        'pay',
        'ship',
        'deliver',
        'confirm-delivery',
      )
      expect(await engine.must(200, `/orders/${id}`)).toMatchObject({ money: 'released' })
      expect(await engine.integrity()).toMatchObject({ clean: true })
      const db = connect(engine.running.database_url, { name: 'pooled', max: 1, settings: { jit: 'off' } })
      expect(
        await db.one(`select current_setting('statement_timeout') as limits, current_setting('jit') as jit`),
      ).toEqual({ limits: '30s', jit: 'off' })
      await db.close()
    },
  )

  test.skipIf(!installed).each(['transaction', 'statement'] as const)(
    'PgBouncer in %s mode is found out at start',
    async (mode) => {
      const url = await pooled(mode)
      await expect(startEngine({ url })).rejects.toThrow(
        /pool_mode = session for this database, or let DATABASE_URL/,
      )
      await expect(migrate(url)).rejects.toThrow(DatabaseUnfit)
    },
  )

  test.skipIf(!installed)(
    'also where others have left sessions in the pool, handed out in turn',
    async () => {
      const url = await pooled('transaction', 'server_round_robin = 1')
      const pools = Array.from({ length: 6 }, () => dialled(url))
      const clients = await Promise.all(pools)
      await Promise.all(clients.map((client) => client.query('select pg_sleep(0.2)')))
      await expect(assertSessionsOfOurOwn(url)).rejects.toThrow(DatabaseUnfit)
      for (const client of clients) await client.end()
    },
  )

  test('PostgreSQL itself, and a relay before it, have sessions of their own', async () => {
    expect(await assertSessionsOfOurOwn(fresh.url)).toBeUndefined()
    const target = new URL(fresh.url)
    const port = Number(target.port)
    const relay = createServer((socket) => {
      const inner = dial(port, '127.0.0.1')
      socket.pipe(inner).pipe(socket)
      socket.on('error', () => inner.destroy())
      inner.on('error', () => socket.destroy())
    }).listen(0, '127.0.0.1')
    await once(relay, 'listening')
    const address = relay.address()
    target.port = String(typeof address === 'object' ? address?.port : 0)
    expect(await assertSessionsOfOurOwn(target.href)).toBeUndefined()
    relay.close()
  })

  async function dialled(url: string): Promise<import('pg').Client> {
    const { Client } = await import('pg')
    const client = new Client(url)
    await client.connect()
    return client
  }

  /** A PgBouncer before the test's database, with the settings that its Debian package has. */
  async function pooled(mode: string, more = ''): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-pgbouncer-'))
    const server = new URL(fresh.url)
    const port = await freePort()
    const users = join(folder, 'users')
    const config = join(folder, 'pgbouncer.ini')
    await writeFile(users, `"${server.username}" "${server.password}"\n`)
    await writeFile(
      config,
      [
        '[databases]',
        `* = host=127.0.0.1 port=${server.port}`,
        '[pgbouncer]',
        `pool_mode = ${mode}`,
        'listen_addr = 127.0.0.1',
        `listen_port = ${port}`,
        'unix_socket_dir =',
        'auth_type = plain',
        `auth_file = ${users}`,
        'max_client_conn = 100',
        'default_pool_size = 40',
        more,
      ].join('\n'),
    )
    await lendToPostgres(folder, [users, config])
    const child = spawn(pgbouncer, ['-q', ...asUser(), config], { stdio: 'ignore' })
    stops.push(async () => {
      await end(child)
      await rm(folder, { recursive: true, force: true })
    })
    const url = new URL(fresh.url)
    url.port = String(port)
    for (let tries = 0; tries < 100; tries += 1) {
      const socket = dial(port, '127.0.0.1')
      const open = await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'error').then(() => false),
      ]).catch(() => false)
      socket.destroy()
      if (open) break
      await sleep(50)
    }
    return url.href
  }
})

/** PgBouncer refuses to run as root. */
function asUser(): string[] {
  return process.getuid?.() === 0 ? ['-u', 'postgres'] : []
}

async function lendToPostgres(folder: string, files: string[]): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat('/var/lib/postgresql').catch(() => ({ uid: 0, gid: 0 }))
  await chmod(folder, 0o755)
  for (const file of files) await chown(file, uid, gid)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGINT')
  setTimeout(() => child.kill('SIGKILL'), 3_000).unref()
  await ended
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  server.close()
  await once(server, 'close')
  return port
}
