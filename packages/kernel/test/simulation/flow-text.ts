/** Simulation: the auditor reads a flow file by itself, as little as it needs, so that a bug of the engine's reader shows. */

import type { Flow } from '../../src/flow/define.ts'

export interface MoveText {
  readonly amount: string
  /** Basis points or a term's name; null for all of the amount. */
  readonly share: string | null
  readonly from: string
  readonly to: string
  readonly code: string
  /** Made only where the transition leads there; null: always. */
  readonly into: string | null
}

export interface ArrowText {
  readonly from: string
  readonly to: string
  /** `price <= buyer.available` */
  readonly condition: string | null
}

export interface CountText {
  readonly amount: string
  readonly from: string
  readonly to: string
}

export interface TransitionText {
  readonly arrows: readonly ArrowText[]
  readonly by: readonly string[]
  readonly all: boolean
  readonly moves: readonly MoveText[]
  readonly later: readonly MoveText[]
  readonly after: string | null
  readonly since: string | null
  readonly blocks: string | null
  readonly unblocks: string | null
  readonly undoes: string | null
  /** What a stopped clock has at least when it goes on. */
  readonly at_least: string | null
  /** Somebody is told before the clock acts. */
  readonly reminds: boolean
  /** The transition above, by the state that it leads to; under '' wherever that is. */
  readonly drives: Readonly<Record<string, string | undefined>>
  /** Fields of its input that are amounts of the flow. */
  readonly asks_for: readonly string[]
  readonly counts: readonly CountText[]
  readonly works_out: readonly (readonly [amount: string, least_of: readonly string[]])[]
  readonly within: {
    readonly limit: string
    readonly code: string
    readonly of: string
    readonly over: string
  } | null
  readonly four_eyes_above: string | null
}

export interface FlowText {
  readonly flow: Flow
  /** What the agreement above is called here, and which party there that means: the first one. */
  readonly above: string | null
  readonly first_party: string
  readonly fixed: readonly string[]
  /** Amounts that are kept. */
  readonly kept: readonly string[]
  readonly ends: ReadonlySet<string>
  readonly transitions: ReadonlyMap<string, TransitionText>
  /** Whether its agreements ever hold money themselves. */
  readonly holds: boolean
  /** States that can be left backwards. */
  readonly stops: ReadonlySet<string>
  /** Transitions by all that a clock counts from: what is said of them stays while the clock stands still. */
  readonly reports: ReadonlySet<string>
}

export function flowText(flow: Flow): FlowText {
  const transitions = Object.entries(flow.transitions).map(([name, t]): [string, TransitionText] => {
    const person = 'by' in t ? t : null
    const by = person?.by ?? []
    return [
      name,
      {
        arrows: [t.arrow].flat().map((arrow) => {
          const [from = '', to = '', condition = null] = arrow.split(/ -> | if /)
          return { from, to, condition }
        }),
        by: typeof by === 'string' ? [by] : 'all' in by ? by.all : by,
        all: typeof by === 'object' && 'all' in by,
        moves: (t.moves ?? []).map(moveText),
        later: (t.later ?? []).map(moveText),
        after: 'after' in t ? t.after : null,
        // Not before a date is for the auditor as if it were counted from one.
        since: 'after' in t ? (t.since ?? t.not_before ?? null) : null,
        blocks: person?.blocks ?? null,
        unblocks: person?.unblocks ?? null,
        undoes: person?.undoes ?? null,
        at_least: person?.at_least ?? null,
        reminds: 'after' in t && t.remind !== undefined,
        drives: typeof t.drives === 'string' ? { '': t.drives } : (t.drives ?? {}),
        asks_for: Object.keys(person?.input ?? {}).filter((field) => field in flow.amounts),
        counts: (t.counts ?? []).map(([amount, route]) => {
          const [from = '', to = ''] = route.split(' -> ')
          return { amount, from, to }
        }),
        works_out: Object.entries(t.works_out ?? {}).map(([amount, least_of]) => [amount, least_of ?? []]),
        within: t.within ?? null,
        four_eyes_above: person?.four_eyes_above ?? null,
      },
    ]
  })
  const sinces = new Set(Object.values(flow.transitions).map((t) => ('after' in t ? t.since : undefined)))
  const back = transitions.flatMap(([, t]) => t.arrows.filter(({ to }) => to === '[back]'))
  return {
    flow,
    above: Object.keys(flow.under ?? {})[0] ?? null,
    first_party: Object.keys(flow.parties)[0] ?? '',
    fixed: Object.keys(flow.amounts).filter((name) => flow.amounts[name] === 'fixed'),
    kept: Object.keys(flow.amounts).filter((name) => flow.amounts[name] !== 'given'),
    ends: new Set(flow.ends),
    transitions: new Map(transitions),
    holds: transitions.some(([, { moves, later }]) =>
      [...moves, ...later].some(({ to }) => /\.(held|payout)$/.test(to)),
    ),
    stops: new Set(back.map(({ from }) => from)),
    reports: new Set(transitions.flatMap(([name, { all }]) => (all && sinces.has(name) ? [name] : []))),
  }
}

function moveText([part, route, code, into]: readonly [string, string, string, string?]): MoveText {
  const words = part.split(' of ')
  const [from = '', to = ''] = route.split(' -> ')
  const [debit = ''] = code.split('/')
  return {
    amount: words.at(-1) ?? '',
    share: words.length === 1 ? null : (words[0] ?? ''),
    from,
    to,
    code: debit,
    into: into?.split(' ')[1] ?? null,
  }
}

/** Minor units of "100.00 PHP, 1000 RWF" in one currency; null where it is not named. */
export function sumIn(text: string, currency: string): bigint | null {
  const part = text.split(', ').find((one) => one.endsWith(` ${currency}`))
  return part === undefined ? null : BigInt((part.split(' ')[0] ?? '').replace('.', ''))
}

/** "2.5%" is 250. */
export function bps(percent: string): bigint {
  return BigInt(Math.round(Number.parseFloat(percent) * 100))
}

const unit_ms: Readonly<Record<string, number>> = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 }

export function span(text: string): number {
  const [count = '', unit = ''] = text.split(' ')
  return Number.parseInt(count, 10) * (unit_ms[unit] ?? Number.NaN)
}
