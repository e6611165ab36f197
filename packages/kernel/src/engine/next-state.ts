/** Engine, pure: the agreement after a transition: its state, its clock, its data, its second axis. */

import assert from 'node:assert/strict'
import { instant } from '../instant.ts'
import type { Comparison, CompiledFlow, CompiledTransition } from '../flow/compile.ts'
import type { AccountDraft } from './account-draft.ts'
import { moneyOf, type Agreement, type Amounts, type Marks, type Proposal } from './agreement.ts'
import type { Ask, EventKind } from './ask.ts'
import { no_marks, reportsIn, withoutMarks } from './marks.ts'
import type { Totals } from './postings.ts'
import { withProposal } from './consent.ts'
import { referenceGiven, scopeGiven } from './references.ts'
import { firstDue, pause, timersOnEntering, timersOnReturning, timersOnStaying } from './timers.ts'
import { valueOf, type Explanation } from './computed-amounts.ts'

/** Where a transition leads; `returns` where that is the state before this one. */
export interface TargetState {
  readonly state: string
  readonly returns: boolean
}

/** The first arrow from this state whose condition holds. */
export function targetState(
  agreement: Agreement,
  transition: CompiledTransition,
  given: Amounts,
  accounts: AccountDraft,
): TargetState {
  const edge = transition.edges.find(
    ({ from, condition }) =>
      from === agreement.state && (condition === null || holds(condition, agreement, given, accounts)),
  )
  assert(edge, `${transition.name}: no arrow from ${agreement.state} applies`)
  if (edge.to !== '[back]') return { state: edge.to, returns: false }
  assert(agreement.paused, `${agreement.state} has nothing to go back to`)
  return { state: agreement.paused.state, returns: true }
}

function holds(
  { amount, at_most }: Comparison,
  agreement: Agreement,
  given: Amounts,
  accounts: AccountDraft,
): boolean {
  return valueOf(amount, agreement, given, accounts) <= valueOf(at_most, agreement, given, accounts)
}

export interface Outcome {
  readonly transition: CompiledTransition
  readonly kind: EventKind
  readonly role: string
  readonly target: TargetState
  readonly marks: Marks
  /** What waits from now on for others to ask for the same. */
  readonly proposal: Proposal | null
  /** What waited under this transition waits no more: who had asked for it takes it back. */
  readonly drops: boolean
  /** As they were before anything was counted or worked out. */
  readonly amounts_before: Amounts
  readonly given: Amounts
  readonly kept: Totals
  /** Why the amounts that were worked out are what they are. */
  readonly because: Readonly<Record<string, Explanation>>
}

export function nextState(flow: CompiledFlow, before: Agreement, ask: Ask, landing: Outcome): Agreement {
  const { transition, kind, target, given, kept, proposal, because, drops, amounts_before } = landing
  const { now_ms } = ask
  const { paused } = before
  const moved = target.state !== before.state
  const returning = target.returns ? paused : null
  const later =
    kind === 'later'
      ? null
      : kind === 'transition' && transition.later.length > 0
        ? transition.name
        : before.later
  const amounts = amountsAfter(flow, before, given, kept)
  const reference = kind === 'transition' ? referenceGiven(transition, ask) : null
  // Consents speak of the state and of the amounts as they are: with either they end.
  const stale = moved || !sameAmounts(amounts, amounts_before)
  const after: Agreement = {
    id: before.id,
    flow: before.flow,
    flow_version: before.flow_version,
    under: before.under,
    state: target.state,
    money: moneyOf(amounts, later),
    currency: before.currency,
    parties: before.parties,
    amounts,
    terms: before.terms,
    data: withProposal(
      proposal === null ? stamped(dataAfter(before.data, ask.input, because), landing, now_ms) : before.data,
      transition.name,
      proposal,
      stale,
      kind === 'transition' || drops,
    ),
    marks: marksAfter(flow, before, landing, stale),
    timers: before.timers,
    paused: !moved
      ? paused
      : flow.pausing.has(target.state)
        ? pause(flow, before, landing.role, now_ms)
        : null,
    later,
    reference: reference ?? before.reference,
    reference_scope:
      reference === null || reference === before.reference
        ? before.reference_scope
        : scopeGiven(flow, before, ask),
    version: before.version + 1,
    due_ms: before.due_ms,
    created_ms: before.created_ms,
    entered_ms: moved ? now_ms : before.entered_ms,
    ended_ms: flow.ends.has(target.state) ? (before.ended_ms ?? now_ms) : null,
  }
  const timers = returning
    ? timersOnReturning(flow, after, returning, transition.at_least, now_ms)
    : moved
      ? timersOnEntering(flow, after)
      : timersOnStaying(flow, before, after, transition, kind, now_ms)
  return timers === before.timers ? after : { ...after, timers, due_ms: firstDue(timers) }
}

/** Amounts given with a transition are not kept, but for those that it fixes anew. */
function amountsAfter(flow: CompiledFlow, { amounts }: Agreement, given: Amounts, kept: Totals): Amounts {
  const after: Record<string, bigint> = {}
  for (const name of flow.kept) after[name] = given[name] ?? amounts[name] ?? 0n
  return Object.assign(after, kept)
}

function marksAfter(flow: CompiledFlow, before: Agreement, landing: Outcome, stale: boolean): Marks {
  const { transition, kind, target, marks } = landing
  // Of a pause that began under an older program more may be kept.
  if (target.returns && before.paused) return reportsIn(before.paused.marks, flow)
  if (stale) return no_marks
  return kind === 'transition' && transition.by_all ? withoutMarks(marks, transition.name) : marks
}

function sameAmounts(some: Amounts, others: Amounts): boolean {
  for (const name of Object.keys(some)) if (some[name] !== (others[name] ?? 0n)) return false
  return true
}

/** A mark is not the transition, and what a job posts later was taken before. */
function stamped(
  data: Agreement['data'],
  { transition: { stamps }, kind }: Outcome,
  now_ms: number,
): Agreement['data'] {
  return stamps === null || kind !== 'transition' ? data : { ...data, [stamps]: instant(now_ms) }
}

/** The same object where nothing was added: what did not change is not written again. */
function dataAfter(
  data: Agreement['data'],
  input: Ask['input'],
  because: Outcome['because'],
): Agreement['data'] {
  let after: Record<string, unknown> | null = null
  if (Object.keys(because).length > 0) {
    const { worked_out } = data
    after = { ...data, worked_out: { ...(worked_out as object), ...because } }
  }
  for (const name of Object.keys(input)) {
    if (typeof input[name] === 'bigint') continue
    after ??= { ...data }
    after[name] = input[name]
  }
  return after ?? data
}
