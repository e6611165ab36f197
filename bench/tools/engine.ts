/** Our side of the comparison: starts the engine as its user would, and gives its parties money and the shop its fee. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import packageJson from '../../package.json' with { type: 'json' }
import { runLoad, uniqueRun } from './load.ts'

export interface Keys {
  service_key: string
  operator_key: string
}
export interface Engine extends Keys {
  address: string
  pid: number
  started_ms: number
  stop(): Promise<void>
}
interface Start {
  folder: string
  /** Uses this database instead of an embedded one in the folder. */
  url?: string
  /** Told only at the first start on a database, so a later start is given them. */
  keys?: Keys
  env?: Readonly<Record<string, string>>
}

/** What `npm start` runs, less `node` itself: the bench measures what people start. */
const startWords = packageJson.scripts.start.split(' ').slice(1)
const top_up_amount = 1_000_000_000
const start_max_ms = 120_000

export async function startEngine({ folder, url, keys, env }: Start): Promise<Engine> {
  const began = performance.now()
  const child = spawn(process.execPath, [...startWords, '--data', folder, '--port', '0', '--json'], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    env: { ...process.env, ...(url && { DATABASE_URL: url }), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ready = { ...keys, ...(await readyLine(child)) }
  const started_ms = performance.now() - began
  const { address, service_key, operator_key } = ready
  if (!service_key || !operator_key) throw new Error('the engine told no keys: not its first start?')
  return {
    address,
    service_key,
    operator_key,
    pid: ready.pid ?? child.pid!,
    started_ms,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function readyLine(child: ChildProcess): Promise<{ address: string; pid?: number } & Partial<Keys>> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`the engine was not ready after ${start_max_ms} ms`))
    }, start_max_ms)
    child.once('exit', (code) => reject(new Error(`the engine ended with ${code}`)))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{"address"')) return
      clearTimeout(late)
      resolve(JSON.parse(line))
    })
  })
}

/** Gives every party money and sets the 5 % fee that makes the revenue account hot. */
export async function furnish(engine: Engine, parties: number): Promise<void> {
  await ask(engine, 'POST', '/v1/fee-schedules', {
    flow: 'marketplace-order',
    terms: { fee: '5%' },
    reason: 'bench',
  })
  const plan = {
    kind: 'top_up',
    amount: top_up_amount,
    parties,
    run: uniqueRun(),
    ...keysOf(engine),
  } as const
  await runLoad({ address: engine.address, connections: 64, plan })
}

export function keysOf({ service_key, operator_key }: Keys): Keys {
  return { service_key, operator_key }
}

/** Fast and wrong is not fast: a run ends with the engine's own proof that nothing was created, lost or stranded. */
export async function assertIntegrity(engine: Engine): Promise<void> {
  const found = await ask<{ clean?: boolean }>(engine, 'GET', '/v1/integrity')
  if (found.clean !== true) throw new Error(`integrity: ${JSON.stringify(found)}`)
}

/** As the operator. */
export async function ask<Answer>(
  engine: Engine,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const answer = await fetch(engine.address + path, {
    method,
    headers: {
      authorization: `Bearer ${engine.operator_key}`,
      'content-type': 'application/json',
      'idempotency-key': uniqueRun(),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/** The most memory the engine's process ever held, in megabytes; PostgreSQL's own is not in it. */
export async function peakMemory({ pid }: Engine): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}
