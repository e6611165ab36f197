/** Engine, pure: what waits until somebody else asks for the same: offers between parties, and the second pair of eyes. */

import assert from 'node:assert/strict'
import { instant } from '../instant.ts'
import { problem, type Problem } from '../problem.ts'
import type { CompiledTransition } from '../flow/compile.ts'
import { toJson } from '../money/amount.ts'
import { moneyOfTerm } from '../money/price.ts'
import { amountOf, proposalsOf, type Agreement, type Marks, type Proposal } from './agreement.ts'
import type { Ask } from './ask.ts'
import { marksWith, waitingFor, withoutMark, withoutMarks } from './marks.ts'

/** What has been said once this ask has been heard: marks, proposals, and for whom the transition still waits. */
export interface Consent {
  readonly marks: Marks
  readonly proposal: Proposal | null
  /** What stood proposed under this transition falls. */
  readonly drops: boolean
  readonly waits_for: readonly string[]
}

/** `weighed`: the amount that decides whether it takes two operators, see ReadFlow. */
export function consentOf(
  ask: Ask,
  agreement: Agreement,
  transition: CompiledTransition,
  role: string,
  weighed: string,
): Consent | Problem {
  if (ask.kind === 'revoke') return revoked(agreement, transition, role)
  if (ask.kind !== 'transition')
    return { marks: agreement.marks, proposal: null, drops: false, waits_for: [] }
  if (needsSecondOperator(ask, agreement, transition, role, weighed))
    return saidByOperator(ask, agreement, transition, role)
  if (transition.agreed) return agreedOn(ask, agreement, transition, role)
  const marks = marksWith(agreement.marks, transition, role, ask.now_ms)
  return {
    marks,
    proposal: null,
    drops: false,
    waits_for: transition.by_all ? waitingFor(agreement, marks, transition) : [],
  }
}

/** An offer falls with who made it; who had accepted it takes back its own word alone. */
function revoked(agreement: Agreement, { name }: CompiledTransition, role: string): Consent {
  const { marks } = agreement
  const drops = proposalsOf(agreement)[name]?.role === role
  return {
    marks: drops ? withoutMarks(marks, name) : withoutMark(marks, name, role),
    proposal: null,
    drops,
    waits_for: [],
  }
}

/** Whether it was this caller who said so, and so may revoke it. */
export function hasGiven(
  agreement: Agreement,
  { name, by_all }: CompiledTransition,
  role: string,
  actor: string,
): boolean {
  if (by_all) return agreement.marks[name]?.[role] !== undefined
  const standing = proposalsOf(agreement)[name]
  return standing !== undefined && standing.role === role && standing.by === actor
}

/** Above its limit, or where it overrides a provider, what one operator asks for waits for another who asks for the same. */
function needsSecondOperator(
  ask: Ask,
  agreement: Agreement,
  { four_eyes_above }: CompiledTransition,
  role: string,
  weighed: string,
): boolean {
  if (role === 'operator' && ask.input['override'] === true) return true
  if (four_eyes_above === null || role !== 'operator') return false
  const term = agreement.terms[four_eyes_above]
  assert(term !== undefined, `no term ${four_eyes_above}`)
  const limit = moneyOfTerm(term, agreement.currency)
  return limit !== null && amountOf(agreement, weighed) > limit
}

function saidByOperator(
  ask: Ask,
  agreement: Agreement,
  { name }: CompiledTransition,
  role: string,
): Consent | Problem {
  const { marks } = agreement
  const standing = proposalsOf(agreement)[name]
  if (standing === undefined || !sameInput(standing, ask))
    return { marks, proposal: proposalOf(ask, role), drops: false, waits_for: ['operator'] }
  if (standing.by !== ask.actor.id) return { marks, proposal: null, drops: false, waits_for: [] }
  return problem('transition_not_open', {
    state: agreement.state,
    reason: 'another operator must ask for the same',
    proposed_by: standing.by,
  })
}

/** Who gives other amounts than the standing offer makes another offer, for which all others must be asked again. */
function agreedOn(
  ask: Ask,
  agreement: Agreement,
  transition: CompiledTransition,
  role: string,
): Consent | Problem {
  const { name } = transition
  const standing = proposalsOf(agreement)[name]
  const by = agreement.marks[name] ?? {}
  if (standing === undefined || !sameInput(standing, ask)) {
    const marks = { ...agreement.marks, [name]: { [role]: ask.now_ms } }
    const waits_for = waitingFor(agreement, marks, transition)
    return { marks, proposal: proposalOf(ask, role), drops: false, waits_for }
  }
  if (by[role] !== undefined) {
    return problem('transition_not_open', { state: agreement.state, reason: 'you have already said so' })
  }
  const marks = { ...agreement.marks, [name]: { ...by, [role]: ask.now_ms } }
  return { marks, proposal: null, drops: false, waits_for: waitingFor(agreement, marks, transition) }
}

/**
 * The agreement's data with the proposal that now stands; without any where its state was left or an amount is another
 * one, and without this one where it has happened: who wants it again proposes it again.
 */
export function withProposal(
  data: Agreement['data'],
  name: string,
  proposal: Proposal | null,
  stale: boolean,
  happened: boolean,
): Agreement['data'] {
  const { proposals, ...others } = data
  if (proposals === undefined && proposal === null) return data
  if (stale) return others
  const { [name]: standing, ...rest } = (proposals ?? {}) as Record<string, Proposal>
  if (proposal !== null) return { ...others, proposals: { ...rest, [name]: proposal } }
  return happened && standing !== undefined ? { ...others, proposals: rest } : data
}

function proposalOf({ id, actor, input, reason, now_ms }: Ask, role: string): Proposal {
  return {
    id,
    role,
    by: actor.id,
    input: inputJson(input),
    ...(reason === null ? {} : { reason }),
    at: instant(now_ms),
  }
}

function inputJson(input: Ask['input']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, typeof value === 'bigint' ? toJson(value) : value]),
  )
}

function sameInput(standing: Proposal, { input }: Ask): boolean {
  const sorted = (fields: object) =>
    JSON.stringify(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return sorted(standing.input) === sorted(inputJson(input))
}
