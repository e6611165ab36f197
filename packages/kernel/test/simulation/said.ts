/** Simulation: who has said what, where a transition waits for several: marks, offers, and the first of two operators. */

import assert from 'node:assert/strict'

export interface Saying {
  readonly transition: string
  readonly role: string
  readonly by: string
  /** What they gave, as the event tells it. */
  readonly input: Readonly<Record<string, unknown>>
}

type Marks = ReadonlyMap<string, ReadonlySet<string>>

export class Said {
  marks: Marks = new Map()
  /** Transition → what one has asked for, and others are asked to ask for too. */
  readonly #offers = new Map<string, Saying>()

  /** One of all says so, and others still have to. Who gives other amounts than before begins anew. */
  mark(saying: Saying, agreed: boolean): void {
    const { transition, role } = saying
    const renews = agreed && !this.#isOffered(saying)
    if (renews) this.#offers.set(transition, saying)
    const said = renews ? new Set<string>() : (this.marks.get(transition) ?? new Set())
    assert(!said.has(role), `${role} said so twice`)
    this.marks = new Map([...this.marks, [transition, new Set([...said, role])]])
  }

  /** The last one says so: all the others have, and the same. */
  checkAll(saying: Saying, roles: readonly string[], agreed: boolean): void {
    const said = this.marks.get(saying.transition) ?? new Set()
    const lacking = roles.filter((role) => role !== saying.role && !said.has(role))
    assert.equal(lacking.length, 0, `${saying.transition} did not wait for all`)
    if (!agreed) return
    assert(this.#isOffered(saying), `${saying.transition}: not what was offered`)
    assert(!said.has(saying.role), `${saying.transition}: accepted by who had offered it`)
  }

  /** The first of two operators asks, and a second one is needed. */
  propose(saying: Saying): void {
    assert(!this.#isOffered(saying), `${saying.transition}: the second operator was not heard`)
    this.#offers.set(saying.transition, saying)
  }

  checkSecond(saying: Saying): void {
    assert(this.#isOffered(saying), `${saying.transition} did not wait for a second operator`)
    const first = this.#offers.get(saying.transition)?.by
    assert.notEqual(first, saying.by, `${saying.transition}: the second operator is the first`)
  }

  takeBack(transition: string, role: string): void {
    const said = this.marks.get(transition) ?? new Set()
    assert(said.has(role), `${role} took back what it had not said`)
    const others = new Set([...said].filter((other) => other !== role))
    this.marks = new Map([...this.marks, [transition, others]])
  }

  /** What was said is done; it takes all of it again. */
  spend(transition: string): void {
    this.marks = new Map([...this.marks].filter(([name]) => name !== transition))
    this.#offers.delete(transition)
  }

  /** Another state: nothing that was said in the one before counts there. */
  leave(marks: Marks): void {
    this.marks = marks
    this.#offers.clear()
  }

  #isOffered({ transition, input }: Saying): boolean {
    const offer = this.#offers.get(transition)
    return offer !== undefined && sorted(offer.input) === sorted(input)
  }
}

function sorted(input: Saying['input']): string {
  return JSON.stringify(Object.entries(input).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
