/** Engine, pure: who may take which transition now, why the rest is closed, and what the clock will do. */

import assert from 'node:assert/strict'
import { problem, type Problem } from '../problem.ts'
import type { CompiledFlow, CompiledTransition } from '../flow/compile.ts'
import { hasMoved, type Agreement } from './agreement.ts'
import type { Actor, Ask } from './ask.ts'
import { hasGiven } from './consent.ts'
import { dueTimer } from './timers.ts'

/** The caller's role in this agreement: a party's, `operator`, `service`, `clock`, or '' for none. */
export function roleOf(actor: Actor, agreement: Agreement): string {
  if (actor.kind === 'operator' || actor.kind === 'clock' || actor.kind === 'child') return actor.kind
  if (actor.party === null) {
    assert(actor.kind === 'service', 'a party asks without saying who it is')
    return 'service'
  }
  // One person is one party, so the first is the only one.
  for (const role of Object.keys(agreement.parties)) if (agreement.parties[role] === actor.party) return role
  return ''
}

/** Why this ask is refused before any money is looked at; null when it is not. */
export function mayTake(
  ask: Ask,
  flow: CompiledFlow,
  agreement: Agreement,
  transition: CompiledTransition,
  role: string,
): Problem | null {
  if (ask.kind === 'later') {
    return agreement.later === transition.name
      ? null
      : notOpen(flow, agreement, role, 'nothing is left to post')
  }
  if (ask.kind === 'timer' || ask.kind === 'reminder') {
    if (!dueTimer(ask, agreement)) return notOpen(flow, agreement, role, 'the clock does not wait for this')
    // The job comes first: the clock's own postings could take what it still has to post, or its place.
    return ask.kind === 'timer' && agreement.later !== null
      ? notOpen(flow, agreement, role, 'money is being released')
      : null
  }
  if (!transition.by.includes(role))
    return problem('not_your_transition', { transition: transition.name, by: transition.by, you_are: role })
  const reason =
    ask.kind === 'revoke'
      ? whyNotRevoked(agreement, transition, role, ask.actor.id)
      : whyClosed(agreement, transition, role)
  if (reason !== null) return notOpen(flow, agreement, role, reason)
  if (returnsElsewhere(agreement, transition, role)) {
    return problem('not_your_transition', {
      transition: transition.name,
      by: [agreement.paused?.by],
      you_are: role,
    })
  }
  if (role === 'operator' && !ask.reason) {
    return problem('invalid_request', { pointer: '/reason', reason: 'an operator says why' })
  }
  return null
}

/** In words, why this transition cannot be taken now; null when it can. */
export function whyClosed(agreement: Agreement, transition: CompiledTransition, role: string): string | null {
  const { from, sets, agreed } = transition
  if (!from.has(agreement.state)) return `only from ${[...from].join(' or ')}; it is ${agreement.state}`
  if (agreement.later !== null) return 'money is being released'
  if (transition.by_all && !agreed && agreement.marks[transition.name]?.[role] !== undefined)
    return 'you have already said so'
  if (transition.undoes !== null && agreement.marks[transition.undoes]?.[role] === undefined)
    return 'you have not said so'
  if (sets.length > 0 && hasMoved(agreement))
    return `${sets.join(' and ')} stays as it is once money has moved`
  return null
}

/** In words, why this caller has nothing to revoke here; null when it has. */
export function whyNotRevoked(
  agreement: Agreement,
  transition: CompiledTransition,
  role: string,
  actor: string,
): string | null {
  return hasGiven(agreement, transition, role, actor) ? null : 'you have not said so'
}

/** Only who brought it here may take it back. */
function returnsElsewhere(agreement: Agreement, transition: CompiledTransition, role: string): boolean {
  const returns = transition.edges.some((edge) => edge.from === agreement.state && edge.to === '[back]')
  return returns && agreement.paused?.by !== role
}

/** Names of the transitions that this role could take now. */
export function allowedTo(flow: CompiledFlow, agreement: Agreement, role: string): string[] {
  return [...flow.transitions.values()]
    .filter(
      (transition) =>
        transition.by.includes(role) &&
        whyClosed(agreement, transition, role) === null &&
        !returnsElsewhere(agreement, transition, role),
    )
    .map((transition) => transition.name)
}

function notOpen(flow: CompiledFlow, agreement: Agreement, role: string, reason: string): Problem {
  const { state, money } = agreement
  return problem('transition_not_open', { state, money, reason, allowed: allowedTo(flow, agreement, role) })
}

/** Not an agreement below. */
function isPerson(who: string): boolean {
  return who !== 'child'
}

export interface Openness {
  readonly name: string
  readonly says: string
  readonly by: readonly string[]
  readonly open: boolean
  readonly closed_because: string | null
}

/** Every transition that a person may ever take, and for whom it is open now. */
export function transitionsOf(flow: CompiledFlow, agreement: Agreement, role: string | null): Openness[] {
  return [...flow.transitions.values()]
    .filter((transition) => transition.clock === null && !transition.creates && transition.by.some(isPerson))
    .map((transition) => {
      const who = role === null ? transition.by : transition.by.filter((party) => party === role)
      const reasons = who.map((party) =>
        returnsElsewhere(agreement, transition, party)
          ? `only ${agreement.paused?.by} may take it back`
          : whyClosed(agreement, transition, party),
      )
      const open = reasons.includes(null)
      const closed_because = open ? null : (reasons[0] ?? `only ${transition.by.join(' or ')} may`)
      return { name: transition.name, says: transition.says, by: transition.by, open, closed_because }
    })
}
