// The room of the database that comes with Holdfast: a real PostgreSQL in a folder, owned by one engine at a time.
import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { environment, openCluster, type Cluster } from './cluster.ts'
import { connect, type Settings } from '../postgres/database.ts'
import { may_lose_setting } from '../postgres/durability.ts'
import { lockFolder, signal, startOf } from './folder-lock.ts'

export type Embedded = { url: string; port: number; pid: number; stop(): Promise<void> }
export type EmbeddedOptions = {
  folder: string
  log?: (line: string) => void
  settings?: Settings
  /** PostgreSQL ended without `stop()`: the sentence says how, with the end of its log. */
  onExit?: (why: string) => void
}

const log_bytes_max = 50_000_000
const log_tail_chars = 1_500
const poll_ms = 10
const port_attempts_max = 3
// A PostgreSQL killed with its engine is dead, yet there until the system has buried it; its lock file guards its backends.
const dead_attempts_max = 60
const dead_pause_ms = 250
// After a crash PostgreSQL first replays up to max_wal_size. That it died is noticed at once, whatever this says.
const ready_timeout_ms = 600_000
const stop_timeout_ms = 60_000
const quit_timeout_ms = 10_000

const durable: Settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_connections: 100,
  wal_compression: 'off',
  max_wal_size: '4GB',
  min_wal_size: '512MB',
  checkpoint_timeout: '15min',
  jit: 'off',
  random_page_cost: 1.1,
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %a ',
}

/**
 * Data lives in `<folder>/postgres` and is durable unless `settings` say otherwise. A second start on a folder whose
 * engine lives is refused and leaves that one untouched; what a killed engine left behind is cleared away.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true })
  const unlock = await lockFolder(folder)
  try {
    return await start({ ...options, folder }, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

async function start(
  { folder, log = () => {}, settings = {}, onExit = () => {} }: EmbeddedOptions,
  unlock: () => void,
): Promise<Embedded> {
  await stopOrphan(folder, log)
  const cluster = await openCluster(folder, { durable: settings['fsync'] !== 'off' })
  const weaker = ['fsync', 'synchronous_commit', 'full_page_writes'].some((name) => settings[name] === 'off')
  const marked: Settings = weaker ? { [may_lose_setting]: 'on' } : {}
  const { child, pid, port } = await serve(folder, cluster, { ...durable, ...marked, ...settings })
  let stopping: Promise<void> | undefined
  // However this process ends, short of kill -9, PostgreSQL is asked to end too.
  const quit = () => void child.kill('SIGINT')
  process.once('exit', quit)
  child.once('exit', (code, killer) => {
    process.off('exit', quit)
    if (!stopping) onExit(`PostgreSQL ended by itself (${killer ?? code}): ${readTail(folder)}`)
  })
  async function stop(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) await end(pid)
    process.off('exit', quit)
    unlock()
  }
  const url = `postgres://holdfast:${cluster.password}@127.0.0.1:${port}`
  try {
    await createDatabase(`${url}/postgres`)
  } catch (error) {
    await (stopping = stop())
    throw error
  }
  log(`PostgreSQL runs in ${folder} on port ${port} (process ${pid})`)
  return { url: `${url}/holdfast`, port, pid, stop: () => (stopping ??= stop()) }
}

// Only the owner of the lock comes here, so a PostgreSQL that runs in this folder belongs to nobody.
async function stopOrphan(folder: string, log: (line: string) => void): Promise<void> {
  const path = join(folder, 'postgres', 'postmaster.pid')
  const pid = parseInt(linesOf(path)[0] ?? '', 10)
  if (Number.isNaN(pid) || startOf(pid) === undefined) return
  if (await isPostgres(pid)) {
    log(`The PostgreSQL of an engine that died still runs in ${folder} (process ${pid}): stopping it`)
    await end(pid)
  } else {
    // The number now belongs to some other program, and would keep PostgreSQL from starting.
    rmSync(path, { force: true })
  }
}

async function isPostgres(pid: number): Promise<boolean> {
  const ps = promisify(execFile)
  const command = existsSync('/proc/self/cmdline')
    ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    : await ps('ps', ['-o', 'command=', '-p', String(pid)]).then(
        ({ stdout }) => stdout,
        () => '',
      )
  return command.includes('postgres')
}

// SIGINT is the fast shutdown: sessions end, a checkpoint is written. SIGQUIT leaves the rest to the next start's recovery.
async function end(pid: number): Promise<void> {
  const born = startOf(pid)
  for (const [name, timeout_ms] of [
    ['SIGINT', stop_timeout_ms],
    ['SIGQUIT', quit_timeout_ms],
  ] as const) {
    signal(pid, name)
    for (let waited_ms = 0; waited_ms < timeout_ms; waited_ms += poll_ms) {
      if (born === undefined || startOf(pid) !== born) return
      await sleep(poll_ms)
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop`)
}

type Server = { child: ChildProcess; pid: number; port: number }

// A port that was free a moment ago may be taken by another program before PostgreSQL gets there.
async function serve(folder: string, cluster: Cluster, settings: Settings): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort()
    const child = await spawnPostgres(folder, cluster, { ...settings, port })
    if (child.pid !== undefined && (await becomesReady(child, child.pid, cluster.data)))
      return { child, pid: child.pid, port }
    const tail = readTail(folder)
    const attempts_max = tail.includes('Is another postmaster')
      ? dead_attempts_max
      : tail.includes('Address already in use')
        ? port_attempts_max
        : 1
    if (attempt >= attempts_max) throw new Error(`PostgreSQL did not start in ${folder}: ${tail}`)
    if (attempts_max === dead_attempts_max) await sleep(dead_pause_ms)
  }
}

async function spawnPostgres(folder: string, cluster: Cluster, settings: Settings): Promise<ChildProcess> {
  const log = await open(join(folder, 'postgres.log'), 'a', 0o600)
  if ((await log.stat()).size > log_bytes_max) await log.truncate()
  const all: Settings = { ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '' }
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(cluster.postgres, ['-D', cluster.data, ...flags], {
    ...cluster.user,
    cwd: '/',
    env: environment,
    stdio: ['ignore', log.fd, log.fd],
    // Its own process group: Ctrl-C reaches the engine alone, whose batches still need a database.
    detached: true,
    windowsHide: true,
  })
  child.unref()
  child.on('error', () => undefined)
  await once(child, 'spawn').finally(() => void log.close())
  return child
}

// Line 8 of postmaster.pid says "ready" once recovery is over and connections are welcome.
async function becomesReady(child: ChildProcess, pid: number, data: string): Promise<boolean> {
  for (let waited_ms = 0; waited_ms < ready_timeout_ms; waited_ms += poll_ms) {
    if (child.exitCode !== null || child.signalCode !== null) return false
    const lines = linesOf(join(data, 'postmaster.pid'))
    if (lines[0] === String(pid) && lines[7]?.trim() === 'ready') return true
    await sleep(poll_ms)
  }
  await end(pid)
  return false
}

async function createDatabase(url: string): Promise<void> {
  const admin = connect(url, { name: 'holdfast start', max: 1 })
  try {
    const found = await admin.any(`select from pg_database where datname = 'holdfast'`)
    if (found.length === 0) await admin.run('create database holdfast')
  } finally {
    await admin.close()
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address !== null)
  server.close()
  await once(server, 'close')
  return address.port
}

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
}

function readTail(folder: string): string {
  return readFileSync(join(folder, 'postgres.log'), 'utf8').slice(-log_tail_chars).trim()
}
