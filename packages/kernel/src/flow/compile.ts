/** Reads the small notations of a flow file, once, into the shape that the engine works with. */

import assert from 'node:assert/strict'
import type { Share } from '../money/divide.ts'
import { countsOnce, type CountsOnce } from './counts-once.ts'
import type { Flow, Purpose, Transition } from './define.ts'
import { readAccount, readCount, readEdge, readField, readMove, readOperand, readTells } from './notation.ts'

export { readAccount } from './notation.ts'
export { basisPoints, defaultOf, isPercent, isSpan, isSum, isSwitch, spanMs } from './terms.ts'

/** `buyer.held`, read. */
export interface AccountRef {
  readonly party: string
  readonly purpose: Purpose
}

/** A move, read. `share` is a number of basis points, the name of a term, `rest`, or `all`. */
export interface PlannedMove {
  readonly amount: string
  readonly share: Share | 'all' | { readonly term: string }
  readonly from: AccountRef
  readonly to: AccountRef
  readonly debit_code: string
  readonly credit_code: string
  /** Made only where the transition leads into this state; null: always. */
  readonly into: string | null
}

export type MoveGroup = readonly [PlannedMove, ...PlannedMove[]]

/** Where a number of an agreement is looked up: an amount, `held`, a literal, or an account. */
export type Value = string | AccountRef

/** `deduction_percentage of sales`, `retailer.available less minimum_balance`, read. */
export interface Operand {
  /** As it is written, for whoever reads why. */
  readonly text: string
  readonly value: Value
  readonly share: bigint | { readonly term: string } | null
  readonly less: string | null
}

/** An amount that is the least of several. */
export interface WorkedOut {
  readonly amount: string
  readonly operands: readonly Operand[]
}

/** How much of one counted amount becomes another; null is where counting begins and ends. */
export interface ReadCount {
  readonly amount: string
  readonly from: string | null
  readonly to: string | null
}

/** Roles that are told, their own words where they have some, and the state in which alone they are told. */
export interface Recipient {
  readonly roles: readonly string[]
  readonly words: Readonly<Record<string, string>>
  readonly only_in?: Readonly<Record<string, string>>
}

export interface Edge {
  readonly from: string
  readonly to: string
  readonly condition: Comparison | null
}

/** `price <= buyer.available` */
export interface Comparison {
  readonly amount: string
  readonly at_most: Value
}

export interface CompiledField {
  readonly shape: string
  readonly optional: boolean
}

/** A transition of the agreement above that is taken where this one leads into a state, or wherever it leads. */
export interface Driven {
  readonly transition: string
  readonly into: string | null
}

export interface CompiledTransition {
  readonly name: string
  readonly says: string
  readonly edges: readonly Edge[]
  readonly from: ReadonlySet<string>
  readonly creates: boolean
  /** Who may take it; empty for the clock's own. */
  readonly by: readonly string[]
  readonly by_all: boolean
  readonly moves: readonly PlannedMove[]
  readonly later: readonly PlannedMove[]
  /** The moves and the later moves, those together that divide one amount of one account. */
  readonly move_groups: readonly MoveGroup[]
  readonly later_groups: readonly MoveGroup[]
  /** What operators call the job that makes the later moves. */
  readonly job: string | null
  /** Of the agreement above; `into` a state of this one, null: always. */
  readonly drives: readonly Driven[]
  readonly counts: readonly ReadCount[]
  readonly works_out: readonly WorkedOut[]
  readonly looks_at: readonly AccountRef[]
  readonly within: Transition['within'] | null
  readonly four_eyes_above: string | null
  /** All of several parties must give the same amounts. */
  readonly agreed: boolean
  readonly tells: Recipient
  readonly later_tells: Recipient
  readonly needs: readonly string[]
  readonly stamps: string | null
  /** By what money from outside is known, and the field that names who brought it; null where none comes in. */
  readonly counts_once: CountsOnce | null
  readonly input: Readonly<Record<string, CompiledField>>
  /** Fixed amounts that its input sets, as a quote does: open only while no money has moved. */
  readonly sets: readonly string[]
  /** The field that becomes the agreement's reference, which is used once under its flow. */
  readonly refers: string | null
  readonly undoes: string | null
  readonly blocks: string | null
  readonly unblocks: string | null
  readonly clock: ReadClock | null
  readonly path: string
}

export interface ReadClock {
  /** A span, or the name of a term that is one. */
  readonly after: string
  readonly since: string | null
  readonly not_before: string | null
  readonly remind: { readonly before: string; readonly tells: Recipient } | null
}

export interface CompiledFlow {
  readonly flow: Flow
  readonly name: string
  readonly version: number
  readonly parties: readonly string[]
  readonly optional: ReadonlySet<string>
  readonly amounts: readonly string[]
  readonly fixed: readonly string[]
  /** Amounts that an agreement keeps: all but those given with a transition. */
  readonly kept: readonly string[]
  /** The flow that its agreements are opened under, and what it is called here. */
  readonly under: { readonly as: string; readonly flow: string } | null
  /** The amount that shares are taken of; '' in a flow that moves no money. */
  readonly whole: string
  /** What a second operator is needed for: `held`, or the whole in a flow whose agreements hold nothing themselves. */
  readonly weighed: string
  readonly ends: ReadonlySet<string>
  readonly transitions: ReadonlyMap<string, CompiledTransition>
  readonly creation: CompiledTransition
  /** State → the clock's transitions that wait there. */
  readonly clocks: ReadonlyMap<string, readonly CompiledTransition[]>
  /** States that an arrow to `[back]` leaves: entering one stops the clock. */
  readonly pausing: ReadonlySet<string>
}

export function compileFlow(flow: Flow, version = 1): CompiledFlow {
  const transitions = Object.entries(flow.transitions).map(([name, t]) => readTransition(flow, name, t))
  const creation = transitions.find((transition) => transition.creates)
  assert(creation, `${flow.name}: no transition leaves [*]`)
  return {
    flow,
    name: flow.name,
    version,
    parties: Object.keys(flow.parties),
    optional: new Set(Object.entries(flow.parties).flatMap(([p, is]) => (typeof is === 'string' ? [] : [p]))),
    amounts: Object.keys(flow.amounts),
    fixed: fixedOf(flow),
    kept: Object.keys(flow.amounts).filter((name) => flow.amounts[name] !== 'given'),
    under: underOf(flow),
    whole: Object.keys(flow.amounts)[0] ?? '',
    weighed: transitions.some(holds) ? 'held' : (Object.keys(flow.amounts)[0] ?? ''),
    ends: new Set(flow.ends),
    transitions: new Map(transitions.map((transition) => [transition.name, transition])),
    creation,
    clocks: new Map(
      Object.keys(flow.states).map((state) => [
        state,
        transitions.filter((t) => t.clock !== null && t.edges.some((edge) => edge.from === state)),
      ]),
    ),
    pausing: new Set(transitions.flatMap((t) => t.edges.filter((e) => e.to === '[back]').map((e) => e.from))),
  }
}

function holds({ moves, later }: CompiledTransition): boolean {
  return [...moves, ...later].some(({ to }) => to.purpose === 'held' || to.purpose === 'payout')
}

/** The fixed amounts that a creation must name: all but those that a later transition's input sets. */
export function amountsAtCreation(flow: CompiledFlow): string[] {
  const later = new Set([...flow.transitions.values()].flatMap(({ creates, sets }) => (creates ? [] : sets)))
  return flow.fixed.filter((name) => !later.has(name))
}

function underOf(flow: Flow): CompiledFlow['under'] {
  const [above, ...more] = Object.entries(flow.under ?? {})
  assert(more.length === 0, `${flow.name}: opened under one agreement, not several`)
  return above === undefined ? null : { as: above[0], flow: above[1] }
}

function fixedOf(flow: Flow): string[] {
  return Object.keys(flow.amounts).filter((name) => flow.amounts[name] === 'fixed')
}

function readTransition(flow: Flow, name: string, transition: Transition): CompiledTransition {
  const edges = [transition.arrow].flat().map(readEdge)
  const creates = edges.some((edge) => edge.from === '[*]')
  const person = 'by' in transition ? transition : null
  const by = person?.by ?? []
  const by_all = typeof by === 'object' && 'all' in by
  const input = person?.input ?? {}
  const moves = (transition.moves ?? []).map(readMove)
  const later = (transition.later ?? []).map(readMove)
  return {
    name,
    says: transition.says,
    edges,
    from: new Set(edges.map((edge) => edge.from)),
    creates,
    by: typeof by === 'string' ? [by] : 'all' in by ? by.all : by,
    by_all,
    moves,
    later,
    move_groups: groupsOf(moves),
    later_groups: groupsOf(later),
    job: transition.job ?? null,
    drives: drivenIn(transition.drives ?? {}),
    counts: (transition.counts ?? []).map(readCount),
    works_out: Object.entries(transition.works_out ?? {}).map(([amount, operands]) => ({
      amount,
      operands: (operands ?? []).map(readOperand),
    })),
    looks_at: (transition.looks_at ?? []).map(readAccount),
    within: transition.within ?? null,
    four_eyes_above: person?.four_eyes_above ?? null,
    agreed: by_all && Object.keys(input).some((field) => Object.hasOwn(flow.amounts, field)),
    tells: readTells(transition.tells),
    later_tells: readTells(transition.later_tells),
    needs: transition.needs ?? [],
    stamps: transition.stamps ?? null,
    counts_once: countsOnce(flow, transition, moves, creates),
    input: Object.fromEntries(Object.entries(input).map(([field, is]) => [field, readField(is)])),
    sets: fixedOf(flow).filter((amount) => Object.hasOwn(input, amount)),
    refers: Object.keys(input).find((field) => readField(input[field] ?? '').shape === 'reference') ?? null,
    undoes: person?.undoes ?? null,
    blocks: person?.blocks ?? null,
    unblocks: person?.unblocks ?? null,
    clock: 'after' in transition ? readClock(transition) : null,
    path: person?.path ?? (creates ? `/${flow.noun}` : `/${flow.noun}/{id}/${name.replaceAll('_', '-')}`),
  }
}

function drivenIn(drives: string | Readonly<Record<string, string | undefined>>): Driven[] {
  if (typeof drives === 'string') return [{ transition: drives, into: null }]
  return Object.entries(drives).flatMap(([into, transition]) =>
    transition === undefined ? [] : [{ transition, into }],
  )
}

function readClock(transition: Extract<Transition, { after: string }>): ReadClock {
  return {
    after: transition.after,
    since: transition.since ?? null,
    not_before: transition.not_before ?? null,
    remind: transition.remind
      ? { before: transition.remind.before, tells: readTells(transition.remind.tells) }
      : null,
  }
}

/** Neighbouring moves that divide one amount of one account belong together: their parts are the whole. */
function groupsOf(moves: readonly PlannedMove[]): MoveGroup[] {
  const groups: [PlannedMove, ...PlannedMove[]][] = []
  for (const move of moves) {
    const last = groups.at(-1)
    if (last !== undefined && dividesWith(last[0], move)) last.push(move)
    else groups.push([move])
  }
  return groups
}

function dividesWith(one: PlannedMove, other: PlannedMove): boolean {
  return (
    one.share !== 'all' &&
    other.share !== 'all' &&
    one.amount === other.amount &&
    one.into === other.into &&
    one.from.party === other.from.party &&
    one.from.purpose === other.from.purpose
  )
}
