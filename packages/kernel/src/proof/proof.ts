/** Engine, pure: what can be said of all situations of a flow together, once they were explored. */

import type { Problem } from '../problem.ts'
import type { CompiledFlow } from '../flow/compile.ts'
import { amountOf, type Money } from '../engine/agreement.ts'
import { initial_state } from '../engine/create.ts'
import type { Situation } from './situation.ts'

export const paths_max = 100_000

export interface Step {
  readonly to: string
  readonly role: string
  readonly leaves: boolean
}

export interface Seen {
  readonly situation: Situation
  readonly steps: Step[]
}

/** Held money must have a way out by the clock, or the clock must tell an operator; and a way out by an operator. */
export function exitsLacking(flow: CompiledFlow, { situation, steps }: Seen): string[] {
  const { agreement } = situation
  // While another moves its money, that one is left first, as its own page proves.
  if (agreement === null || situation.below !== null) return []
  if (agreement.later !== null || amountOf(agreement, 'held') === 0n) return []
  const { state } = agreement
  const timed = agreement.timers.some(({ transition: name, kind }) => {
    const transition = kind === 'transition' ? flow.transitions.get(name) : undefined
    const leaves = transition?.edges.some(({ from, to }) => from === state && to !== state) ?? false
    return leaves || transition?.tells.roles.includes('operator') === true
  })
  const manned = steps.some(({ role, leaves }) => role === 'operator' && leaves)
  return [
    ...(timed ? [] : [`${state}: holds money, and the clock neither leaves it nor tells the operator`]),
    ...(manned ? [] : [`${state}: holds money, and an operator cannot leave it`]),
  ]
}

/** By whom a situation is left without any party: an agreement below has exits of its own, too. */
const unattended = new Set(['operator', 'clock', 'job', 'child'])

/**
 * The situations from which operator, clock and jobs alone reach no end: looked for backwards from the ends. A flow
 * without ends, which goes on for ever, has nowhere to be brought to.
 */
export function strandedIn(flow: CompiledFlow, seen: ReadonlyMap<string, Seen>): Situation[] {
  if (flow.ends.size === 0) return []
  const before = new Map<string, string[]>()
  for (const [key, { steps }] of seen) {
    for (const { to, role } of steps) {
      if (unattended.has(role)) before.set(to, [...(before.get(to) ?? []), key])
    }
  }
  const safe = new Set<string>()
  for (const [key, { situation }] of seen) if (isOver(flow, situation)) safe.add(key)
  for (const key of safe) for (const from of before.get(key) ?? []) safe.add(from)
  return [...seen]
    .filter(([key, { situation }]) => situation.agreement !== null && !safe.has(key))
    .map(([, { situation }]) => situation)
}

/** A flow without ends runs on: a credit line. It strands nothing as long as it holds nothing. */
function isOver(flow: CompiledFlow, { agreement }: Situation): boolean {
  if (agreement === null || agreement.later !== null) return false
  return flow.ends.has(agreement.state) || (flow.ends.size === 0 && amountOf(agreement, 'held') === 0n)
}

/** Every arrow must have been taken, not only every transition. */
export function untaken(
  flow: CompiledFlow,
  arrows: ReadonlySet<string>,
  refusals: ReadonlyMap<string, Problem>,
): string[] {
  const taken = [...arrows]
  return [...flow.transitions.values()].flatMap(({ name, edges }) =>
    edges
      .filter(
        ({ from, to }) =>
          !taken.some(
            (arrow) => arrow.startsWith(`${from} ${name} `) && (to === '[back]' || arrow.endsWith(` ${to}`)),
          ),
      )
      .map(({ from, to }) => {
        const refusal = refusals.get(name)
        return `${name}: ${from} -> ${to} was never taken${refusal === undefined ? '' : `; refused: ${showProblem(refusal)}`}`
      }),
  )
}

export function countPaths(flow: CompiledFlow, arrows: ReadonlySet<string>): number {
  const exits = Map.groupBy(
    [...arrows].map((arrow) => arrow.split(' ')),
    ([from]) => from,
  )
  let paths = 0
  const walk = (state: string, visited: ReadonlySet<string>): void => {
    if (paths >= paths_max) return
    if (flow.ends.has(state)) paths += 1
    else
      for (const [, , to = ''] of exits.get(state) ?? [])
        if (!visited.has(to)) walk(to, new Set([...visited, to]))
  }
  walk(initial_state, new Set([initial_state]))
  return paths
}

export function endsIn(flow: CompiledFlow, seen: ReadonlyMap<string, Seen>): Record<string, Money[]> {
  const ends = Object.fromEntries([...flow.ends].map((state) => [state, new Set<Money>()]))
  for (const { situation } of seen.values()) {
    if (situation.agreement !== null && isOver(flow, situation))
      ends[situation.agreement.state]?.add(situation.agreement.money)
  }
  return Object.fromEntries(Object.entries(ends).map(([state, money]) => [state, [...money].toSorted()]))
}

export function stateOf({ agreement }: Situation): string {
  return agreement?.state ?? initial_state
}

export function showProblem({ code, details }: Problem): string {
  return `${code} ${JSON.stringify(details)}`
}
