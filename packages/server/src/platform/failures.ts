/** Platform: what fails again and again is logged with growing pauses, and once more when it is over. */

import type { Logger } from './log.ts'

/** Between two lines about one failure: doubled each time, from the first to the second. */
const pause_ms_min = 1_000
const pause_ms_max = 5 * 60_000

interface Lasting {
  readonly since_ms: number
  failed: number
  pause_ms: number
  /** When it is said again. */
  due_ms: number
}

/** For one loop or one source; each of the messages is counted by itself. */
export class Failures {
  readonly #log: Logger
  readonly #lasting = new Map<string, Lasting>()
  readonly #elapsed: () => number

  /** `now` is of a clock that only goes on, in milliseconds. */
  constructor(log: Logger, now: () => number = () => performance.now()) {
    this.#log = log
    this.#elapsed = now
  }

  /** It failed. Said at once the first time, then after a second, two, four and so on; `failed` counts those between. */
  note(fields: { readonly err?: unknown; readonly [name: string]: unknown }, message: string): void {
    const now_ms = this.#elapsed()
    const lasting = this.#lasting.get(message)
    if (lasting === undefined) {
      const due_ms = now_ms + pause_ms_min
      this.#lasting.set(message, { since_ms: now_ms, failed: 1, pause_ms: pause_ms_min, due_ms })
      this.#log.error(fields, message)
      return
    }
    lasting.failed += 1
    if (now_ms < lasting.due_ms) return
    lasting.pause_ms = Math.min(2 * lasting.pause_ms, pause_ms_max)
    lasting.due_ms = now_ms + lasting.pause_ms
    const { since_ms, failed } = lasting
    this.#log.error({ ...fields, failed, for_seconds: seconds(now_ms - since_ms) }, message)
  }

  /** It works. Said where more than one line spoke of the failure. */
  over(message?: string): void {
    if (this.#lasting.size === 0) return
    for (const [said, { since_ms, failed }] of this.#lasting) {
      if (message !== undefined && said !== message) continue
      this.#lasting.delete(said)
      if (failed > 1)
        this.#log.warn(
          { failed, for_seconds: seconds(this.#elapsed() - since_ms), was: said },
          'it works again',
        )
    }
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000)
}
