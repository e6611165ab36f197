/** Engine, pure: one transition of one agreement, from "may this caller?" to the event that tells of it. */

import assert from 'node:assert/strict'
import { isProblem, problem, type Problem } from '../base/problem.ts'
import { derivedId } from '../base/ids.ts'
import type { ReadFlow, ReadTransition } from '../flow/read.ts'
import { walletAccountId, type Account, type Block } from '../ledger/account.ts'
import type { Accounts, Transfer } from '../ledger/post.ts'
import { toJson } from '../money/amount.ts'
import { kept_amounts, moneyOf, type Agreement, type Marks, type Timer } from './agreement.ts'
import type { AgreementEvent, Ask, EventKind, Verdict } from './ask.ts'
import { unborn } from './create.ts'
import { writeBody } from './event.ts'
import { mayTake, roleOf } from './may.ts'
import { accountsOf, holds, postMoves, type Plan } from './plan.ts'
import type { Edition } from './product.ts'
import { show } from './show.ts'
import { dueTimer, firstDue, pause, timersOnEntering, timersOnReturning, timersOnStaying } from './timers.ts'
import type { Draft } from './world.ts'

export function take(draft: Draft, ask: Ask, edition: Edition, agreement: Agreement, transition: ReadTransition): Verdict {
  const { flow, product } = edition
  const role = roleOf(ask.actor, agreement, transition)
  const closed = mayTake(ask, flow, agreement, transition, role)
  if (closed !== null) return refuse(closed)
  for (const name of transition.needs) {
    const guard = product.guards?.[name]
    assert(guard, `${flow.name}: no guard is called ${name}`)
    const refusal = guard({ agreement, input: ask.input, now_ms: ask.now_ms })
    if (refusal !== null) return refuse(refusal)
  }

  const marked = mark(agreement, transition, role, ask)
  const waits = transition.by_all && ask.kind === 'transition' && waitingFor(marked, transition).length > 0
  const moves = waits ? [] : ask.kind === 'later' ? transition.later : transition.moves
  const stays = waits || ask.kind === 'later' || ask.kind === 'reminder'

  const given = amountsIn(ask.input)
  const conditions = transition.edges.map((edge) => edge.condition)
  const blocks = transition.blocks ?? transition.unblocks
  const accounts = new AccountDraft(draft, accountsOf(flow, agreement, moves, conditions, blocks))
  const to = stays ? agreement.state : target(flow, agreement, transition, given, accounts)
  const plan: Plan | Problem =
    ask.kind === 'reminder'
      ? { posted: [], amounts: agreement.amounts }
      : postMoves(flow, agreement, moves, given, accounts)
  if (isProblem(plan)) return refuse(plan)
  if (blocks !== null && !waits) setBlock(accounts, agreement, blocks, transition.blocks === null ? 'none' : ask.input['direction'])

  const kind: EventKind = waits ? 'mark' : ask.kind === 'transition' || ask.kind === 'timer' ? 'transition' : ask.kind
  const after = landed(flow, { ...marked, amounts: kept(flow, plan.amounts) }, transition, to, role, kind, ask)
  if (after.ended_ms !== null && after.later === null && (after.amounts['held'] ?? 0n) > 0n) {
    return refuse(problem('distribution_mismatch', { left: toJson(after.amounts['held'] ?? 0n), reason: 'the parts must sum to what is held' }))
  }

  const transfers = plan.posted.map((posted, i): Transfer => {
    const { from, to: into, amount, debit_code, credit_code } = posted.posting
    return {
      id: derivedId(ask.id, i + 1),
      agreement: after.id,
      version: after.version,
      debit_account: from.id,
      credit_account: into.id,
      debit_wallet: walletAccountId(from.owner, 'available', from.currency),
      credit_wallet: walletAccountId(into.owner, 'available', into.currency),
      amount,
      currency: after.currency,
      debit_code,
      credit_code,
      debit_after: posted.debit_after,
      credit_after: posted.credit_after,
      at_ms: ask.now_ms,
    }
  })
  const tells = kind === 'reminder' ? (transition.clock?.remind?.tells ?? []) : kind === 'mark' ? otherParties(transition, role) : transition.tells
  const event: AgreementEvent = {
    agreement: after.id,
    version: after.version,
    flow: flow.name,
    kind,
    transition: transition.name,
    at_ms: ask.now_ms,
    body: writeBody({ ask, kind, role, before: agreement, after, plan, transfers, tells, id_prefix: flow.flow.id_prefix }),
  }

  accounts.keep()
  draft.agreements.set(after.id, after)
  draft.transfers.push(...transfers)
  draft.events.push(event)
  if (kind === 'transition' && transition.later.length > 0) {
    draft.jobs.push({ name: 'post-later', agreement: after.id, transition: transition.name })
  }
  if (agreement.state === unborn && after.reference !== null) draft.references.add(`${after.flow} ${after.reference}`)
  const answer = { ...show(after, edition), ...(waits ? { waiting_for: waitingFor(marked, transition) } : {}) }
  return {
    outcome: 'accepted',
    status: ask.creation === null ? 200 : 201,
    body: JSON.stringify(answer),
    before: agreement.state === unborn ? null : agreement,
    agreement: after,
    transfers,
    timers: after.timers,
    tells,
  }
}

export const timer_retry_ms_min = 60_000
export const timer_retry_ms_max = 86_400_000

/** A due timer that was refused (a frozen wallet, say) stays, is told to an operator, and is tried again, ever more rarely. */
export function defer(draft: Draft, ask: Ask, agreement: Agreement, refusal: Problem): void {
  const timer = dueTimer(ask, agreement)
  if (timer === undefined || (refusal.code === 'transition_not_open' && agreement.later === null)) return
  const overdue_ms = ask.now_ms - timer.at_ms
  const wait_ms = Math.min(Math.max(overdue_ms, timer_retry_ms_min), timer_retry_ms_max)
  const after = { ...agreement, version: agreement.version + 1, due_ms: ask.now_ms + wait_ms }
  draft.agreements.set(after.id, after)
  draft.events.push({
    agreement: after.id,
    version: after.version,
    flow: after.flow,
    kind: 'deferred',
    transition: ask.transition,
    at_ms: ask.now_ms,
    body: JSON.stringify({ kind: 'deferred', transition: ask.transition, problem: refusal.code, again_at: new Date(after.due_ms).toISOString(), tells: ['operator'] }),
  })
}

/** The parties that a transition by all still waits for. */
export function waitingFor(agreement: Agreement, transition: ReadTransition): string[] {
  const marks = agreement.marks[transition.name] ?? {}
  return transition.by.filter((role) => agreement.parties[role] !== undefined && marks[role] === undefined)
}

function mark(agreement: Agreement, transition: ReadTransition, role: string, ask: Ask): Agreement {
  if (ask.kind !== 'transition') return agreement
  if (transition.undoes !== null) {
    const { [role]: _gone, ...others } = agreement.marks[transition.undoes] ?? {}
    const { [transition.undoes]: _all, ...rest } = agreement.marks
    return { ...agreement, marks: Object.keys(others).length > 0 ? { ...rest, [transition.undoes]: others } : rest }
  }
  if (!transition.by_all) return agreement
  const marks = { ...agreement.marks[transition.name], [role]: ask.now_ms }
  return { ...agreement, marks: { ...agreement.marks, [transition.name]: marks } }
}

function without(marks: Marks, name: string): Marks {
  const { [name]: _spent, ...others } = marks
  return others
}

function otherParties(transition: ReadTransition, role: string): string[] {
  return transition.by.filter((party) => party !== role)
}

/** Where the transition leads: the first arrow from this state whose condition holds. */
function target(flow: ReadFlow, agreement: Agreement, transition: ReadTransition, given: Record<string, bigint>, accounts: Accounts): string {
  const edge = transition.edges.find(
    ({ from, condition }) =>
      from === agreement.state && (condition === null || holds(condition, flow, agreement, given, accounts)),
  )
  assert(edge, `${transition.name}: no arrow from ${agreement.state} applies`)
  if (edge.to !== '[back]') return edge.to
  assert(agreement.paused, `${agreement.state} has nothing to go back to`)
  return agreement.paused.state
}

/** The agreement after it: its state, its clock, its data, its second axis. */
function landed(flow: ReadFlow, agreement: Agreement, transition: ReadTransition, to: string, role: string, kind: EventKind, ask: Ask): Agreement {
  const returns = agreement.paused !== null && kind === 'transition' && to === agreement.paused.state && transition.edges.some((e) => e.to === '[back]')
  const moved = to !== agreement.state
  const later = kind === 'later' ? null : kind === 'transition' && transition.later.length > 0 ? transition.name : agreement.later
  const next: Agreement = {
    ...agreement,
    state: to,
    money: moneyOf(agreement.amounts, later),
    later,
    data: withTexts(agreement.data, ask.input),
    // What all have said is spent: it takes all of them again, also where the state stays.
    marks: returns && agreement.paused ? agreement.paused.marks : moved ? {} : kind === 'transition' && transition.by_all ? without(agreement.marks, transition.name) : agreement.marks,
    paused: !moved ? agreement.paused : flow.pausing.has(to) ? pause(agreement, role, ask.now_ms) : null,
    version: agreement.version + 1,
    entered_ms: moved ? ask.now_ms : agreement.entered_ms,
    ended_ms: flow.ends.has(to) ? (agreement.ended_ms ?? ask.now_ms) : null,
  }
  const timers = returns && agreement.paused ? timersOnReturning(agreement.paused, ask.now_ms) : timersAfter(flow, next, transition, moved, kind, ask)
  return { ...next, timers, due_ms: firstDue(timers) }
}

function timersAfter(flow: ReadFlow, next: Agreement, transition: ReadTransition, moved: boolean, kind: EventKind, ask: Ask): Timer[] {
  if (moved) return timersOnEntering(flow, next)
  if (kind === 'reminder') return next.timers.filter((t) => t.transition !== transition.name || t.kind !== 'reminder')
  return timersOnStaying(flow, next, transition, ask.now_ms)
}

/** Amounts given with a transition are not kept: only those that the flow fixes, and the engine's own four. */
function kept(flow: ReadFlow, amounts: Readonly<Record<string, bigint>>): Record<string, bigint> {
  const names = [...flow.amounts.filter((name) => flow.flow.amounts[name] === 'fixed'), ...kept_amounts]
  return Object.fromEntries(names.map((name) => [name, amounts[name] ?? 0n]))
}

function amountsIn(input: Readonly<Record<string, unknown>>): Record<string, bigint> {
  const amounts: Record<string, bigint> = {}
  for (const [name, value] of Object.entries(input)) if (typeof value === 'bigint') amounts[name] = value
  return amounts
}

/** The same object where nothing was added: what did not change is not written again. */
function withTexts(data: Agreement['data'], input: Readonly<Record<string, unknown>>): Agreement['data'] {
  const added = Object.entries(input).filter(([, value]) => typeof value !== 'bigint')
  return added.length === 0 ? data : { ...data, ...Object.fromEntries(added) }
}

function setBlock(accounts: AccountDraft, agreement: Agreement, party: string, block: unknown): void {
  const owner = agreement.parties[party]
  assert(owner)
  const account = accounts.get(walletAccountId(owner, 'available', agreement.currency))
  accounts.set({ ...account, block: block as Block })
}

function refuse(refusal: Problem): Verdict {
  return { outcome: 'refused', problem: refusal }
}

/** The accounts of one ask: kept only when all of it is accepted. Opens what does not exist yet. */
class AccountDraft implements Accounts {
  readonly #draft: Draft
  readonly #openable: Map<string, Account>
  readonly #touched = new Map<string, Account>()

  constructor(draft: Draft, openable: readonly Account[]) {
    this.#draft = draft
    this.#openable = new Map(openable.map((account) => [account.id, account]))
  }

  get(id: string): Account {
    const account = this.#touched.get(id) ?? this.#draft.account(id) ?? this.#openable.get(id)
    assert(account, `account ${id} was not loaded`)
    return account
  }

  set(account: Account): void {
    this.#touched.set(account.id, account)
  }

  keep(): void {
    for (const account of this.#touched.values()) this.#draft.accounts.set(account.id, account)
  }
}
