/**
 * Engine, pure: explores every situation that a flow can come into, by the real `decide`, and says what it saw.
 *
 * Every party, an operator, the service and the clock ask for everything they could ask for, with small amounts,
 * with and without the optional parties, with the flow's own fees and with 5% where it has none. A flow that is opened
 * under another one begins in situations of that; a flow whose money others below it move is explored together with them.
 */

import type { Money } from '../engine/agreement.ts'
import { births_max, stirs_max } from './asks.ts'
import type { Sight } from './key.ts'
import { countPaths, endsIn, exitsLacking, stateOf, strandedIn, untaken } from './proof.ts'
import { sceneOf, type Scene } from './scene.ts'
import { search, type Search } from './search.ts'
import type { Situation } from './situation.ts'
import { rootsOf } from './starts.ts'
import type { Product } from '../engine/product.ts'

export const situations_max = 30_000
/** Beyond this, situations that differ only in how long the clock still waits count as one. */
export const exact_situations_max = 5_000

export interface Proof {
  readonly flow: string
  readonly states: number
  readonly transitions: number
  readonly situations: number
  readonly all_seen: boolean
  /** `exact`: situations differ also by how long the clock still waits. `in_order`: only by what it will do first. */
  readonly time: Sight['time']
  /** With what it was explored, and how far, in a sentence; '' where it was alone. */
  readonly together: string
  /** Asks that were accepted, over all situations. */
  readonly steps: number
  /** Ways through the states, from the creation to an end, that come to no state twice. */
  readonly paths: number
  /** End → what had become of the money there. */
  readonly ends: Readonly<Record<string, readonly Money[]>>
  readonly conserved: boolean
  readonly never_stranded: boolean
  readonly complaints: readonly string[]
}

/** `products`: where the flows above and below are found. */
export function explore(product: Product, products: readonly Product[] = [product]): Proof {
  const scene = sceneOf(product, products)
  const roots = rootsOf(scene, products)
  const exact = scene.below.length === 0 ? search(scene, roots, 'exact', exact_situations_max) : null
  if (exact?.all_seen) return prove(scene, roots, exact, 'exact')
  return prove(scene, roots, search(scene, roots, 'in_order', situations_max), 'in_order')
}

function prove(scene: Scene, roots: readonly Situation[], found: Search, time: Sight['time']): Proof {
  const { flow } = scene.self
  const { seen, arrows, refusals, findings, steps, all_seen } = found
  if (!all_seen) findings.add('flow', `more than ${seen.size} situations: not all were looked at`)
  if (roots.length === 0) findings.add('flow', `in no situation of ${flow.under?.flow} it can be opened`)
  for (const text of untaken(flow, arrows, refusals)) findings.add('flow', text)
  for (const one of seen.values())
    for (const text of exitsLacking(flow, one)) findings.add('stranded', text, one.situation)
  for (const one of strandedIn(flow, seen)) {
    findings.add('stranded', `${stateOf(one)}: operator and clock cannot bring it to an end`, one)
  }
  return {
    flow: flow.name,
    states: Object.keys(flow.flow.states).length,
    transitions: flow.transitions.size,
    situations: seen.size,
    all_seen,
    time,
    together: together(scene, roots.length),
    steps,
    paths: countPaths(flow, arrows),
    ends: endsIn(flow, seen),
    conserved: !findings.any('books'),
    never_stranded: !findings.any('stranded'),
    complaints: findings.texts(),
  }
}

/** In words for its page. */
function together({ self, above, below, driven, depends }: Scene, roots: number): string {
  const names = (list: readonly string[]) => list.map((name) => `\`${name}\``).join(', ')
  const stirs = depends ? `, which moves by itself ${timesAtMost(stirs_max)} meanwhile` : ''
  const parts = [
    ...(above === null ? [] : [`Opened under \`${above.flow.name}\`${stirs}, from ${roots} starts.`]),
    ...(below.length === 0
      ? []
      : [
          `Explored with ${names(below.map(({ flow }) => flow.name))} under it: one at a time, ${timesAtMost(births_max)}; their own pages prove the rest of them.`,
        ]),
    ...(driven.size === 0
      ? []
      : [
          `What others under it take with them, ${names([...driven])}, is asked for in their name, ${timesAtMost(births_max)}.`,
        ]),
  ]
  return self.flow.under !== null && above === null ? '' : parts.join(' ')
}

function timesAtMost(most: number): string {
  return `at most ${most === 1 ? 'once' : `${most} times`}`
}
