/** Simulation: the auditor reads a flow file by itself, as little as it needs, so that a bug of the engine's reader shows. */

import type { Flow } from '../../src/flow/define.ts'

export interface MoveText {
  readonly amount: string
  /** Basis points or a term's name; null for all of the amount. */
  readonly share: string | null
  readonly from: string
  readonly to: string
  readonly code: string
}

export interface TransitionText {
  readonly arrows: readonly { readonly from: string; readonly to: string }[]
  readonly by: readonly string[]
  readonly all: boolean
  readonly moves: readonly MoveText[]
  readonly later: readonly MoveText[]
  readonly after: string | null
  readonly since: string | null
  readonly blocks: string | null
  readonly unblocks: string | null
  readonly undoes: string | null
}

export interface FlowText {
  readonly flow: Flow
  readonly fixed: readonly string[]
  readonly ends: ReadonlySet<string>
  readonly transitions: ReadonlyMap<string, TransitionText>
  /** States that can be left backwards. */
  readonly stops: ReadonlySet<string>
}

export function flowText(flow: Flow): FlowText {
  const transitions = Object.entries(flow.transitions).map(([name, t]): [string, TransitionText] => {
    const person = 'by' in t ? t : null
    const by = person?.by ?? []
    return [
      name,
      {
        arrows: [t.arrow].flat().map((arrow) => {
          const [from = '', to = ''] = arrow.split(/ -> | if /)
          return { from, to }
        }),
        by: typeof by === 'string' ? [by] : 'all' in by ? by.all : by,
        all: typeof by === 'object' && 'all' in by,
        moves: (t.moves ?? []).map(moveText),
        later: (t.later ?? []).map(moveText),
        after: 'after' in t ? t.after : null,
        since: 'after' in t ? (t.since ?? null) : null,
        blocks: person?.blocks ?? null,
        unblocks: person?.unblocks ?? null,
        undoes: person?.undoes ?? null,
      },
    ]
  })
  const back = transitions.flatMap(([, t]) => t.arrows.filter(({ to }) => to === '[back]'))
  return {
    flow,
    fixed: Object.keys(flow.amounts).filter((name) => flow.amounts[name] === 'fixed'),
    ends: new Set(flow.ends),
    transitions: new Map(transitions),
    stops: new Set(back.map(({ from }) => from)),
  }
}

function moveText([part, route, code]: readonly [string, string, string]): MoveText {
  const words = part.split(' of ')
  const [from = '', to = ''] = route.split(' -> ')
  const [debit = ''] = code.split('/')
  return {
    amount: words.at(-1) ?? '',
    share: words.length === 1 ? null : (words[0] ?? ''),
    from,
    to,
    code: debit,
  }
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
