/**
 * Payments, the inbox: events that come in while others are being written wait, and go together in the next statement.
 * When nothing is being written, one goes at once: nobody waits for company.
 */

import { DatabaseUnavailable, type Database } from '../../base/database.ts'
import { storeEvents, type Came } from './store.ts'

export const batch_events_max = 250
export const batch_bytes_max = 4 * 1_048_576
/** More than this is refused: the provider sends it again. */
export const waiting_events_max = 5_000
export const waiting_bytes_max = 64 * 1_048_576

interface Waiting {
  readonly event: Came
  readonly answer: (isNew: boolean) => void
  readonly fail: (error: unknown) => void
}

export class Gathering {
  readonly #db: Database
  readonly #onStored: () => void
  readonly #waiting: Waiting[] = []
  #bytes = 0
  #isWriting = false

  constructor(db: Database, onStored: () => void) {
    this.#db = db
    this.#onStored = onStored
  }

  get isFull(): boolean {
    return this.#waiting.length >= waiting_events_max || this.#bytes >= waiting_bytes_max
  }

  /** Resolves after the commit: whether the event is new. */
  add(event: Came): Promise<boolean> {
    return new Promise((answer, fail) => {
      this.#waiting.push({ event, answer, fail })
      this.#bytes += event.body.length
      if (this.#isWriting) return
      this.#isWriting = true
      // After the requests that arrived together have all been read.
      setImmediate(() => void this.#write())
    })
  }

  /** Until nobody waits. Never throws: what fails is told to those who wait for it. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      // oxlint-disable-next-line no-await-in-loop -- one statement after another; that is the gathering
      await this.#store(this.#take())
    }
    this.#isWriting = false
  }

  #take(): Waiting[] {
    let [count, bytes] = [0, 0]
    for (const { event } of this.#waiting) {
      if (count === batch_events_max || (count > 0 && bytes + event.body.length > batch_bytes_max)) break
      count += 1
      bytes += event.body.length
    }
    this.#bytes -= bytes
    return this.#waiting.splice(0, count)
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    try {
      const fresh = await storeEvents(
        this.#db,
        batch.map(({ event }) => event),
      )
      for (const { event, answer } of batch) answer(fresh.has(event.id))
      if (fresh.size > 0) this.#onStored()
    } catch (error) {
      if (batch.length === 1 || error instanceof DatabaseUnavailable)
        return batch.forEach(({ fail }) => fail(error))
      // One that cannot be stored does not take its neighbours with it.
      for (const one of batch) {
        // oxlint-disable-next-line no-await-in-loop -- one by one is the purpose
        await this.#store([one])
      }
    }
  }
}
