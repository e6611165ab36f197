/** Crash drill: the client process, seen from the drill. */

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Door, FromClient, Tally, ToClient } from './messages.ts'

const program = fileURLToPath(new URL('./client.ts', import.meta.url))
/** From a kill to the first answer, and from "ask nothing new" to the last answer. */
const answer_ms_max = 60_000

export class Customer {
  readonly #child
  readonly #record: string

  constructor(record: string, seed: number) {
    this.#record = record
    this.#child = fork(program, [record, String(seed), `drill-${seed}`], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
  }

  get record(): string {
    return this.#record
  }

  go(door: Door): void {
    this.#tell({ say: 'go', door })
  }

  moved(door: Door): void {
    this.#tell({ say: 'moved', door })
  }

  /** Resolves with the first answer to a request that is sent from now on. */
  async watch(): Promise<void> {
    this.#tell({ say: 'watch' })
    await this.#hear('answered')
  }

  async rest(): Promise<{ tally: Tally; faults: readonly string[] }> {
    this.#tell({ say: 'rest' })
    const message = await this.#hear('rested')
    assert(message.say === 'rested')
    return message
  }

  async end(): Promise<void> {
    this.#tell({ say: 'end' })
    await once(this.#child, 'exit')
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #tell(message: ToClient): void {
    this.#child.send(message)
  }

  #hear(say: FromClient['say']): Promise<FromClient> {
    return new Promise((resolve, reject) => {
      const child = this.#child
      const done = () => {
        clearTimeout(timeout)
        child.off('message', hear)
        child.off('exit', died)
      }
      const hear = (message: FromClient) => {
        if (message.say === say) resolve((done(), message))
      }
      const died = () => reject((done(), new Error('the client died')))
      const timeout = setTimeout(
        () => reject((done(), new Error(`the client has not ${say} in ${answer_ms_max} ms`))),
        answer_ms_max,
      )
      child.on('message', hear)
      child.on('exit', died)
    })
  }
}
