/** Engine, pure: one transition of one agreement, from "may this caller?" to the event that tells of it. */

import assert from 'node:assert/strict'
import { isProblem, problem, type Problem } from '../base/problem.ts'
import type { ReadTransition } from '../flow/read.ts'
import type { Block } from '../ledger/account.ts'
import { toJson } from '../money/amount.ts'
import { AccountDraft } from './account-draft.ts'
import { amountOf, type Agreement, type Amounts } from './agreement.ts'
import type { AgreementEvent, Ask, EventKind, Verdict } from './ask.ts'
import { unborn } from './create.ts'
import { writeBody } from './event.ts'
import { landed, targetOf } from './landing.ts'
import { marksWith, waitingFor } from './marks.ts'
import { mayTake, roleOf } from './may.ts'
import { postMoves } from './plan.ts'
import type { Edition } from './product.ts'
import { show } from './show.ts'
import { transfersOf } from './transfers.ts'
import { referenceKey, type Draft } from './world.ts'

export function take(
  draft: Draft,
  ask: Ask,
  edition: Edition,
  agreement: Agreement,
  transition: ReadTransition,
): Verdict {
  const { flow } = edition
  const role = roleOf(ask.actor, agreement)
  const closed =
    mayTake(ask, flow, agreement, transition, role) ?? guarded(ask, edition, agreement, transition, role)
  if (closed !== null) return refuse(closed)

  const asked = ask.kind === 'transition'
  const marks = asked ? marksWith(agreement.marks, transition, role, ask.now_ms) : agreement.marks
  const waits_for = asked && transition.by_all ? waitingFor(agreement, marks, transition) : []
  const kind: EventKind = waits_for.length > 0 ? 'mark' : ask.kind === 'timer' ? 'transition' : ask.kind

  const accounts = new AccountDraft(draft, flow, agreement)
  const given = amountsIn(ask.input)
  const target =
    kind === 'transition'
      ? targetOf(agreement, transition, given, accounts)
      : { state: agreement.state, returns: false }
  const groups =
    kind === 'transition' ? transition.move_groups : kind === 'later' ? transition.later_groups : []
  const plan = postMoves(flow, agreement, groups, given, accounts)
  if (isProblem(plan)) return refuse(plan)
  const stopped = kind === 'transition' ? stopWallets(accounts, transition, ask) : null
  if (stopped !== null) return refuse(stopped)

  const { posted, kept } = plan
  const after = landed(flow, agreement, ask, { transition, kind, role, target, marks, given, kept })
  const left = amountOf(after, 'held')
  if (after.ended_ms !== null && after.later === null && left > 0n) {
    return refuse(
      problem('distribution_mismatch', { left: toJson(left), reason: 'the parts must sum to what is held' }),
    )
  }

  const transfers = transfersOf(posted, ask, after)
  const tells = toldOf(transition, kind, role)
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
  accounts.keep()
  draft.agreements.set(after.id, after)
  draft.transfers.push(...transfers)
  const event: AgreementEvent = {
    agreement: after.id,
    version: after.version,
    flow: flow.name,
    kind,
    transition: transition.name,
    at_ms: ask.now_ms,
    body: writeBody(told),
  }
  draft.events.push(event)
  if (kind === 'transition' && after.later !== null) {
    draft.jobs.push({ name: 'post-later', agreement: after.id, transition: transition.name })
  }
  const is_new = agreement.state === unborn
  if (is_new && after.reference !== null) draft.references.add(referenceKey(after.flow, after.reference))
  const shown = show(after, edition)
  if (waits_for.length > 0) shown['waiting_for'] = waits_for
  return {
    outcome: 'accepted',
    status: is_new ? 201 : 200,
    body: JSON.stringify(shown),
    before: is_new ? null : agreement,
    agreement: after,
    transfers,
    event,
    timers: after.timers,
    tells,
  }
}

function guarded(
  { input, now_ms }: Ask,
  { flow, product }: Edition,
  agreement: Agreement,
  transition: ReadTransition,
  role: string,
): Problem | null {
  for (const name of transition.needs) {
    const guard = product.guards?.[name]
    assert(guard, `${flow.name}: no guard is called ${name}`)
    const refusal = guard({ agreement, role, input, now_ms })
    if (refusal !== null) return refusal
  }
  return null
}

function stopWallets(
  accounts: AccountDraft,
  { blocks, unblocks }: ReadTransition,
  { input }: Ask,
): Problem | null {
  if (unblocks !== null) accounts.free(unblocks)
  return blocks === null ? null : accounts.stop(blocks, input['direction'] as Block)
}

function toldOf({ clock, by, tells }: ReadTransition, kind: EventKind, role: string): readonly string[] {
  if (kind === 'reminder') return clock?.remind?.tells ?? []
  return kind === 'mark' ? by.filter((party) => party !== role) : tells
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
