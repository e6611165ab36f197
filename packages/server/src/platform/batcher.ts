/**
 * Base: what arrives while something is being written waits, and goes together in the next statement. When nothing is
 * being written, one goes at once: nobody waits for company.
 */

import { DatabaseUnavailable } from './postgres/database.ts'

export interface GatheringOptions<Item, Answer> {
  /** Writes all of them or none, and answers for each in its place. */
  readonly write: (items: readonly Item[]) => Promise<readonly Answer[]>
  readonly batch_items_max: number
  /** What an item weighs, and how much goes together; one alone may weigh more. */
  readonly weigh?: (item: Item) => number
  readonly batch_weight_max?: number
}

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly answer: (answer: Answer) => void
  readonly fail: (error: unknown) => void
}

export class Batcher<Item, Answer> {
  readonly #options: GatheringOptions<Item, Answer>
  readonly #waiting: Waiting<Item, Answer>[] = []
  #weight = 0
  #isWriting = false

  constructor(options: GatheringOptions<Item, Answer>) {
    this.#options = options
  }

  /** Of those that wait. */
  get length(): number {
    return this.#waiting.length
  }

  get weight(): number {
    return this.#weight
  }

  /** Resolves once it is written. */
  add(item: Item): Promise<Answer> {
    return new Promise((answer, fail) => {
      this.#waiting.push({ item, answer, fail })
      this.#weight += this.#weigh(item)
      if (this.#isWriting) return
      this.#isWriting = true
      // After those that arrive together have all arrived.
      setImmediate(() => void this.#writeAll())
    })
  }

  /** Until nobody waits. Never throws: what fails is told to those who wait for it. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // oxlint-disable-next-line no-await-in-loop -- one statement after another; that is the gathering
      await this.#write(this.#take())
    }
    this.#isWriting = false
  }

  #take(): Waiting<Item, Answer>[] {
    const { batch_items_max, batch_weight_max = Infinity } = this.#options
    let [count, weight] = [0, 0]
    for (const { item } of this.#waiting) {
      const its = this.#weigh(item)
      if (count === batch_items_max || (count > 0 && weight + its > batch_weight_max)) break
      count += 1
      weight += its
    }
    this.#weight -= weight
    return this.#waiting.splice(0, count)
  }

  async #write(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.write(batch.map(({ item }) => item))
      for (const [place, { answer }] of batch.entries()) answer(answers[place] as Answer)
    } catch (error) {
      if (batch.length === 1 || error instanceof DatabaseUnavailable)
        return batch.forEach(({ fail }) => fail(error))
      // One that cannot be written does not take its neighbours with it.
      for (const one of batch) {
        // oxlint-disable-next-line no-await-in-loop -- one by one is the purpose
        await this.#write([one])
      }
    }
  }

  #weigh(item: Item): number {
    return this.#options.weigh?.(item) ?? 0
  }
}
