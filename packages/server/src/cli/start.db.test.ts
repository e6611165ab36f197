// Examines the engine as `npm start` runs it: a signal to npm reaches it, and nothing is left behind.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { startOf } from '../platform/embedded/folder-lock.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const left: { npm: ChildProcess; pid: number }[] = []

afterEach(async () => {
  for (const { npm, pid } of left.splice(0)) {
    npm.kill('SIGKILL')
    if (startOf(pid) !== undefined) process.kill(pid, 'SIGTERM')
  }
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'C10: %s to npm start ends the engine with it, and the next start meets no used port',
  async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-npm-'))
    const port = await freePort()
    const first = await npmStart(folder, port)
    first.npm.kill(signal)
    await once(first.npm, 'close')
    expect(startOf(first.pid)).toBeUndefined()
    const second = await npmStart(folder, port)
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    second.npm.kill('SIGTERM')
    await once(second.npm, 'close')
    expect(startOf(second.pid)).toBeUndefined()
    await rm(folder, { recursive: true })
  },
)

async function npmStart(data: string, port: number): Promise<{ npm: ChildProcess; pid: number }> {
  const npm = spawn('npm', ['start', '--', '--data', data, '--port', String(port), '--json'], {
    cwd: root,
    env: { ...process.env, HOLDFAST_EMULATOR_PORT: '0', DATABASE_URL: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: npm.stdout })) {
    if (!line.startsWith('{')) continue
    const started = { npm, pid: (JSON.parse(line) as { pid: number }).pid }
    left.push(started)
    return started
  }
  throw new Error('npm start ended by itself')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
