/** Reads the small notations of a flow file, once, into the shape that the engine works with. */

import assert from 'node:assert/strict'
import type { Share } from '../money/divide.ts'
import type { Flow, Purpose, SettableTerm, Term, Transition } from './define.ts'

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
}

export type MoveGroup = readonly [PlannedMove, ...PlannedMove[]]

export interface Edge {
  readonly from: string
  readonly to: string
  readonly condition: Comparison | null
}

/** `price <= buyer.available` */
export interface Comparison {
  readonly amount: string
  readonly at_most: string | AccountRef
}

export interface ReadField {
  readonly shape: string
  readonly optional: boolean
}

export interface ReadTransition {
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
  readonly tells: readonly string[]
  readonly needs: readonly string[]
  readonly input: Readonly<Record<string, ReadField>>
  /** Fixed amounts that its input sets, as a quote does: open only while no money has moved. */
  readonly sets: readonly string[]
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
  readonly remind: { readonly before: string; readonly tells: readonly string[] } | null
}

export interface ReadFlow {
  readonly flow: Flow
  readonly name: string
  readonly version: number
  readonly parties: readonly string[]
  readonly optional: ReadonlySet<string>
  readonly amounts: readonly string[]
  readonly fixed: readonly string[]
  /** The amount that shares are taken of; '' in a flow that moves no money. */
  readonly whole: string
  readonly ends: ReadonlySet<string>
  readonly transitions: ReadonlyMap<string, ReadTransition>
  readonly creation: ReadTransition
  /** State → the clock's transitions that wait there. */
  readonly clocks: ReadonlyMap<string, readonly ReadTransition[]>
  /** States that an arrow to `[back]` leaves: entering one stops the clock. */
  readonly pausing: ReadonlySet<string>
}

export function readFlow(flow: Flow, version = 1): ReadFlow {
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
    whole: Object.keys(flow.amounts)[0] ?? '',
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

/** The fixed amounts that a creation must name: all but those that a later transition's input sets. */
export function amountsAtCreation(flow: ReadFlow): string[] {
  const later = new Set([...flow.transitions.values()].flatMap(({ creates, sets }) => (creates ? [] : sets)))
  return flow.fixed.filter((name) => !later.has(name))
}

function fixedOf(flow: Flow): string[] {
  return Object.keys(flow.amounts).filter((name) => flow.amounts[name] === 'fixed')
}

function readTransition(flow: Flow, name: string, transition: Transition): ReadTransition {
  const edges = [transition.arrow].flat().map(readEdge)
  const creates = edges.some((edge) => edge.from === '[*]')
  const person = 'by' in transition ? transition : null
  const by = person?.by ?? []
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
    by_all: typeof by === 'object' && 'all' in by,
    moves,
    later,
    move_groups: groupsOf(moves),
    later_groups: groupsOf(later),
    tells: transition.tells ?? [],
    needs: transition.needs ?? [],
    input: Object.fromEntries(Object.entries(input).map(([field, is]) => [field, readField(is)])),
    sets: fixedOf(flow).filter((amount) => Object.hasOwn(input, amount)),
    undoes: person?.undoes ?? null,
    blocks: person?.blocks ?? null,
    unblocks: person?.unblocks ?? null,
    clock: 'after' in transition ? readClock(transition) : null,
    path: person?.path ?? (creates ? `/${flow.noun}` : `/${flow.noun}/{id}/${name.replaceAll('_', '-')}`),
  }
}

function readClock(transition: Extract<Transition, { after: string }>): ReadClock {
  return {
    after: transition.after,
    since: transition.since ?? null,
    remind: transition.remind ?? null,
  }
}

function readField(text: string): ReadField {
  return text.endsWith('?') ? { shape: text.slice(0, -1), optional: true } : { shape: text, optional: false }
}

const EDGE = /^(\[\*\]|\w+) -> (\[back\]|\w+)(?: if (\w+) <= (\w+|\w+\.\w+))?$/

function readEdge(text: string): Edge {
  const match = EDGE.exec(text)
  assert(match, `not an arrow: "${text}"`)
  const [, from = '', to = '', amount, limit = ''] = match
  const at_most = limit.includes('.') ? readAccount(limit) : limit
  return { from, to, condition: amount === undefined ? null : { amount, at_most } }
}

const MOVE = /^(?:(?:(\d+(?:\.\d{1,2})?)%|(\w+)) of )?(\w+)$/

function readMove([part, route, code]: readonly [string, string, string]): PlannedMove {
  const match = MOVE.exec(part)
  assert(match, `not a part of an amount: "${part}"`)
  const [, percent, term, amount = ''] = match
  const [from = '', to = ''] = route.split(' -> ')
  const [debit_code = '', credit_code = debit_code] = code.split('/')
  const share = percent ? basisPoints(`${percent}%`) : term === 'rest' ? 'rest' : term ? { term } : 'all'
  return { amount, share, from: readAccount(from), to: readAccount(to), debit_code, credit_code }
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
    one.from.party === other.from.party &&
    one.from.purpose === other.from.purpose
  )
}

export function readAccount(text: string): AccountRef {
  const [party = '', purpose = ''] = text.split('.')
  assert(party && purpose, `not an account: "${text}"`)
  return { party, purpose: purpose as Purpose }
}

export function isPercent(term: string): boolean {
  return term.endsWith('%')
}

/** "2.5%" is 250 basis points. */
export const basisPoints = remembered((percent: string): bigint => {
  const match = /^(\d+)(?:\.(\d{1,2}))?%$/.exec(percent)
  assert(match, `not a percentage: "${percent}"`)
  return BigInt(match[1] ?? '0') * 100n + BigInt((match[2] ?? '').padEnd(2, '0'))
})

const unit_ms = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const

/** "48 hours" in milliseconds. */
export const spanMs = remembered((span: string): number => {
  const match = /^(\d+) (minutes|hours|days)$/.exec(span)
  assert(match, `not a span: "${span}"`)
  return Number.parseInt(match[1] ?? '0', 10) * unit_ms[match[2] as keyof typeof unit_ms]
})

/** The default of a term, whether or not the marketplace may set it. */
export function defaultOf(term: Term | SettableTerm): Term {
  return typeof term === 'string' ? term : term.is
}

const remembered_max = 10_000

/** Terms are few and asked for at every transition: each text is read once. */
function remembered<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const value = known.get(text)
    if (value !== undefined) return value
    if (known.size >= remembered_max) known.clear()
    const fresh = read(text)
    known.set(text, fresh)
    return fresh
  }
}
