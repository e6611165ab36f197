/** Demo: the engine as an operator starts it: the program itself, in a process of its own, reached by HTTP alone. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Keys } from './api.ts'
import type { Place } from './place.ts'

const stop_timeout_ms = 60_000
const log_lines_kept = 200

export interface RunningEngine {
  readonly address: string
  /** Where payment providers are emulated. */
  readonly emulator: string
  readonly keys: Keys
  /** Lines of its log at warning and above, the last of them. */
  readonly log: readonly string[]
  /** Gives its exit code, a second time as well; null if it had to be killed. */
  stop(): Promise<number | null>
}

/** `program`: the file that starts Holdfast, with Node. */
export async function startEngine(program: string, place: Place): Promise<RunningEngine> {
  const flags = ['--host', '127.0.0.1', '--port', '0', '--mode', 'sandbox', '--json', ...place.flags]
  const child = spawn(process.execPath, [program, 'start', ...flags], {
    env: { ...withoutSettings(process.env), HOLDFAST_LOG_LEVEL: 'warn', ...place.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line)
    if (log.length > log_lines_kept) log.shift()
  })
  // However this process ends, short of kill -9, the engine is asked to end too.
  const quit = () => void child.kill()
  process.once('exit', quit)
  child.once('exit', () => process.off('exit', quit))
  const ended = once(child, 'close')
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(() => null),
  ])
  if (line === null) throw new Error(`the engine did not start:\n${log.join('\n')}`)
  const ready: Keys & { readonly address: string; readonly emulator_address: string } = JSON.parse(
    String(line[0]),
  )
  const { address, emulator_address: emulator, service_key, operator_key } = ready
  return { address, emulator, keys: { service_key, operator_key }, log, stop: () => stop(child, ended) }
}

/** What is set for an engine of the user's own is not meant for this one. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('HOLDFAST_')),
  )
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<number | null> {
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), stop_timeout_ms)
  await ended
  clearTimeout(patience)
  return child.exitCode
}
