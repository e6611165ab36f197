/** Engine, pure: one transition of one agreement, from "may this caller?" to the event that tells of it. */

import { isProblem, problem, type Problem } from '../problem.ts'
import type { CompiledTransition } from '../flow/compile.ts'
import type { Block } from '../ledger/account.ts'
import { toJson } from '../money/amount.ts'
import { assertParentUntouched, closedAbove, drivenTransition, agreementScope } from './parent.ts'
import { AccountDraft } from './account-draft.ts'
import type { AgreementScope } from './accounts.ts'
import { amountOf, type Agreement, type Amounts } from './agreement.ts'
import type { AgreementEvent, Ask, EventKind, Verdict } from './ask.ts'
import { initial_state } from './create.ts'
import { recipientsOf, eventBody } from './event-body.ts'
import { checkGuards } from './guards.ts'
import { notTheWhole } from './distributions.ts'
import { nextState, targetState, type TargetState } from './next-state.ts'
import { mayTake, roleOf } from './permissions.ts'
import { countedBefore, keepCounted, outsideGiven } from './outside.ts'
import { postMoves, type Totals, type PostingPlan } from './postings.ts'
import type { FlowRegistry, FlowVersion } from './product.ts'
import { consentOf } from './consent.ts'
import { takenReference } from './references.ts'
import { agreementView } from './view.ts'
import { transfersOf } from './transfers.ts'
import { limitExceeded, limitedOutgoing } from './rolling-limits.ts'
import { countedAmounts, computeAmounts, type ComputedAmounts } from './computed-amounts.ts'
import { referenceKey, type Draft } from './batch-state.ts'

/** What a transition is taken in: the drafts, all flows, and below which agreement it is driven. */
export interface TransitionContext {
  readonly draft: Draft
  readonly registry: FlowRegistry
  /** The agreement whose transition drives this one. */
  readonly child: Agreement | null
}

const nothing_worked_out: ComputedAmounts = { amounts: {}, explanations: {} }

export function applyTransition(
  taking: TransitionContext,
  ask: Ask,
  edition: FlowVersion,
  agreement: Agreement,
  transition: CompiledTransition,
): Verdict {
  // What drives a transition above is kept only together with it.
  if (transition.drives.length === 0 || ask.kind === 'reminder')
    return applyOne(taking, ask, edition, agreement, transition)
  const draft = taking.draft.fork()
  const verdict = applyOne({ ...taking, draft }, ask, edition, agreement, transition)
  if (verdict.outcome === 'accepted') draft.keep()
  return verdict
}

function applyOne(
  taking: TransitionContext,
  ask: Ask,
  edition: FlowVersion,
  agreement: Agreement,
  transition: CompiledTransition,
): Verdict {
  const { draft, registry } = taking
  const { flow } = edition
  const place = agreementScope(draft, registry, edition, agreement)
  const role = roleOf(ask.actor, agreement)
  const accounts = new AccountDraft(draft, place)
  const closed =
    mayTake(ask, flow, agreement, transition, role) ??
    // Whoever takes back its word needs no leave to.
    (ask.kind === 'revoke'
      ? null
      : (checkGuards(taking.child, ask, edition, place, transition, role, accounts) ??
        closedAbove(ask, place, transition) ??
        notTheWhole(ask, flow, agreement, transition) ??
        (transition.sends_out === null ? null : accounts.stoppedOut(transition.sends_out))))
  if (closed !== null) return refuse(closed)
  const taken = takenReference(draft, registry, flow, agreement, transition, ask)
  if (taken !== null) return refuse(taken)
  const outside = ask.kind === 'revoke' ? null : outsideGiven(agreement, transition, ask)
  const counted_before = outside === null ? null : countedBefore(draft, registry, transition, outside, ask)
  if (counted_before !== null) return refuse(counted_before)
  const heard = consentOf(ask, agreement, transition, role, flow.weighed)
  if (isProblem(heard)) return refuse(heard)
  const { waits_for } = heard
  const kind = kindOf(ask, waits_for)

  const moves = kind === 'transition'
  // What only waits for others changes no amount yet.
  const given = kind === 'mark' ? {} : amountsIn(ask.input)
  const planned = plannedBy(place, transition, kind, given, accounts)
  if (isProblem(planned)) return refuse(planned)
  const { now, worked, target, plan } = planned
  const stopped = moves
    ? (stopWallets(accounts, transition, ask) ?? beyond(draft, place, transition, plan, ask.now_ms))
    : null
  if (stopped !== null) return refuse(stopped)

  const { posted, totals: kept } = plan
  const { proposal, marks, drops } = heard
  const after = nextState(flow, now, ask, {
    transition,
    kind,
    role,
    target,
    marks,
    proposal,
    drops,
    // Of one that is driven, what the one below has moved already is new as well.
    amounts_before: (draft.agreement(agreement.id) ?? agreement).amounts,
    given,
    kept,
    because: worked.explanations,
  })
  const left = amountOf(after, 'held')
  if (after.ended_ms !== null && after.later === null && left > 0n) {
    return refuse(
      problem('distribution_mismatch', { left: toJson(left), reason: 'the parts must sum to what is held' }),
    )
  }

  const transfers = transfersOf(posted, ask, after, edition, taking.child === null ? 0 : driven_ids_from)
  accounts.keep()
  draft.transfers.push(...transfers)
  if (moves && outside !== null) keepCounted(draft, outside)
  const tells = recipientsOf(transition, kind, role, after.state)
  const told = {
    ask,
    kind,
    role,
    before: agreement,
    after,
    posted,
    transfers,
    tells,
    id_prefix: flow.flow.id_prefix,
  }
  const event: AgreementEvent = {
    agreement: after.id,
    version: after.version,
    flow: flow.name,
    kind,
    transition: transition.name,
    at_ms: ask.now_ms,
    body: eventBody(told),
  }
  draft.agreements.set(after.id, after)
  draft.events.push(event)
  const refused = moves ? driveAbove(taking, ask, place, after, transition, given, plan.parent_totals) : null
  if (refused !== null) return refuse(refused)
  if (moves && after.later !== null) {
    draft.jobs.push({ name: 'post-later', agreement: after.id, transition: transition.name })
  }
  const is_new = agreement.state === initial_state
  const has_reference = after.reference !== null && (is_new || after.reference !== agreement.reference)
  if (has_reference)
    draft.references.set(referenceKey(after.flow, after.reference, after.reference_scope), after)
  const shown = agreementView(after, edition, !flow.parties.includes(role))
  if (flow.parties.includes(role)) shown['your_side'] = role
  return {
    outcome: 'accepted',
    status: is_new ? 201 : 200,
    body: JSON.stringify(shown),
    before: is_new ? null : agreement,
    agreement: after,
    transfers,
    event,
    timers: after.timers,
    tells: tells.roles,
  }
}

/** What a transition comes to before anything of it is kept. */
interface Planned {
  /** With the amounts that were counted and worked out. */
  readonly now: Agreement
  readonly worked: ComputedAmounts
  readonly target: TargetState
  readonly plan: PostingPlan
}

function plannedBy(
  place: AgreementScope,
  transition: CompiledTransition,
  kind: EventKind,
  given: Amounts,
  accounts: AccountDraft,
): Planned | Problem {
  const { agreement } = place
  const moves = kind === 'transition'
  const counted = moves ? countedAmounts(transition, agreement, given) : {}
  if (isProblem(counted)) return counted
  const worked =
    moves && transition.works_out.length > 0
      ? computeAmounts(transition, agreement, given, accounts)
      : nothing_worked_out
  const changed = { ...counted, ...worked.amounts }
  const now =
    Object.keys(changed).length === 0
      ? agreement
      : { ...agreement, amounts: { ...agreement.amounts, ...changed } }
  const target = moves
    ? targetState(now, transition, given, accounts)
    : { state: agreement.state, returns: false }
  const groups = moves
    ? transition.move_groups.filter(([{ into }]) => into === null || into === target.state)
    : kind === 'later'
      ? transition.later_groups
      : []
  const plan = postMoves({ ...place, agreement: now }, groups, given, accounts)
  return isProblem(plan) ? plan : { now, worked, target, plan }
}

function kindOf({ kind }: Ask, waits_for: readonly string[]): EventKind {
  if (kind === 'revoke') return 'revoked'
  return waits_for.length > 0 ? 'mark' : kind === 'timer' ? 'transition' : kind
}

/** Ids of postings derive from the ask; those of a transition that is driven come after the ones of who drives it. */
const driven_ids_from = 100

/** The transition of the agreement above that this one takes with it; null when it was taken, or there is none. */
function driveAbove(
  taking: TransitionContext,
  ask: Ask,
  place: AgreementScope,
  child: Agreement,
  transition: CompiledTransition,
  given: Amounts,
  kept_above: Totals | null,
): Problem | null {
  const [drives] = transition.drives.filter(({ into }) => into === null || into === child.state)
  if (drives === undefined) {
    assertParentUntouched(place, kept_above)
    return null
  }
  const driven = drivenTransition(
    taking.registry,
    ask,
    place,
    child,
    transition,
    drives.transition,
    given,
    kept_above,
  )
  const verdict = applyTransition(
    { ...taking, child },
    driven.ask,
    driven.edition,
    driven.agreement,
    driven.transition,
  )
  return verdict.outcome === 'refused' ? verdict.problem : null
}

function beyond(
  draft: Draft,
  place: AgreementScope,
  transition: CompiledTransition,
  { posted }: PostingPlan,
  now_ms: number,
): Problem | null {
  const watched = limitedOutgoing(place, transition, now_ms)
  if (watched === null) return null
  const amount = posted
    .filter(({ posting: { from, debit_code } }) => from.id === watched.wallet && debit_code === watched.code)
    .reduce((sum, { posting }) => sum + posting.amount, 0n)
  return limitExceeded(draft, place, transition, amount, now_ms)
}

function stopWallets(
  accounts: AccountDraft,
  { blocks, unblocks, creates }: CompiledTransition,
  { input }: Ask,
): Problem | null {
  if (unblocks !== null) accounts.free(unblocks)
  if (blocks === null) return null
  return creates ? accounts.stop(blocks, input['direction'] as Block) : accounts.widen(blocks)
}

function amountsIn(input: Ask['input']): Amounts {
  const amounts: Record<string, bigint> = {}
  for (const name of Object.keys(input)) {
    const value = input[name]
    if (typeof value === 'bigint') amounts[name] = value
  }
  return amounts
}

function refuse(refusal: Problem): Verdict {
  return { outcome: 'refused', problem: refusal }
}
