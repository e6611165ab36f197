/**
 * Simulation: who has said what, where a transition waits for several: marks, offers, and the first of two operators.
 * None of it is older than the state and the amounts that it speaks of, but for reports, which a clock counts from.
 */

import assert from 'node:assert/strict'

export interface Saying {
  readonly transition: string
  readonly role: string
  readonly by: string
  readonly at_ms: number
  /** What they gave, as the event tells it. */
  readonly input: Readonly<Record<string, unknown>>
}

/** Transition → role → when. */
export type Marks = ReadonlyMap<string, ReadonlyMap<string, number>>

export class Said {
  marks: Marks = new Map()
  /** Transition → what one has asked for, and others are asked to ask for too. */
  readonly #offers = new Map<string, Saying>()

  /** One of all says so, and others still have to. Who gives other amounts than before begins anew. */
  mark(saying: Saying, agreed: boolean): void {
    const { transition, role, at_ms } = saying
    const renews = agreed && !this.#isOffered(saying)
    if (renews) this.#offers.set(transition, saying)
    const said = renews ? nobody : this.#saidOf(transition)
    assert(!said.has(role), `${role} said so twice`)
    this.marks = new Map([...this.marks, [transition, new Map([...said, [role, at_ms]])]])
  }

  /** The last one says so: all the others have, and the same. */
  checkAll(saying: Saying, roles: readonly string[], agreed: boolean): void {
    const said = this.#saidOf(saying.transition)
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

  /** A party takes back its word; an offer falls with who made it. */
  takeBack(transition: string, role: string): void {
    const said = this.#saidOf(transition)
    assert(said.has(role), `${role} took back what it had not said`)
    if (this.#offers.get(transition)?.role === role) return this.spend(transition)
    const others = new Map([...said].filter(([other]) => other !== role))
    this.marks = new Map([...this.marks, [transition, others]])
  }

  /** An operator takes back what it has proposed. */
  takeBackProposal({ transition, by }: Saying): void {
    const offer = this.#offers.get(transition)
    assert(offer?.role === 'operator' && offer.by === by, `${by} took back what it had not proposed`)
    this.#offers.delete(transition)
  }

  /** What was said is done; it takes all of it again. */
  spend(transition: string): void {
    this.marks = new Map([...this.marks].filter(([name]) => name !== transition))
    this.#offers.delete(transition)
  }

  /** Another state or other amounts: nothing counts there that was said before, but for what was reported. */
  leave(marks: Marks): void {
    this.marks = marks
    this.#offers.clear()
  }

  /** What the agreement keeps is what was said and still counts, to the instant. */
  check(marks: Readonly<Record<string, Readonly<Record<string, number>>>>, proposals: object): void {
    const is = Object.entries(marks).flatMap(([name, by]) =>
      Object.entries(by).map(([role, at_ms]) => `${name} by ${role} at ${at_ms}`),
    )
    const should = [...this.marks].flatMap(([name, by]) =>
      [...by].map(([role, at_ms]) => `${name} by ${role} at ${at_ms}`),
    )
    const offers = [list(Object.keys(proposals)), list([...this.#offers.keys()])]
    assert(list(is) === list(should), `the consents of the agreement: ${list(is)}, not ${list(should)}`)
    assert(offers[0] === offers[1], `the offers of the agreement: ${offers.join(', not ')}`)
  }

  #saidOf(transition: string): ReadonlyMap<string, number> {
    return this.marks.get(transition) ?? nobody
  }

  #isOffered({ transition, input }: Saying): boolean {
    const offer = this.#offers.get(transition)
    return offer !== undefined && sorted(offer.input) === sorted(input)
  }
}

const nobody: ReadonlyMap<string, number> = new Map()

function list(names: readonly string[]): string {
  return names.toSorted().join(', ')
}

function sorted(input: Saying['input']): string {
  return JSON.stringify(Object.entries(input).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
