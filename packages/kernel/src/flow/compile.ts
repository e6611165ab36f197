/** Reads the small notations of a flow file, once, into the shape that the engine works with. */

import assert from 'node:assert/strict'
import { countsOnce } from './counts-once.ts'
import type { Flow, Transition } from './define.ts'
import type { CompiledFlow, CompiledTransition, Driven, MoveGroup, PlannedMove, ReadClock } from './model.ts'
import { readAccount, readCount, readEdge, readField, readMove, readOperand, readTells } from './notation.ts'

export type * from './model.ts'
export { readAccount } from './notation.ts'
export { basisPoints, defaultOf, isPercent, isSpan, isSum, isSwitch, spanMs } from './terms.ts'

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
    reports: reportsAmong(transitions),
  }
}

function reportsAmong(transitions: readonly CompiledTransition[]): ReadonlySet<string> {
  const counted_from = new Set(transitions.map(({ clock }) => clock?.since))
  return new Set(transitions.flatMap(({ name, by_all }) => (by_all && counted_from.has(name) ? [name] : [])))
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
    at_least: person?.at_least ?? null,
    blocks: person?.blocks ?? null,
    unblocks: person?.unblocks ?? null,
    sends_out: person?.sends_out ?? null,
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
