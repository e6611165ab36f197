/**
 * Engine, pure: explores every situation that a flow can come into, by the real `decide`, and says what it saw.
 *
 * Every party, an operator, the service and the clock ask for everything they could ask for, with small amounts,
 * with and without the optional parties, with the flow's own fees and with 5% where it has none.
 */

import { isProblem, type Problem } from '../base/problem.ts'
import { basisPoints, defaultOf, isPercent, readFlow, type ReadFlow } from '../flow/read.ts'
import type { Money } from './agreement.ts'
import { asksIn, type Possible } from './explore-asks.ts'
import { countPaths, endsIn, exitsLacking, stateOf, strandedIn, untaken, type Seen } from './explore-proof.ts'
import {
  after,
  faultsOf,
  keyOf,
  topUp,
  type Setting,
  type Sight,
  type Situation,
} from './explore-situation.ts'
import { catalogueOf, type Product } from './product.ts'

export const situations_max = 20_000
/** Beyond this, situations that differ only in how long the clock still waits count as one. */
export const exact_situations_max = 5_000
const start_ms = Date.UTC(2001, 0, 1)

export interface Proof {
  readonly flow: string
  readonly states: number
  readonly transitions: number
  readonly situations: number
  readonly all_seen: boolean
  /** `exact`: situations differ also by how long the clock still waits. `in_order`: only by what it will do first. */
  readonly time: Sight['time']
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

/** What is wrong, where, how often, and the shortest way there. */
interface Finding {
  readonly about: 'books' | 'stranded' | 'flow'
  readonly text: string
  readonly way: readonly string[]
  times: number
}

export function explore(product: Product): Proof {
  const exact = search(product, 'exact', exact_situations_max)
  return exact.all_seen ? exact : search(product, 'in_order', situations_max)
}

function search(product: Product, time: Sight['time'], most: number): Proof {
  const catalogue = catalogueOf([product])
  const flow = readFlow(product.flow)
  const findings = new Findings()
  const seen = new Map<string, Seen>()
  const arrows = new Set<string>()
  const refusals = new Map<string, Problem>()
  const sight = { time, data: [...flow.transitions.values()].some(({ needs }) => needs.length > 0) }
  let steps = 0
  let all_seen = true

  const queue: Seen[] = []
  const meet = (situation: Situation): string => {
    const key = keyOf(situation, sight)
    if (!seen.has(key) && seen.size >= most) all_seen = false
    else if (!seen.has(key)) {
      const met = { situation, steps: [] }
      seen.set(key, met)
      queue.push(met)
      for (const fault of faultsOf(situation, flow))
        findings.add('books', `${stateOf(situation)}: ${fault}`, situation)
    }
    return key
  }

  for (const setting of settingsOf(flow)) {
    meet({
      setting,
      agreement: null,
      accounts: new Map(),
      funded: false,
      taken_in: 0n,
      now_ms: start_ms,
      way: [],
    })
  }
  for (const { situation, steps: taken } of queue) {
    if (!all_seen) break
    if (!situation.funded && spendsWallets(flow)) meet(topUp(situation))
    for (const possible of asksIn(situation, flow)) {
      const next = attempt(situation, possible)
      if (next === null) continue
      steps += 1
      const [from, to] = [stateOf(situation), stateOf(next)]
      arrows.add(`${from} ${possible.ask.transition} ${to}`)
      taken.push({ to: meet(next), role: possible.role, leaves: from !== to })
    }
  }

  if (!all_seen) findings.add('flow', `more than ${most} situations: not all were looked at`)
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
    steps,
    paths: countPaths(flow, arrows),
    ends: endsIn(flow, seen),
    conserved: !findings.any('books'),
    never_stranded: !findings.any('stranded'),
    complaints: findings.texts(),
  }

  /** The situation after it, or null when it was refused, as most of what can be asked for is. */
  function attempt(situation: Situation, { ask, role }: Possible): Situation | null {
    try {
      const name = ask.kind === 'reminder' ? `reminder of ${ask.transition}` : `${ask.transition} by ${role}`
      const next = after(situation, ask, catalogue, name)
      if (!isProblem(next)) return next
      refusals.set(ask.transition, next)
      const waits_for_job = ask.kind === 'timer' && situation.agreement?.later !== null
      if (ask.kind !== 'transition' && !waits_for_job && !lacksWallet(next)) {
        const text = `${stateOf(situation)}: ${ask.transition} by ${role} is refused: ${next.code}`
        findings.add('stranded', text, situation, next.details)
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      findings.add(
        'books',
        `${stateOf(situation)}: ${ask.transition} by ${role} breaks the engine: ${message}`,
        situation,
      )
    }
    return null
  }
}

/** With and without each optional party; with the flow's own percentages, and with 5% in place of 0%. */
function settingsOf(flow: ReadFlow): Setting[] {
  const free = Object.entries(flow.flow.terms).filter(
    ([, term]) => isPercent(defaultOf(term)) && basisPoints(defaultOf(term)) === 0n,
  )
  const schedules = [
    {},
    ...(free.length === 0 ? [] : [Object.fromEntries(free.map(([name]) => [name, '5%']))]),
  ]
  const absences = [...flow.optional].reduce<string[][]>(
    (some, party) => [...some, ...some.map((one) => [...one, party])],
    [[]],
  )
  return absences.flatMap((absent) =>
    schedules.map((schedule, i) => ({
      name: `${i} ${absent.join(' ')}`,
      parties: Object.fromEntries(flow.parties.filter((p) => !absent.includes(p)).map((p) => [p, `${p}_1`])),
      schedule,
    })),
  )
}

function spendsWallets(flow: ReadFlow): boolean {
  return [...flow.transitions.values()].some(
    ({ moves, later, edges }) =>
      [...moves, ...later].some(({ from }) => from.purpose === 'available') ||
      edges.some(({ condition }) => typeof condition?.at_most === 'object'),
  )
}

/** A clock that finds a party's wallet empty or frozen tries again; that is no fault of the flow. */
function lacksWallet({ code, details }: Problem): boolean {
  return (
    code === 'wallet_frozen' ||
    (code === 'insufficient_funds' && String(details['account']).endsWith('.available'))
  )
}

/** Each thing once, with the first, and so the shortest, way to it. */
class Findings {
  readonly #found = new Map<string, Finding>()

  add(about: Finding['about'], text: string, situation?: Situation, details?: Problem['details']): void {
    const known = this.#found.get(text)
    if (known !== undefined) known.times += 1
    else
      this.#found.set(text, {
        about,
        text: details ? `${text} ${JSON.stringify(details)}` : text,
        way: situation?.way ?? [],
        times: 1,
      })
  }

  any(about: Finding['about']): boolean {
    return [...this.#found.values()].some((finding) => finding.about === about)
  }

  texts(): string[] {
    return [...this.#found.values()].map(({ text, way, times }) =>
      way.length === 0 ? text : `${text} (${times} times, first after ${way.join(', ')})`,
    )
  }
}
