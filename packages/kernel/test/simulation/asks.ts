/** Simulation: what clients, the clock and the job runner ask: mostly sensible, often not, and often again. */

import { newId } from '../../src/ids.ts'
import { proposalsOf, type Agreement } from '../../src/engine/agreement.ts'
import type { Ask, Verdict } from '../../src/engine/ask.ts'
import type { FlowRegistry, FlowVersion } from '../../src/engine/product.ts'
import type { CompiledFlow, CompiledTransition } from '../../src/flow/compile.ts'
import { Desk } from './desk.ts'
import { actorFor, anyAmount, askFor, clock, creationOf, inputOf } from './forms.ts'
import type { Random } from './random.ts'
import type { Store } from './store.ts'
import { spoil } from './spoil.ts'

/** Few live agreements, so that asks meet: each is asked many things, often in one batch. */
export const live_max = 300
const recent_max = 300
/** Agreements of one flow that has no end. */
const endless_max = 12
/** A flow that has fewer is created as often as one that has so many. */
const transitions_counted_min = 12

type Accepted = Extract<Verdict, { outcome: 'accepted' }>

export class Asks {
  /** Agreements that are not over yet. */
  readonly live: string[] = []
  /** Asks that were made, with or without an answer: for repeats. */
  readonly #recent: Ask[] = []
  readonly #random: Random
  readonly #store: Store
  readonly #editions: readonly FlowVersion[]
  readonly #sources: readonly FlowVersion[]
  readonly #registry: FlowRegistry
  readonly #desk: Desk

  constructor(random: Random, store: Store, registry: FlowRegistry) {
    this.#random = random
    this.#store = store
    this.#registry = registry
    this.#desk = new Desk(random, registry)
    this.#editions = [...registry.current.values()]
    this.#sources = this.#editions.filter(({ flow }) =>
      flow.creation.moves.some(({ from, to }) => from.party === 'outside' && to.purpose === 'available'),
    )
  }

  batch(size: number, now_ms: number): Ask[] {
    const asks: Ask[] = []
    while (asks.length < size) asks.push(...this.#next(now_ms))
    for (const ask of asks) {
      if (this.#recent.length < recent_max) this.#recent.push(ask)
      else this.#recent[this.#random.below(recent_max)] = ask
    }
    return asks
  }

  /** What was accepted, for who acts on it. */
  hear({ transition }: Ask, { agreement, before }: Accepted): void {
    if (before !== null) this.#desk.hear(transition, before, agreement)
  }

  #next(now_ms: number): Ask[] {
    const random = this.#random
    if (this.live.length === 0) return [this.#create(now_ms)]
    return random.weighted<() => Ask[]>([
      [this.live.length < live_max ? 20 : 2, () => [this.#create(now_ms)]],
      [8, () => [this.#topUp(now_ms)]],
      [45, () => this.#proceed(now_ms)],
      [12, () => [spoil(random, this.#one(this.#proceed(now_ms)), this.#registry, this.#store)]],
      [15, () => this.#tick(now_ms)],
      [10, () => [this.#repeat(now_ms)]],
    ])()
  }

  #create(now_ms: number): Ask {
    // The more can happen in a flow, the more often it must be walked before all of it has happened.
    const edition = this.#random.weighted(
      this.#editions.map(
        (each) => [Math.max(each.flow.transitions.size, transitions_counted_min), each] as const,
      ),
    )
    const { ends, name } = edition.flow
    // What never ends would be all that there is after a while.
    const endless = ends.size === 0 && this.live.filter((id) => this.#store.agreements.get(id)?.flow === name)
    return endless && endless.length >= endless_max ? this.#topUp(now_ms) : this.#createUnder(edition, now_ms)
  }

  /** Money comes in; without it nothing else happens. */
  #topUp(now_ms: number): Ask {
    return this.#createUnder(
      this.#random.pick(this.#sources.length > 0 ? this.#sources : this.#editions),
      now_ms,
    )
  }

  #createUnder(edition: FlowVersion, now_ms: number): Ask {
    const random = this.#random
    const above = edition.flow.under === null ? null : this.#above(edition)
    const above_edition = this.#registry.current.get(edition.flow.under?.flow ?? '')
    // Without one there is nothing that it could stand under.
    if (edition.flow.under !== null && above === null && above_edition && random.chance(90))
      return this.#createUnder(above_edition, now_ms)
    const free = creationOf(random, edition, above)
    const creation = this.#desk.opens(edition) ? this.#desk.next(edition, free) : free
    // Nothing is on its way.
    if (creation === null) return this.#topUp(now_ms)
    const transition = edition.flow.creation
    return askFor(random, now_ms, {
      flow: edition.flow.name,
      agreement: null,
      creation,
      transition: transition.name,
      actor: actorFor(random, random.pick(transition.by), creation.parties),
      input: inputOf(
        random,
        edition,
        transition,
        null,
        now_ms,
        this.#debtsOf(creation.parties, creation.currency),
      ),
    })
  }

  /**
   * A live agreement that one of this flow can be opened under, mostly one that waits for it; now and then one of
   * another flow, which is refused.
   */
  #above({ flow }: FlowVersion): Agreement | null {
    const random = this.#random
    const fits = this.live.filter((id) => this.#store.agreements.get(id)?.flow === flow.under?.flow)
    const from = fits.length > 0 && random.chance(98) ? fits : this.live
    if (from.length === 0 || (fits.length === 0 && random.chance(90))) return null
    const states = this.#statesDriven(flow)
    const wait = fits.filter((id) => states.has(this.#store.agreements.get(id)?.state ?? ''))
    const picked = wait.length > 0 && random.chance(75) ? wait : from
    return this.#store.agreements.get(random.pick(picked)) ?? null
  }

  /** Where the agreement above can be moved by one of this flow. */
  #statesDriven({ under, transitions }: CompiledFlow): ReadonlySet<string> {
    const above = this.#registry.current.get(under?.flow ?? '')?.flow.transitions
    return new Set(
      [...transitions.values()].flatMap(({ drives }) =>
        drives.flatMap(({ transition }) => [...(above?.get(transition)?.from ?? [])]),
      ),
    )
  }

  /** By which somebody of these owes something. */
  #debtsOf(parties: Agreement['parties'], currency: string): string[] {
    const owners = new Set(Object.values(parties))
    return [...this.#store.accounts.values()].flatMap((account) =>
      account.purpose === 'debt' &&
      account.balance < 0n &&
      owners.has(account.owner) &&
      account.currency === currency
        ? (account.agreement ?? [])
        : [],
    )
  }

  /** A transition that leaves the state where the agreement stands; at times asked by two at once, or by all. */
  #proceed(now_ms: number): Ask[] {
    const random = this.#random
    const { agreement, edition } = this.#any()
    if (agreement.later !== null && random.chance(60)) return this.#later(agreement, now_ms)
    const open = [...edition.flow.transitions.values()].filter(
      (t) => t.clock === null && t.from.has(agreement.state) && t.by.some((role) => role !== 'child'),
    )
    if (open.length === 0) return [this.#create(now_ms)]
    if (random.chance(15)) {
      const revocation = this.#revoke(agreement, now_ms)
      if (revocation !== null) return [revocation]
    }
    const offered = open.find(({ name }) => proposalsOf(agreement)[name] !== undefined)
    // An agreement that ends before any money was in it tells little.
    const going_on = open.filter((t) => !endsWithout(t, agreement.state, edition.flow))
    const likely = going_on.length > 0 && random.chance(60) ? going_on : open
    const stops = random.chance(agreement.paused === null ? 25 : 8)
      ? clockStopper(agreement, open, edition.flow)
      : undefined
    const transition = stops ?? (offered !== undefined && random.chance(50) ? offered : random.pick(likely))
    const by = transition.by.filter((role) => role !== 'child')
    const { paused } = agreement
    const roles = stops !== undefined && paused !== null && by.includes(paused.by) ? [paused.by] : by
    const asks = transition.by_all && random.chance(40) ? roles : [random.pick(roles)]
    const twice = random.chance(8) ? [...asks, random.pick(roles)] : asks
    const input = () => inputOf(random, edition, transition, agreement, now_ms)
    // Who ask together mostly ask for the same.
    const shared = random.chance(70) ? input() : null
    return twice.map((role) =>
      askFor(random, now_ms, {
        flow: agreement.flow,
        agreement: agreement.id,
        transition: transition.name,
        actor: actorFor(random, role, agreement.parties),
        input: shared ?? input(),
      }),
    )
  }

  /** Somebody takes back what it has said; now and then another one tries to. */
  #revoke(agreement: Agreement, now_ms: number): Ask | null {
    const random = this.#random
    const said = Object.entries(agreement.marks).flatMap(([transition, by]) =>
      Object.keys(by).map((role) => [transition, role] as const),
    )
    const proposed = Object.entries(proposalsOf(agreement)).flatMap(([transition, { role }]) =>
      role === 'operator' ? [[transition, role] as const] : [],
    )
    const all = [...said, ...proposed]
    if (all.length === 0) return null
    const [transition, role] = random.pick(all)
    const others = Object.keys(agreement.parties)
    const who = others.length === 0 || random.chance(70) ? role : random.pick(others)
    const actor = actorFor(random, who, agreement.parties)
    const { flow, id } = agreement
    return askFor(random, now_ms, { kind: 'revoke', flow, agreement: id, transition, actor })
  }

  /** The job runner: late, twice, or when there is nothing left to post. */
  #later(agreement: Agreement, now_ms: number): Ask[] {
    const wish = { kind: 'later', flow: agreement.flow, agreement: agreement.id, actor: clock } as const
    const times = this.#random.weighted([
      [8, 1],
      [2, 2],
      [1, 3],
    ])
    return Array.from({ length: times }, () =>
      askFor(this.#random, now_ms, { ...wish, transition: agreement.later ?? 'none' }),
    )
  }

  /** The clock: what is due first of all, at times twice, at times too early. */
  #tick(now_ms: number): Ask[] {
    const random = this.#random
    const waiting = Array.from({ length: 10 }, () => this.#any().agreement).filter(
      ({ timers }) => timers.length > 0,
    )
    const agreement = waiting.find(({ due_ms }) => due_ms !== null && due_ms <= now_ms) ?? waiting[0]
    if (agreement === undefined) return [this.#create(now_ms)]
    const due = agreement.timers.filter(({ at_ms }) => at_ms <= now_ms)
    if (due.length === 0 && random.chance(80)) return [this.#create(now_ms)]
    const timer = random.pick(due.length > 0 && random.chance(90) ? due : agreement.timers)
    const kind = timer.kind === 'reminder' ? 'reminder' : 'timer'
    const wish = {
      kind,
      flow: agreement.flow,
      agreement: agreement.id,
      transition: timer.transition,
      actor: clock,
    } as const
    return Array.from(
      {
        length: random.weighted([
          [9, 1],
          [2, 2],
        ]),
      },
      () => askFor(random, now_ms, wish),
    )
  }

  /** The same again under the same key, as after a lost answer; or a client that uses its key for something else. */
  #repeat(now_ms: number): Ask {
    const random = this.#random
    const old = random.pick(this.#recent)
    const id = newId(now_ms, (n) => random.bytes(n))
    const again = { ...old, id, now_ms }
    if (old.key === null || random.chance(75)) return again
    const key = { ...old.key, body_hash: `${old.key.body_hash}!` }
    return { ...again, key, input: { ...old.input, other: anyAmount(random) } }
  }

  #any(): { agreement: Agreement; edition: FlowVersion } {
    const agreement = this.#store.agreements.get(this.#random.pick(this.live))
    const edition = agreement && this.#registry.get(agreement.flow, agreement.flow_version)
    if (!agreement || !edition) throw new Error('a live agreement is not in the store')
    return { agreement, edition }
  }

  #one(asks: readonly Ask[]): Ask {
    return this.#random.pick(asks)
  }
}

/** Of what somebody has said something about, what stops its clock; of what stands still, what goes on. */
function clockStopper(
  { state, marks, paused }: Agreement,
  open: readonly CompiledTransition[],
  { pausing }: CompiledFlow,
): CompiledTransition | undefined {
  if (paused === null && Object.keys(marks).length === 0) return undefined
  return open.find(({ edges }) =>
    edges.some(({ from, to }) => from === state && (paused === null ? pausing.has(to) : to === '[back]')),
  )
}

/** It is over, and nothing was moved. */
function endsWithout(
  { edges, moves, later }: CompiledTransition,
  state: string,
  { ends }: CompiledFlow,
): boolean {
  if (moves.length + later.length > 0) return false
  return edges.every(({ from, to }) => from !== state || ends.has(to))
}
