/** Simulation: the auditor's record of one agreement: where it stands, what it holds, and how long it has been there. */

import assert from 'node:assert/strict'
import type { AgreementEvent, Ask } from '../../src/engine/ask.ts'
import type { Books, ToldPosting } from './books.ts'
import { isHolding, ownerOf, purposeOf } from './books.ts'
import { follow } from './expected.ts'
import { span, type FlowText, type TransitionText } from './flow-text.ts'

export interface Told {
  readonly kind: string
  readonly transition: string
  readonly from: string
  readonly to: string
  readonly money: string
  readonly by: { readonly kind: string; readonly id: string; readonly role: string }
  readonly input?: Readonly<Record<string, unknown>>
  readonly currency: string
  readonly postings: readonly ToldPosting[]
}

export type Posted = (posting: ToldPosting, after: { debit: bigint; credit: bigint }) => void
type Marks = ReadonlyMap<string, ReadonlySet<string>>
type Instants = ReadonlyMap<string, number>

const history_max = 12

export class Walk {
  state = '[*]'
  version = 0
  later: string | null = null
  held = 0n
  released = 0n
  refunded = 0n
  readonly accounts = new Set<string>()
  readonly history: string[] = []
  readonly text: FlowText
  readonly parties: Readonly<Record<string, string>>
  readonly terms: Readonly<Record<string, string>>
  fixed: Readonly<Record<string, bigint>>
  /** When it entered the state, less the time that the clock stood still. */
  since_ms = 0
  #marks: Marks = new Map()
  /** Timer → when it was taken last in this state, and from when it is tried again after it was refused. */
  #fired: Instants = new Map()
  #again: Instants = new Map()
  #stopped: {
    readonly state: string
    readonly by: string
    readonly at_ms: number
    readonly since_ms: number
    readonly fired: Instants
    readonly again: Instants
    readonly marks: Marks
  } | null = null

  constructor(text: FlowText, ask: Ask, terms: Readonly<Record<string, string>>) {
    assert(ask.creation, 'an agreement began without a creation')
    this.text = text
    this.parties = ask.creation.parties
    this.terms = terms
    this.fixed = Object.fromEntries(text.fixed.map((name) => [name, ask.creation?.amounts[name] ?? 0n]))
  }

  /** One more event: was it allowed, and did it post what the flow says? */
  take(event: AgreementEvent, ask: Ask, books: Books, posted: Posted): void {
    this.version += 1
    this.history.push(`${event.version} ${event.body}`)
    if (this.history.length > history_max) this.history.shift()
    assert.equal(event.version, this.version, 'the versions have a gap')
    if (event.kind === 'deferred') return this.#defer(event, ask)
    const told: Told = JSON.parse(event.body)
    const transition = this.text.transitions.get(event.transition)
    assert(transition, `no transition ${event.transition}`)
    assert.equal(told.from, this.state, 'the event starts from another state')
    this.#checkWho(told, ask, transition)
    if (event.kind === 'transition') this.#checkArrow(told, transition, ask)
    else assert.equal(told.to, told.from, `a ${event.kind} moved the agreement`)
    if (event.kind === 'later') assert.equal(this.later, event.transition, 'nothing was left to post')

    this.#post(told, event, transition, ask, books, posted)
    if (event.kind === 'later') this.later = null
    if (event.kind === 'mark') this.#mark(event.transition, told.by.role)
    if (event.kind === 'transition') this.#move(told, event, transition)
    assert.equal(told.money, this.money(), 'the second axis disagrees with the postings')
  }

  money(): string {
    if (this.later !== null) return 'releasing'
    if (this.held > 0n) return 'held'
    if (this.released > 0n) return this.refunded > 0n ? 'split' : 'released'
    return this.refunded > 0n ? 'refunded' : 'none'
  }

  /** Whether a transition of the clock is due beyond doubt. */
  isDue(name: string, now_ms: number): boolean {
    const transition = this.text.transitions.get(name)
    if (!transition?.after || transition.since !== null || this.later !== null) return false
    if (!transition.arrows.some(({ from }) => from === this.state)) return false
    if (now_ms < (this.#again.get(name) ?? now_ms)) return false
    return now_ms - (this.#fired.get(name) ?? this.since_ms) >= this.#span(transition.after)
  }

  /** Refused, and told once for each try. */
  #defer({ body, transition }: AgreementEvent, { now_ms }: Ask): void {
    const { again_at }: { again_at: string } = JSON.parse(body)
    assert(now_ms >= (this.#again.get(transition) ?? now_ms), `${transition} was tried again too early`)
    const at_ms = Date.parse(again_at)
    assert(at_ms > now_ms, `${transition} is tried again at the same instant`)
    this.#again = new Map([...this.#again, [transition, at_ms]])
  }

  #checkWho({ kind, by }: Told, ask: Ask, transition: TransitionText): void {
    if (kind === 'later' || kind === 'reminder') return
    assert.equal(this.later, null, 'it moved while its money was being released')
    if (transition.after !== null)
      return assert.equal(ask.kind, 'timer', 'somebody took the part of the clock')
    assert(transition.by.includes(by.role), `${by.role} may not ${ask.transition}`)
    if (by.role === 'operator')
      assert(ask.reason && ask.actor.kind === 'operator', 'an operator without a reason')
    else if (by.role === 'service')
      assert(ask.actor.kind === 'service' && ask.actor.party === null, 'not the service')
    else assert.equal(this.parties[by.role], ask.actor.party, `${ask.actor.party} is not the ${by.role}`)
  }

  #checkArrow({ to, by }: Told, transition: TransitionText, ask: Ask): void {
    const { state } = this
    const back = transition.arrows.some((arrow) => arrow.from === state && arrow.to === '[back]')
    if (back) {
      assert(this.#stopped?.state === to, `it went back to ${to}`)
      assert.equal(this.#stopped.by, by.role, 'another one took it back')
    } else {
      assert(
        transition.arrows.some((arrow) => arrow.from === state && arrow.to === to),
        `no arrow from ${state} to ${to}`,
      )
    }
    if (transition.after !== null && transition.since === null) {
      const waited_ms = ask.now_ms - (this.#fired.get(ask.transition) ?? this.since_ms)
      assert(waited_ms >= this.#span(transition.after), `the clock took ${ask.transition} too early`)
    }
    if (transition.all) {
      const said = this.#marks.get(ask.transition) ?? new Set()
      const all = transition.by.every(
        (role) => role === by.role || said.has(role) || this.parties[role] === undefined,
      )
      assert(all, `${ask.transition} did not wait for all`)
    }
  }

  #post(
    told: Told,
    event: AgreementEvent,
    transition: TransitionText,
    ask: Ask,
    books: Books,
    posted: Posted,
  ): void {
    const moves =
      event.kind === 'later' ? transition.later : event.kind === 'transition' ? transition.moves : []
    const given = Object.entries(ask.input).filter(
      (field): field is [string, bigint] => typeof field[1] === 'bigint',
    )
    const amounts = { ...this.fixed, ...Object.fromEntries(given) }
    this.fixed = Object.fromEntries(this.text.fixed.map((name) => [name, amounts[name] ?? 0n]))
    const { parties, terms } = this
    const facts = { books, agreement: event.agreement, currency: told.currency, parties, terms, amounts }
    follow(moves, told.postings, facts, (posting, after) => {
      this.#count(posting)
      posted(posting, after)
    })
    const party =
      event.kind === 'transition' ? this.parties[transition.blocks ?? transition.unblocks ?? ''] : undefined
    if (party === undefined) return
    const frozen = books.blocks.get(`${told.currency} ${party}.available`) ?? 'none'
    assert(transition.blocks === null || frozen === 'none', `${party} was frozen twice`)
    const block = transition.blocks === null ? 'none' : String(ask.input['direction'])
    books.blocks.set(`${told.currency} ${party}.available`, block)
  }

  #count({ from, to, amount }: ToldPosting): void {
    const moved = BigInt(amount)
    for (const account of [from, to]) if (isHolding(account)) this.accounts.add(account)
    if (isHolding(from)) this.held -= moved
    if (isHolding(to)) this.held += moved
    // A debt is a promise, not money that was released.
    if (isHolding(to) || purposeOf(from) === 'debt' || purposeOf(to) === 'debt') return
    const home = ownerOf(from) === ownerOf(to) || (ownerOf(to) === 'outside' && purposeOf(from) === 'held')
    if (isHolding(from) && home) this.refunded += moved
    else this.released += moved
  }

  #mark(name: string, role: string): void {
    const said = this.#marks.get(name) ?? new Set()
    assert(!said.has(role), `${role} said so twice`)
    this.#marks = new Map([...this.#marks, [name, new Set([...said, role])]])
  }

  #move({ to, by }: Told, event: AgreementEvent, transition: TransitionText): void {
    const { state } = this
    const at_ms = event.at_ms
    if (transition.later.length > 0) this.later = event.transition
    if (transition.after !== null) {
      this.#fired = new Map([...this.#fired, [event.transition, at_ms]])
      this.#again = new Map([...this.#again].filter(([name]) => name !== event.transition))
    }
    if (transition.undoes !== null) {
      const said = this.#marks.get(transition.undoes) ?? new Set()
      assert(said.has(by.role), `${by.role} took back what it had not said`)
      this.#marks = new Map([
        ...this.#marks,
        [transition.undoes, new Set([...said].filter((role) => role !== by.role))],
      ])
    }
    // What all have said is done; it takes all of them again.
    if (transition.all) this.#marks = new Map([...this.#marks].filter(([name]) => name !== event.transition))
    if (to === state) return
    const stopped = this.#stopped
    const returns =
      stopped !== null && transition.arrows.some((arrow) => arrow.from === state && arrow.to === '[back]')
    this.#stopped = this.text.stops.has(to)
      ? {
          state,
          by: by.role,
          at_ms,
          since_ms: this.since_ms,
          fired: this.#fired,
          again: this.#again,
          marks: this.#marks,
        }
      : null
    // The clock stood still: everything that it counts from is later by as long.
    const stood_ms = returns ? at_ms - stopped.at_ms : 0
    this.#marks = returns ? stopped.marks : new Map()
    this.since_ms = returns ? stopped.since_ms + stood_ms : at_ms
    this.#fired = returns ? later(stopped.fired, stood_ms) : new Map()
    this.#again = returns ? later(stopped.again, stood_ms) : new Map()
    this.state = to
  }

  #span(after: string): number {
    return span(this.terms[after] ?? after)
  }
}

function later(instants: Instants, ms: number): Instants {
  return new Map([...instants].map(([name, at_ms]) => [name, at_ms + ms]))
}
