/** Simulation: the auditor's record of one agreement: where it stands, what it holds, and how long it has been there. */

import assert from 'node:assert/strict'
import type { AgreementEvent, Ask } from '../../src/engine/ask.ts'
import type { Between, Books, ToldPosting } from './books.ts'
import { isBound, isHolding, ownerOf, purposeOf } from './books.ts'
import { follow, movedOf, type Facts, type Posted } from './expected.ts'
import { arrowFrom, checkLimit, counted, workedOut } from './figures.ts'
import { span, sumIn, type FlowText, type TransitionText } from './flow-text.ts'
import { Said, type Marks } from './said.ts'

export interface Observed {
  readonly kind: string
  readonly transition: string
  readonly from: string
  readonly to: string
  readonly money: string
  readonly by: { readonly kind: string; readonly id: string; readonly role: string }
  readonly input?: Readonly<Record<string, unknown>>
  readonly reference?: string
  readonly currency: string
  readonly postings: readonly ToldPosting[]
}

/** What an event is looked at with: the books, the walk of the agreement above, and whoever compares the postings. */
export interface Reading {
  readonly books: Books
  readonly above: Walk | null
  readonly isRefunded: (agreement: string) => boolean
  /** Several processes: what was not there yet when one looked may be there before it in the log. */
  readonly races: boolean
  readonly posted: Posted
}

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
  readonly id: string
  /** The agreement that it was opened under. */
  readonly under: string | null
  /** Amounts that are kept: fixed, counted, worked out. */
  kept: Readonly<Record<string, bigint>>
  /** When it entered the state, also after a withdrawn dispute. */
  since_ms = 0
  /** The version in which it came back from a dispute; 0 where it never did. */
  returned_in = 0
  /** The agreement whose debt alone it is about. */
  #debt: string | null = null
  readonly said = new Said()
  /** Transition of the clock → when it is due, where that depends on the state alone. */
  #due: Instants = new Map()
  /** What a stopped clock remembers: what was left of each, and what was reported. */
  #stopped: {
    readonly state: string
    readonly by: string
    readonly left: Instants
    readonly marks: Marks
  } | null = null

  constructor(text: FlowText, ask: Ask, id: string, terms: Readonly<Record<string, string>>) {
    assert(ask.creation, 'an agreement began without a creation')
    this.text = text
    this.id = id
    this.under = ask.creation.under ?? null
    this.parties = ask.creation.parties
    this.terms = terms
    this.kept = Object.fromEntries(
      text.kept.map((name) => [name, text.fixed.includes(name) ? (ask.creation?.amounts[name] ?? 0n) : 0n]),
    )
  }

  /** One more event: was it allowed, and did it post what the flow says? */
  take(event: AgreementEvent, ask: Ask, reading: Reading): void {
    this.version += 1
    this.history.push(`${event.version} ${event.body}`)
    if (this.history.length > history_max) this.history.shift()
    assert.equal(event.version, this.version, 'the versions have a gap')
    if (event.kind === 'deferred') return this.#defer(event, ask)
    const told: Observed = JSON.parse(event.body)
    const transition = this.text.transitions.get(event.transition)
    assert(transition, `no transition ${event.transition}`)
    assert.equal(told.from, this.state, 'the event starts from another state')
    this.#checkWho(told, ask, transition)
    if (event.kind === 'mark' || event.kind === 'transition') this.#hear(told, transition, event.at_ms)
    if (event.kind === 'revoked') this.#takeBack(told, transition, event.at_ms)
    if (event.kind !== 'transition') assert.equal(told.to, told.from, `a ${event.kind} moved the agreement`)
    if (event.kind === 'later') assert.equal(this.later, event.transition, 'nothing was left to post')

    const before = this.#figures()
    if (event.kind !== 'mark') this.#post(told, event, transition, ask, reading)
    if (this.#figures() !== before) this.said.leave(new Map())
    if (event.kind === 'later') this.later = null
    if (event.kind === 'transition') this.#move(told, event, transition)
    assert.equal(told.money, this.money(), 'the second axis disagrees with the postings')
  }

  /** The transition above that this event takes with it. */
  drivenBy({ kind, transition }: AgreementEvent): string | null {
    const { drives = {} } = this.text.transitions.get(transition) ?? {}
    return kind === 'transition' ? (drives[this.state] ?? drives[''] ?? null) : null
  }

  money(): string {
    if (this.later !== null) return 'releasing'
    if (this.held > 0n) return 'held'
    if (this.released > 0n) return this.refunded > 0n ? 'split' : 'released'
    return this.refunded > 0n ? 'refunded' : 'none'
  }

  /** Whether a transition of the clock is due beyond doubt. */
  isDue(name: string, now_ms: number): boolean {
    const due_ms = this.dueAt(name)
    return this.later === null && due_ms !== undefined && now_ms >= due_ms
  }

  /** When the clock takes it, or tries again to; undefined where it does not wait for it, or counts from something else. */
  dueAt(name: string): number | undefined {
    return this.#due.get(name)
  }

  /** Refused, and told once for each try. */
  #defer({ body, transition }: AgreementEvent, { now_ms }: Ask): void {
    const { again_at }: { again_at: string } = JSON.parse(body)
    assert(now_ms >= (this.#due.get(transition) ?? now_ms), `${transition} was tried again too early`)
    const at_ms = Date.parse(again_at)
    assert(at_ms > now_ms, `${transition} is tried again at the same instant`)
    if (this.#due.has(transition)) this.#due = new Map([...this.#due, [transition, at_ms]])
  }

  #checkWho({ kind, by }: Observed, ask: Ask, transition: TransitionText): void {
    if (kind === 'later' || kind === 'reminder') return
    assert.equal(this.later, null, 'it moved while its money was being released')
    if (transition.after !== null)
      return assert.equal(ask.kind, 'timer', 'somebody took the part of the clock')
    assert(transition.by.includes(by.role), `${by.role} may not ${ask.transition}`)
    if (by.role === 'operator')
      assert(ask.reason && ask.actor.kind === 'operator', 'an operator without a reason')
    else if (by.role === 'service')
      assert(ask.actor.kind === 'service' && ask.actor.party === null, 'not the service')
    else if (by.role === 'child') assert.equal(ask.actor.kind, 'child', 'nothing below drives it')
    else assert.equal(this.parties[by.role], ask.actor.party, `${ask.actor.party} is not the ${by.role}`)
  }

  /** An account that nobody has opened yet cannot be locked, and so the money that one sees there can be a moment old. */
  #workOut(
    transition: TransitionText,
    { to, postings }: Observed,
    facts: Facts,
    races: boolean,
  ): Record<string, bigint> {
    const worked = workedOut(transition, facts)
    if (!races) return worked
    for (const [name, amount] of Object.entries(worked)) {
      const moved = movedOf(name, transition.moves, to, postings, facts)
      assert(moved === null || moved <= amount, `${name} is ${moved}, and not ${amount} at most`)
      worked[name] = moved ?? amount
    }
    return worked
  }

  #checkArrow(
    { to, by }: Observed,
    transition: TransitionText,
    ask: Ask,
    facts: Facts,
    races: boolean,
  ): void {
    const told = transition.arrows.find((one) => one.from === this.state && one.to === to)
    const looks = transition.arrows.some(({ condition }) => condition?.includes('.'))
    const arrow = races && looks ? told : arrowFrom(transition, this.state, facts)
    assert(arrow, `no arrow from ${this.state} to ${to}`)
    if (arrow.to === '[back]') {
      assert(this.#stopped?.state === to, `it went back to ${to}`)
      assert.equal(this.#stopped.by, by.role, 'another one took it back')
    } else assert.equal(to, arrow.to, `no arrow from ${this.state} to ${to}`)
    if (transition.after !== null && transition.since === null) {
      const due_ms = this.#due.get(ask.transition) ?? Number.POSITIVE_INFINITY
      assert(ask.now_ms >= due_ms, `the clock took ${ask.transition} too early`)
    }
  }

  /** Whether it waits for others, and for whom, where it needs more than one. */
  #hear(told: Observed, transition: TransitionText, at_ms: number): void {
    const { kind, transition: name, by, input = {}, currency } = told
    const saying = { transition: name, role: by.role, by: by.id, input, at_ms }
    const marks = kind === 'mark'
    const overrides = input['override'] === true
    if (by.role === 'operator' && (overrides || this.#needsTwo(transition, currency)))
      return marks ? this.said.propose(saying) : this.said.checkSecond(saying)
    assert(transition.all || !marks, `${name} waits for nobody`)
    if (!transition.all) return
    const agreed = transition.asks_for.length > 0
    const there = transition.by.filter((role) => this.parties[role] !== undefined)
    if (marks) this.said.mark(saying, agreed)
    else this.said.checkAll(saying, there, agreed)
  }

  #takeBack({ transition: name, by, input = {} }: Observed, transition: TransitionText, at_ms: number): void {
    if (transition.all) this.said.takeBack(name, by.role)
    else this.said.takeBackProposal({ transition: name, role: by.role, by: by.id, input, at_ms })
  }

  /** What consents speak of, beside the state. */
  #figures(): string {
    const { held, released, refunded, kept } = this
    return [held, released, refunded, ...this.text.kept.map((name) => kept[name] ?? 0n)].join(' ')
  }

  #needsTwo({ four_eyes_above }: TransitionText, currency: string): boolean {
    if (four_eyes_above === null) return false
    const most = sumIn(this.terms[four_eyes_above] ?? '', currency)
    const whole = this.kept[this.text.fixed[0] ?? ''] ?? 0n
    return most !== null && (this.text.holds ? this.held : whole) > most
  }

  #post(
    told: Observed,
    event: AgreementEvent,
    transition: TransitionText,
    ask: Ask,
    { books, above, isRefunded, races, posted }: Reading,
  ): void {
    const happens = event.kind === 'transition'
    const moves = event.kind === 'later' ? transition.later : happens ? transition.moves : []
    const given = Object.fromEntries(
      Object.entries(ask.input).filter((field): field is [string, bigint] => typeof field[1] === 'bigint'),
    )
    if (typeof ask.input['debt'] === 'string') this.#debt = ask.input['debt']
    if (happens) this.#keep({ ...given, ...counted(transition, { ...this.kept, ...given }) })
    const { id: agreement, parties, terms, held } = this
    const facts: Facts = {
      books,
      agreement,
      currency: told.currency,
      parties,
      terms,
      amounts: { ...this.kept, ...given },
      held,
      above: above && this.text.above !== null ? { as: this.text.above, ...above.#first() } : null,
      debt: this.#debt,
    }
    const worked = happens ? this.#workOut(transition, told, facts, races) : {}
    this.#keep(worked)
    const all = { ...facts, amounts: { ...facts.amounts, ...worked } }
    if (happens) this.#checkArrow(told, transition, ask, all, races)
    const made = moves.filter(({ into }) => into === null || into === told.to)
    follow(made, told.postings, all, (posting, after, between) => {
      this.#count(posting, between)
      if (above !== null) above.#countBelow(posting, between)
      books.leave(posting, told.currency, agreement, event.at_ms)
      posted(posting, after, between)
    })
    if (!happens) return
    checkLimit(transition, all, event.at_ms, this.#span(transition.within?.over ?? '0 days'), isRefunded)
    this.#stop(transition, told, ask, books)
  }

  #keep(amounts: Readonly<Record<string, bigint>>): void {
    this.kept = Object.fromEntries(
      this.text.kept.map((name) => [name, amounts[name] ?? this.kept[name] ?? 0n]),
    )
  }

  /** Whose accounts the name of this agreement means in one that was opened under it. */
  #first(): { agreement: string; owner: string } {
    return { agreement: this.id, owner: this.parties[this.text.first_party] ?? '' }
  }

  #stop({ blocks, unblocks, arrows }: TransitionText, { currency }: Observed, ask: Ask, books: Books): void {
    const party = this.parties[blocks ?? unblocks ?? '']
    if (party === undefined) return
    const frozen = books.blocks.get(`${currency} ${party}.available`) ?? 'none'
    const begins = arrows.some(({ from }) => from === '[*]')
    assert(blocks === null || (begins ? frozen === 'none' : frozen !== 'none'), `${party} was frozen twice`)
    const block = blocks === null ? 'none' : begins ? String(ask.input['direction']) : 'both'
    books.blocks.set(`${currency} ${party}.available`, block)
  }

  #count({ from, to, amount }: ToldPosting, between: Between): void {
    const moved = BigInt(amount)
    const [out, into] = [this.#holds(from, between.from), this.#holds(to, between.to)]
    for (const [account, of] of [
      [from, between.from],
      [to, between.to],
    ] as const)
      if (isBound(account) && of === this.id) this.accounts.add(account)
    if (out) this.held -= moved
    if (into) this.held += moved
    // A debt is a promise, not money that was released; what passes through the platform was released on its way there.
    if (into || purposeOf(from) === 'debt' || purposeOf(to) === 'debt' || from === 'platform.clearing') return
    if (isNobodys(from) && isNobodys(to)) return
    const home =
      isHolding(to) ||
      ownerOf(from) === ownerOf(to) ||
      (ownerOf(to) === 'outside' && purposeOf(from) === 'held')
    if (out && home) this.refunded += moved
    else this.released += moved
  }

  /** What one below does to the money of this one: what goes down to it is released here, until it comes back. */
  #countBelow({ from, to, amount }: ToldPosting, between: Between): void {
    const moved = BigInt(amount)
    const [out, into] = [this.#holds(from, between.from), this.#holds(to, between.to)]
    if (out) this.held -= moved
    if (into) this.held += moved
    if (out && isHolding(to)) this.released += moved
    if (into && isHolding(from)) this.released -= moved
    if (out || into) this.said.leave(new Map())
    if (isBound(from) && between.from === this.id) this.accounts.add(from)
    if (isBound(to) && between.to === this.id) this.accounts.add(to)
  }

  #holds(account: string, agreement: string): boolean {
    return isHolding(account) && agreement === this.id
  }

  #move({ to, by }: Observed, event: AgreementEvent, transition: TransitionText): void {
    const { state } = this
    const at_ms = event.at_ms
    if (transition.later.length > 0) this.later = event.transition
    if (transition.undoes !== null) this.said.takeBack(transition.undoes, by.role)
    this.said.spend(event.transition)
    if (to === state) {
      const { after, since } = transition
      if (after !== null && since === null)
        this.#due = new Map([...this.#due, [event.transition, at_ms + this.#span(after)]])
      return
    }
    const stopped = this.#stopped
    const returns =
      stopped !== null && transition.arrows.some((arrow) => arrow.from === state && arrow.to === '[back]')
    const reported = new Map([...this.said.marks].filter(([name]) => this.text.reports.has(name)))
    const left = new Map([...this.#due].map(([name, due_ms]) => [name, Math.max(0, due_ms - at_ms)]))
    this.#stopped = this.text.stops.has(to) ? { state, by: by.role, left, marks: reported } : null
    this.said.leave(returns ? stopped.marks : new Map())
    this.since_ms = at_ms
    this.state = to
    // A stopped clock goes on with what was left, and with the least time at least.
    const least_ms = transition.at_least === null ? 0 : this.#span(transition.at_least)
    this.#due = returns
      ? new Map([...stopped.left].map(([name, ms]) => [name, at_ms + Math.max(ms, least_ms)]))
      : this.#dueFrom(at_ms)
    if (returns) this.returned_in = event.version
  }

  #dueFrom(at_ms: number): Instants {
    const waits = [...this.text.transitions].filter(
      ([, { after, since, arrows }]) =>
        after !== null && since === null && arrows.some(({ from }) => from === this.state),
    )
    return new Map(waits.map(([name, { after }]) => [name, at_ms + this.#span(after ?? '0 days')]))
  }

  #span(after: string): number {
    return span(this.terms[after] ?? after)
  }
}

/** The platform's or the outside's, and no person's. */
function isNobodys(account: string): boolean {
  return ['platform', 'outside'].includes(ownerOf(account))
}
