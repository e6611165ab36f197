/**
 * Engine, pure: explores every situation that a flow can come into, by the real `decide`, and says what it saw.
 *
 * Every party, an operator, the service and the clock ask for everything they could ask for, with small amounts,
 * with and without the optional parties, with the flow's own fees and with 5% where it has none.
 */

import { isProblem, type Problem } from '../base/problem.ts'
import { basisPoints, defaultOf, isPercent, readFlow, type ReadFlow } from '../flow/read.ts'
import { amountOf, type Money } from './agreement.ts'
import { unborn } from './create.ts'
import { asksIn, type Possible } from './explore-asks.ts'
import { after, faultsOf, keyOf, topUp, type Setting, type Sight, type Situation } from './explore-situation.ts'
import { catalogueOf, type Product } from './product.ts'

export const situations_max = 20_000
/** Beyond this, situations that differ only in how long the clock still waits count as one. */
export const exact_situations_max = 5_000
export const paths_max = 100_000
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

interface Step {
  readonly to: string
  readonly role: string
  readonly leaves: boolean
}

interface Seen {
  readonly situation: Situation
  readonly steps: Step[]
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
      for (const fault of faultsOf(situation, flow)) findings.add('books', `${stateOf(situation)}: ${fault}`, situation)
    }
    return key
  }

  for (const setting of settingsOf(flow)) {
    meet({ setting, agreement: null, accounts: new Map(), funded: false, taken_in: 0n, now_ms: start_ms, way: [] })
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
  for (const one of seen.values()) for (const text of exitsLacking(flow, one)) findings.add('stranded', text, one.situation)
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
      if (ask.kind !== 'transition' && !lacksWallet(next)) {
        findings.add('stranded', `${stateOf(situation)}: ${ask.transition} by ${role} is refused: ${show(next)}`, situation)
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      findings.add('books', `${stateOf(situation)}: ${ask.transition} by ${role} breaks the engine: ${message}`, situation)
    }
    return null
  }
}

/** With and without each optional party; with the flow's own percentages, and with 5% in place of 0%. */
function settingsOf(flow: ReadFlow): Setting[] {
  const free = Object.entries(flow.flow.terms).filter(([, term]) => isPercent(defaultOf(term)) && basisPoints(defaultOf(term)) === 0n)
  const schedules = [{}, ...(free.length === 0 ? [] : [Object.fromEntries(free.map(([name]) => [name, '5%']))])]
  const absences = [...flow.optional].reduce<string[][]>((some, party) => [...some, ...some.map((one) => [...one, party])], [[]])
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

/** Held money must have a way out by the clock, or the clock must tell an operator; and a way out by an operator. */
function exitsLacking(flow: ReadFlow, { situation, steps }: Seen): string[] {
  const { agreement } = situation
  if (agreement === null || agreement.later !== null || amountOf(agreement, 'held') === 0n) return []
  const { state } = agreement
  const timed = agreement.timers.some(({ transition: name, kind }) => {
    const transition = kind === 'transition' ? flow.transitions.get(name) : undefined
    const leaves = transition?.edges.some(({ from, to }) => from === state && to !== state) ?? false
    return leaves || transition?.tells.includes('operator') === true
  })
  const manned = steps.some(({ role, leaves }) => role === 'operator' && leaves)
  return [
    ...(timed ? [] : [`${state}: holds money, and the clock neither leaves it nor tells the operator`]),
    ...(manned ? [] : [`${state}: holds money, and an operator cannot leave it`]),
  ]
}

/** The situations from which operator, clock and jobs alone reach no end: looked for backwards from the ends. */
function strandedIn(flow: ReadFlow, seen: ReadonlyMap<string, Seen>): Situation[] {
  const before = new Map<string, string[]>()
  for (const [key, { steps }] of seen) {
    for (const { to, role } of steps) {
      if (role === 'operator' || role === 'clock' || role === 'job') before.set(to, [...(before.get(to) ?? []), key])
    }
  }
  const safe = new Set<string>()
  for (const [key, { situation }] of seen) if (isOver(flow, situation)) safe.add(key)
  for (const key of safe) for (const from of before.get(key) ?? []) safe.add(from)
  return [...seen].filter(([key, { situation }]) => situation.agreement !== null && !safe.has(key)).map(([, { situation }]) => situation)
}

function isOver(flow: ReadFlow, { agreement }: Situation): boolean {
  return agreement !== null && flow.ends.has(agreement.state) && agreement.later === null
}

/** Every arrow must have been taken, not only every transition. */
function untaken(flow: ReadFlow, arrows: ReadonlySet<string>, refusals: ReadonlyMap<string, Problem>): string[] {
  const taken = [...arrows]
  return [...flow.transitions.values()].flatMap(({ name, edges }) =>
    edges
      .filter(({ from, to }) => !taken.some((arrow) => arrow.startsWith(`${from} ${name} `) && (to === '[back]' || arrow.endsWith(` ${to}`))))
      .map(({ from, to }) => {
        const refusal = refusals.get(name)
        return `${name}: ${from} -> ${to} was never taken${refusal === undefined ? '' : `; refused: ${show(refusal)}`}`
      }),
  )
}

function countPaths(flow: ReadFlow, arrows: ReadonlySet<string>): number {
  const exits = Map.groupBy([...arrows].map((arrow) => arrow.split(' ')), ([from]) => from)
  let paths = 0
  const walk = (state: string, visited: ReadonlySet<string>): void => {
    if (paths >= paths_max) return
    if (flow.ends.has(state)) paths += 1
    else for (const [, , to = ''] of exits.get(state) ?? []) if (!visited.has(to)) walk(to, new Set([...visited, to]))
  }
  walk(unborn, new Set([unborn]))
  return paths
}

function endsIn(flow: ReadFlow, seen: ReadonlyMap<string, Seen>): Record<string, Money[]> {
  const ends = Object.fromEntries([...flow.ends].map((state) => [state, new Set<Money>()]))
  for (const { situation } of seen.values()) {
    if (situation.agreement !== null && isOver(flow, situation)) ends[situation.agreement.state]?.add(situation.agreement.money)
  }
  return Object.fromEntries(Object.entries(ends).map(([state, money]) => [state, [...money].toSorted()]))
}

/** A clock that finds a party's wallet empty or frozen tries again; that is no fault of the flow. */
function lacksWallet({ code, details }: Problem): boolean {
  return code === 'wallet_frozen' || (code === 'insufficient_funds' && String(details['account']).endsWith('.available'))
}

function stateOf({ agreement }: Situation): string {
  return agreement?.state ?? unborn
}

function show({ code, details }: Problem): string {
  return `${code} ${JSON.stringify(details)}`
}

/** Each thing once, with the first and so the shortest way to it. */
class Findings {
  readonly #found = new Map<string, Finding>()

  add(about: Finding['about'], text: string, situation?: Situation): void {
    const known = this.#found.get(text)
    if (known !== undefined) known.times += 1
    else this.#found.set(text, { about, text, way: situation?.way ?? [], times: 1 })
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
