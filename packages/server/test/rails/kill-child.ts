/** Kill drill on the rails: a `holdfast` process of our own, which is ready when it has printed one JSON line. */

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const ready_ms_max = 60_000
const exit_ms_max = 30_000
const poll_ms = 5
const tail_chars = 1_500

export class Child {
  readonly #process: ChildProcess
  readonly #log: string
  #text = ''

  constructor(args: readonly string[], env: Readonly<Record<string, string>>, log: string) {
    const { PATH = '', HOLDFAST_LOG_LEVEL = 'info' } = process.env
    this.#log = log
    this.#process = spawn(process.execPath, [program, ...args, '--port', '0', '--json'], {
      env: { PATH, HOLDFAST_LOG_LEVEL, ...env },
      stdio: ['ignore', 'pipe', openSync(log, 'a')],
    })
    this.#process.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.#text += chunk))
  }

  get #isAlive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** What it printed. */
  async ready(): Promise<Readonly<Record<string, string>>> {
    const began = performance.now()
    for (;;) {
      if (this.#text.includes('\n')) return JSON.parse(this.#text.slice(0, this.#text.indexOf('\n')))
      assert(this.#isAlive, `it did not start: ${this.tail()}`)
      assert(
        performance.now() - began < ready_ms_max,
        `it is not ready after ${ready_ms_max} ms: ${this.tail()}`,
      )
      // oxlint-disable-next-line no-await-in-loop -- that is what waiting is
      await sleep(poll_ms)
    }
  }

  /** With -9: it is not asked, and has no last word. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exits()
  }

  /** Everything ends by itself, in time. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM')
    await this.#exits()
    assert.equal(this.#process.exitCode, 0, `it ended badly after SIGTERM: ${this.tail()}`)
  }

  /** At once, because we end ourselves. */
  abandon(): void {
    this.#process.kill('SIGKILL')
  }

  tail(): string {
    return readFileSync(this.#log, 'utf8').slice(-tail_chars).trim()
  }

  async #exits(): Promise<void> {
    if (!this.#isAlive) return
    await once(this.#process, 'exit', { signal: AbortSignal.timeout(exit_ms_max) })
  }
}
