/** Simulation on PostgreSQL: an engine process, seen from the simulator. */

import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Ask, Verdict } from '@holdfast/kernel/engine/ask.ts'
import type { EngineCounts } from '../../src/engine/engine.ts'

export type ToEngine = { readonly n: number; readonly now_ms: number } & (
  | { readonly say: 'ask'; readonly ask: Ask }
  | { readonly say: 'fire' }
  | { readonly say: 'end' }
)

export type FromEngine =
  | { readonly say: 'ready' }
  | { readonly say: 'told'; readonly n: number; readonly verdict: Verdict }
  | { readonly say: 'fired'; readonly n: number; readonly rows: number }
  | { readonly say: 'ended'; readonly n: number; readonly counts: EngineCounts }
  | { readonly say: 'failed'; readonly n: number; readonly name: string; readonly why: string }

/** The process was killed before it answered: nobody knows whether it was done. */
export class Unanswered extends Error {}
/** What a client must never see: an error, or nothing. */
export class Fault extends Error {}

const program = fileURLToPath(new URL('./postgres-child.ts', import.meta.url))
const answer_ms_max = 15_000
const ready_ms_max = 30_000

interface Waiting {
  readonly resolve: (message: FromEngine) => void
  readonly reject: (error: Error) => void
  readonly timeout: NodeJS.Timeout
}

export class EngineProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #count = 0

  static async start(url: string, now_ms: number): Promise<EngineProcess> {
    const child = fork(program, [url, String(now_ms)], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const [ready]: FromEngine[] = await once(child, 'message', { signal: AbortSignal.timeout(ready_ms_max) })
    assert.equal(ready?.say, 'ready')
    return new EngineProcess(child)
  }

  constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (message: FromEngine) => this.#hear(message))
    child.on('exit', () => this.#abandon())
  }

  async ask(ask: Ask): Promise<Verdict> {
    const message = await this.#tell({ say: 'ask', ask, now_ms: ask.now_ms }, ask.transition)
    assert(message.say === 'told')
    return message.verdict
  }

  /** Fires what is due; answers how many agreements were. */
  async fire(now_ms: number): Promise<number> {
    const message = await this.#tell({ say: 'fire', now_ms }, 'timers')
    assert(message.say === 'fired')
    return message.rows
  }

  async end(): Promise<EngineCounts> {
    const message = await this.#tell({ say: 'end', now_ms: 0 }, 'end')
    assert(message.say === 'ended')
    return message.counts
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  #tell(
    what: { say: 'ask'; ask: Ask; now_ms: number } | { say: 'fire' | 'end'; now_ms: number },
    name: string,
  ): Promise<FromEngine> {
    return new Promise((resolve, reject) => {
      this.#count += 1
      const n = this.#count
      const timeout = setTimeout(
        () => reject(new Fault(`${name}: no answer in ${answer_ms_max} ms`)),
        answer_ms_max,
      )
      this.#waiting.set(n, { resolve, reject, timeout })
      this.#child.send({ ...what, n }, (error) => error && this.#take(n)?.reject(new Unanswered(name)))
    })
  }

  #hear(message: FromEngine): void {
    if (message.say === 'ready') return
    const waiting = this.#take(message.n)
    if (message.say === 'failed') waiting?.reject(new Fault(`${message.name}: ${message.why}`))
    else waiting?.resolve(message)
  }

  #take(n: number): Waiting | undefined {
    const waiting = this.#waiting.get(n)
    this.#waiting.delete(n)
    clearTimeout(waiting?.timeout)
    return waiting
  }

  #abandon(): void {
    for (const n of this.#waiting.keys()) this.#take(n)?.reject(new Unanswered('the engine died'))
  }
}
