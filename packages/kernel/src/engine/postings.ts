/** Engine, pure: which postings a transition's moves are, for this agreement at this moment. */

import assert from 'node:assert/strict'
import { isProblem, problem, type Problem } from '../problem.ts'
import { basisPoints, type MoveGroup, type PlannedMove } from '../flow/compile.ts'
import { holding_purposes, standing_owners, type Account } from '../ledger/account.ts'
import { post, type Posting } from '../ledger/post.ts'
import { inRange, toJson } from '../money/amount.ts'
import { divide, divideFurther, type Share } from '../money/divide.ts'
import type { AccountDraft } from './account-draft.ts'
import { hasOwner, type AgreementScope } from './accounts.ts'
import { amountOf, type Agreement, type Amounts } from './agreement.ts'

/** A posting with both balances after it. */
export interface Posted {
  readonly posting: Posting
  readonly debit_after: bigint
  readonly credit_after: bigint
}

/** The postings, and what they make of the amounts that the engine keeps of an agreement and of the one above it. */
export interface PostingPlan {
  readonly posted: readonly Posted[]
  readonly totals: Totals
  readonly parent_totals: Totals | null
}

export interface Totals {
  held: bigint
  released: bigint
  refunded: bigint
  shared: bigint
}

/** Posts the moves one after another on `accounts`, which is a draft: a problem leaves it to be thrown away. */
export function postMoves(
  place: AgreementScope,
  groups: readonly MoveGroup[],
  given: Amounts,
  accounts: AccountDraft,
): PostingPlan | Problem {
  const { agreement, above } = place
  const posted: Posted[] = []
  const kept = keptOf(agreement.amounts)
  const kept_above = above === null ? null : keptOf(above.agreement.amounts)
  for (const group of groups) {
    const { amount: name, from: source } = group[0]
    const { balance, owner, purpose, currency } = accounts.find(source)
    const total = name === 'held' ? balance : (given[name] ?? amountOf(agreement, name))
    // Looked at before dividing: nobody divides what is not there.
    if (holding_purposes.has(purpose) && total > balance) {
      return problem('insufficient_funds', {
        account: `${owner}.${purpose}`,
        currency,
        short_by: toJson(total - balance),
      })
    }
    const parts = partsOf(place, group, total, kept, holding_purposes.has(purpose))
    if (isProblem(parts)) return parts
    for (const [i, move] of group.entries()) {
      for (const { to, amount } of placesFor(move, parts[i] ?? 0n, accounts)) {
        const { debit_code, credit_code } = move
        const posting = { from: accounts.find(move.from), to, amount, debit_code, credit_code }
        const after = post(accounts, posting)
        if (isProblem(after)) return after
        posted.push({ posting, debit_after: after.debit_after, credit_after: after.credit_after })
        count(kept, agreement.id, posting, 'self')
        if (kept_above !== null && above !== null) count(kept_above, above.agreement.id, posting, 'above')
      }
    }
  }
  if ([kept.held, kept.released, kept.refunded].some((sum) => !inRange(sum))) {
    return problem('amount_out_of_range', {
      reason: 'a sum of the agreement would leave the range that JSON keeps exact',
    })
  }
  return { posted, totals: kept, parent_totals: kept_above }
}

function keptOf({ held = 0n, released = 0n, refunded = 0n, shared = 0n }: Amounts): Totals {
  return { held, released, refunded, shared }
}

/** Where the amount goes: to one account, or spread over debts, the oldest first. What is more than all of them stays with the last, which refuses it. */
function placesFor(
  { to }: PlannedMove,
  amount: bigint,
  accounts: AccountDraft,
): { to: Account; amount: bigint }[] {
  if (amount === 0n) return []
  if (to.purpose !== 'debts') return [{ to: accounts.find(to), amount }]
  const places: { to: Account; amount: bigint }[] = []
  const debts = accounts.debts(to)
  let left = amount
  for (const [i, debt] of debts.entries()) {
    const owed = -debt.balance
    const part = i === debts.length - 1 || left < owed ? left : owed
    if (part > 0n) places.push({ to: debt, amount: part })
    left -= part
  }
  return places.length > 0 ? places : [{ to: accounts.find({ ...to, purpose: 'debt' }), amount }]
}

/**
 * The parts of `total` that each move of a group posts. What is divided with a rest counts on over all partial releases;
 * once nothing is held any more, it was the last.
 */
function partsOf(
  place: AgreementScope,
  group: MoveGroup,
  total: bigint,
  kept: Totals,
  was_held: boolean,
): bigint[] | Problem {
  if (group[0].share === 'all') return [total]
  const { flow, agreement } = place
  const shares = group.map((move) => shareOf(place, move))
  // A percentage alone: what it leaves stays where it is.
  if (!shares.includes('rest')) return divide(total, [...shares, 'rest']).slice(0, -1)
  const whole = amountOf(agreement, flow.whole)
  const before = kept.shared
  if (before + total > whole) {
    return problem('amount_out_of_range', {
      reason: `more than the ${flow.whole} would be divided`,
      left: toJson(whole - before),
    })
  }
  kept.shared = before + total
  if (total === whole) return divide(total, shares)
  const is_last = kept.held === (was_held ? total : 0n)
  return divideFurther(whole, shares, before, total, is_last)
}

/** A party that is not there has no share: it falls to the rest. */
function shareOf(place: AgreementScope, { share, to }: PlannedMove): Share {
  assert(share !== 'all')
  if (share === 'rest') return 'rest'
  if (!hasOwner(place, to.party)) return 0n
  return typeof share === 'bigint' ? share : termShare(place.agreement, share.term)
}

/** Basis points of a term, as frozen in the agreement. */
export function termShare({ terms }: Agreement, name: string): bigint {
  const term = terms[name]
  assert(term, `no term ${name}`)
  return basisPoints(term)
}

/**
 * What a posting does to the amounts that the engine keeps of an agreement. What goes from the agreement above to one
 * below is released there; what comes back was not.
 */
function count(kept: Totals, agreement: string, { from, to, amount }: Posting, as: 'self' | 'above'): void {
  const from_holding = holding_purposes.has(from.purpose)
  const to_holding = holding_purposes.has(to.purpose)
  const out = from_holding && from.agreement === agreement
  const into = to_holding && to.agreement === agreement
  if (out) kept.held -= amount
  if (into) kept.held += amount
  if (as === 'above') {
    if (out && to_holding) kept.released += amount
    if (into && from_holding) kept.released -= amount
    return
  }
  // What somebody owes is a promise beside the money; what passes through was counted when it came there, or is nobody's yet.
  if (into || from.purpose === 'debt' || to.purpose === 'debt' || passesThrough(from, to)) return
  const goes_home =
    out && (to_holding || to.owner === from.owner || (to.owner === 'outside' && from.purpose === 'held'))
  if (goes_home) kept.refunded += amount
  else kept.released += amount
}

/** Through the platform on its way to somebody, or between the platform and the outside, where it is no person's. */
export function passesThrough(from: Account, to: Account): boolean {
  return (
    (from.owner === 'platform' && from.purpose === 'clearing') ||
    (standing_owners.has(from.owner) && standing_owners.has(to.owner))
  )
}
