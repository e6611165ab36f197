// Examines who owns a data folder, and that what was written to it stays.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect } from '../postgres/database.ts'
import { startEmbedded } from './embedded.ts'
import { signal, startOf } from './folder-lock.ts'

let folder: string
const children: ChildProcess[] = []
const settings = { fsync: 'off', shared_buffers: '16MB' }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-embedded-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child)
  // Clears away whatever a test left running, by the very way an engine does it.
  if (existsSync(join(folder, 'postgres', 'postmaster.pid')))
    await startEmbedded({ folder, settings }).then((server) => server.stop())
  await rm(folder, { recursive: true, force: true })
})

test('data and password survive a restart, durable by default', async () => {
  const first = await startEmbedded({ folder })
  await query(first.url, 'create table kept as select 7 as number')
  await first.stop()
  const second = await startEmbedded({ folder })
  expect(await query(second.url, 'select number from kept')).toEqual([{ number: 7 }])
  expect(
    await query(
      second.url,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`,
    ),
  ).toEqual([{ fsync: 'on', commit: 'on' }])
  expect(statSync(join(folder, 'password')).mode & 0o777).toBe(0o600)
  await second.stop()
  await second.stop()
  expect(startOf(second.pid)).toBeUndefined()
  expect(existsSync(join(folder, 'holdfast.lock'))).toBe(false)
})

test('a second start is refused with what to do, and leaves the first untouched', async () => {
  const first = await startEmbedded({ folder, settings })
  const refusal = new RegExp(
    `belongs to a running engine \\(process ${process.pid}\\).*HOLDFAST_DATA.*DATABASE_URL`,
  )
  await expect(startEmbedded({ folder, settings })).rejects.toThrow(refusal)
  const other = engine()
  expect(await firstLine(other)).toMatch(refusal)
  expect(await query(first.url, 'select 1 as alive')).toEqual([{ alive: 1 }])
  await first.stop()
})

test('the PostgreSQL of an engine that was killed is stopped and started again', async () => {
  const killed = engine()
  const orphan: { url: string; pid: number } = JSON.parse(await firstLine(killed))
  await query(orphan.url, 'create table kept as select 7 as number')
  await kill(killed)
  expect(startOf(orphan.pid)).toBeDefined()
  const next = await startEmbedded({ folder, settings })
  expect(startOf(orphan.pid)).toBeUndefined()
  expect(await query(next.url, 'select number from kept')).toEqual([{ number: 7 }])
  await next.stop()
})

test.each([
  ['a new folder', async () => {}],
  ['the lock of a dead engine', () => writeFile(join(folder, 'holdfast.lock'), '999999999 1 dead')],
])('of several starts at once on %s exactly one wins', async (_, prepare) => {
  await prepare()
  const lines = await Promise.all([engine(), engine(), engine(), engine()].map(firstLine))
  expect(lines.filter((line) => line.startsWith('{'))).toHaveLength(1)
  expect(lines.filter((line) => line.includes('belongs to a running engine'))).toHaveLength(3)
})

test('a start that was killed inside of initdb leaves nothing in the way', async () => {
  await mkdir(join(folder, 'postgres.new'))
  await writeFile(join(folder, 'postgres.new', 'half'), '')
  await writeFile(join(folder, 'password'), 'of the half one')
  const server = await startEmbedded({ folder, settings })
  expect(await query(server.url, 'select 1 as alive')).toEqual([{ alive: 1 }])
  await server.stop()
})

test('a PostgreSQL that dies by itself is reported with its log', async () => {
  const exit = Promise.withResolvers<string>()
  const server = await startEmbedded({ folder, settings, onExit: exit.resolve })
  signal(server.pid, 'SIGINT')
  expect(await exit.promise).toMatch(/ended by itself \(0\): [^]*database system is shut down/)
  await server.stop()
})

test('a PostgreSQL that cannot start says why, and the folder is free again', async () => {
  const wrong = { ...settings, max_connections: 'many' }
  await expect(startEmbedded({ folder, settings: wrong })).rejects.toThrow(/invalid value .*max_connections/)
  expect(existsSync(join(folder, 'holdfast.lock'))).toBe(false)
})

test.runIf(process.getuid?.() === 0)('root is told which folder PostgreSQL cannot enter', async () => {
  const closed = join(folder, 'closed')
  await mkdir(closed, { mode: 0o700 })
  await chmod(folder, 0o755)
  const hidden = join(closed, 'data')
  await expect(startEmbedded({ folder: hidden, settings })).rejects.toThrow(`chmod o+x ${closed}`)
  expect(existsSync(join(hidden, 'holdfast.lock'))).toBe(false)
})

/** Another process that starts on the folder, prints one line (where it runs, or why not), and stays. */
function engine(): ChildProcess {
  const room = JSON.stringify(new URL('./embedded.ts', import.meta.url).href)
  const program = `
    const { startEmbedded } = await import(${room})
    const options = ${JSON.stringify({ folder, settings })}
    const line = await startEmbedded(options).then(JSON.stringify, (error) => error.message)
    process.stdout.write(line + '\\n')
    setInterval(() => {}, 1_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout!) {
    text += String(chunk)
    if (text.endsWith('\n')) break
  }
  return text.trim()
}

async function query(url: string, sql: string): Promise<object[]> {
  const db = connect(url, { name: 'test', max: 1 })
  try {
    return await db.any(sql)
  } finally {
    await db.close()
  }
}
