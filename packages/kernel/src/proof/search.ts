/** Engine, pure: goes on from situation to situation until there is none that was not met. */

import { isProblem, type Problem } from '../problem.ts'
import { debtorsIn } from '../engine/accounts.ts'
import { asksIn, type Possible } from './asks.ts'
import { faultsOf } from './books.ts'
import { Findings } from './findings.ts'
import { keyOf, type Sight } from './key.ts'
import { answered } from './offers.ts'
import { stateOf, type Seen } from './proof.ts'
import type { Scene } from './scene.ts'
import { after, topUp, type Done, type Situation } from './situation.ts'
import { isGuarded } from './values.ts'
import type { CompiledFlow } from '../flow/compile.ts'

export interface Search {
  readonly seen: ReadonlyMap<string, Seen>
  /** `from transition to`, each that was taken. */
  readonly arrows: ReadonlySet<string>
  readonly refusals: ReadonlyMap<string, Problem>
  readonly findings: Findings
  readonly steps: number
  readonly all_seen: boolean
}

export function search(scene: Scene, roots: readonly Situation[], time: Sight['time'], most: number): Search {
  const { flow } = scene.self
  const findings = new Findings()
  const seen = new Map<string, Seen>()
  const arrows = new Set<string>()
  const refusals = new Map<string, Problem>()
  const sight = sightOf(scene, time)
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

  for (const root of roots) meet(root)
  for (const { situation, steps: taken } of queue) {
    if (!all_seen) break
    if (!situation.funded && needsMoney(scene)) meet(topUp(situation, owersOf(flow)))
    for (const possible of asksIn(situation, scene)) {
      const done = attempt(situation, possible)
      if (done === null) continue
      steps += 1
      const [from, to] = [stateOf(situation), stateOf(done.next)]
      if (done.took !== null) arrows.add(`${from} ${done.took} ${to}`)
      taken.push({ to: meet(done.next), role: possible.role, leaves: from !== to })
    }
  }
  return { seen, arrows, refusals, findings, steps, all_seen }

  /** What comes of it, or null when it was refused, as most of what can be asked for is. */
  function attempt(situation: Situation, { ask, role }: Possible): Done | null {
    const name = nameOf(ask, role)
    try {
      const asked = after(situation, ask, scene.registry, name)
      const done = isProblem(asked) ? asked : answered(asked, ask, scene, name)
      if (!isProblem(done)) return done
      if (ask.flow === flow.name) refusals.set(ask.transition, done)
      // What stands above is judged on a page of its own.
      if (
        ask.kind !== 'transition' &&
        !role.startsWith('above') &&
        !waitsForJob(situation, ask) &&
        !lacksWallet(done)
      ) {
        const text = `${stateOf(situation)}: ${ask.transition} by ${role} is refused: ${done.code}`
        findings.add('stranded', text, situation, done.details)
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      findings.add('books', `${stateOf(situation)}: ${name} breaks the engine: ${message}`, situation)
    }
    return null
  }
}

function nameOf({ kind, transition }: Possible['ask'], role: string): string {
  if (kind === 'reminder') return `reminder of ${transition}`
  return kind === 'revoke' ? `${transition} revoked by ${role}` : `${transition} by ${role}`
}

function waitsForJob({ agreement, below }: Situation, ask: Possible['ask']): boolean {
  const asked = ask.agreement === below?.id ? below : agreement
  return ask.kind === 'timer' && asked !== null && asked.later !== null
}

function sightOf({ self: { flow } }: Scene, time: Sight['time']): Sight {
  const transitions = [...flow.transitions.values()]
  const stamps = new Set(transitions.flatMap((transition) => transition.stamps ?? []))
  const dates = transitions
    .flatMap(({ clock }) => [clock?.since, clock?.not_before])
    .flatMap((name) => name ?? [])
  // What is stamped, time itself tells apart.
  return { time, data: isGuarded(flow), stamps, dates: new Set(dates.filter((name) => !stamps.has(name))) }
}

/** Money of wallets, or debts, in any of the flows. */
function needsMoney({ self, above, below }: Scene): boolean {
  return [self, ...(above === null ? [] : [above]), ...below].some(({ flow }) =>
    [...flow.transitions.values()].some(
      (transition) =>
        [...transition.moves, ...transition.later].some(({ from }) => from.purpose === 'available') ||
        transition.edges.some(({ condition }) => typeof condition?.at_most === 'object') ||
        debtorsIn(transition).length > 0,
    ),
  )
}

/** Who may owe something already, and to whom. */
export function owersOf(flow: CompiledFlow): Map<string, string> {
  const transitions = [...flow.transitions.values()]
  const owers = new Map(transitions.flatMap(debtorsIn).map((party) => [party, 'platform']))
  for (const { from, to } of transitions.flatMap(({ moves, later }) => [...moves, ...later]))
    if (to.purpose === 'debts' && from.purpose === 'due') owers.set(to.party, from.party)
  return owers
}

/** A clock that finds a party's wallet empty or frozen tries again; that is no fault of the flow. */
function lacksWallet({ code, details }: Problem): boolean {
  return (
    code === 'wallet_frozen' ||
    (code === 'insufficient_funds' && String(details['account']).endsWith('.available'))
  )
}
