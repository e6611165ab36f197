/** Engine, pure: which postings a transition's moves are, for this agreement at this moment. */

import assert from 'node:assert/strict'
import { isProblem, problem, type Problem } from '../base/problem.ts'
import { basisPoints, type MoveGroup, type PlannedMove, type ReadFlow } from '../flow/read.ts'
import { holding_purposes } from '../ledger/account.ts'
import { post, type Posting } from '../ledger/post.ts'
import { inRange, toJson } from '../money/amount.ts'
import { divide, divideFurther, type Share } from '../money/divide.ts'
import type { AccountDraft } from './account-draft.ts'
import { hasOwner } from './accounts.ts'
import { amountOf, type Agreement, type Amounts } from './agreement.ts'

/** A posting with both balances after it. */
export interface Posted {
  readonly posting: Posting
  readonly debit_after: bigint
  readonly credit_after: bigint
}

/** The postings, and what they make of the amounts that the engine keeps of an agreement. */
export interface Plan {
  readonly posted: readonly Posted[]
  readonly kept: Kept
}

export interface Kept {
  held: bigint
  released: bigint
  refunded: bigint
  shared: bigint
}

/** Posts the moves one after another on `accounts`, which is a draft: a problem leaves it to be thrown away. */
export function postMoves(
  flow: ReadFlow,
  agreement: Agreement,
  groups: readonly MoveGroup[],
  given: Amounts,
  accounts: AccountDraft,
): Plan | Problem {
  const posted: Posted[] = []
  const kept = keptOf(agreement.amounts)
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
    const parts = partsOf(flow, agreement, group, total, kept)
    if (isProblem(parts)) return parts
    for (const [i, move] of group.entries()) {
      const amount = parts[i] ?? 0n
      if (amount === 0n) continue
      const posting = {
        from: accounts.find(move.from),
        to: accounts.find(move.to),
        amount,
        debit_code: move.debit_code,
        credit_code: move.credit_code,
      }
      const after = post(accounts, posting)
      if (isProblem(after)) return after
      posted.push({ posting, debit_after: after.debit_after, credit_after: after.credit_after })
      count(kept, posting)
    }
  }
  if (!inRange(kept.held) || !inRange(kept.released) || !inRange(kept.refunded)) {
    return problem('amount_out_of_range', {
      reason: 'a sum of the agreement would leave the range that JSON keeps exact',
    })
  }
  return { posted, kept }
}

function keptOf({ held = 0n, released = 0n, refunded = 0n, shared = 0n }: Amounts): Kept {
  return { held, released, refunded, shared }
}

/** The parts of `total` that each move of a group posts. What is divided with a rest counts on over all partial releases. */
function partsOf(
  flow: ReadFlow,
  agreement: Agreement,
  group: MoveGroup,
  total: bigint,
  kept: Kept,
): bigint[] | Problem {
  if (group[0].share === 'all') return [total]
  const shares = group.map((move) => shareOf(agreement, move))
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
  return total === whole ? divide(total, shares) : divideFurther(whole, shares, before, total)
}

/** A party that is not there has no share: it falls to the rest. */
function shareOf(agreement: Agreement, { share, to }: PlannedMove): Share {
  assert(share !== 'all')
  if (share === 'rest') return 'rest'
  if (!hasOwner(agreement, to.party)) return 0n
  if (typeof share === 'bigint') return share
  const term = agreement.terms[share.term]
  assert(term, `no term ${share.term}`)
  return basisPoints(term)
}

/** What a posting does to the amounts that the engine keeps of an agreement. */
function count(kept: Kept, { from, to, amount }: Posting): void {
  const out = holding_purposes.has(from.purpose)
  const into = holding_purposes.has(to.purpose)
  if (out) kept.held -= amount
  if (into) kept.held += amount
  // What somebody owes is a promise beside the money, which is not released twice.
  if (into || from.purpose === 'debt' || to.purpose === 'debt') return
  const goes_home = out && (to.owner === from.owner || (to.owner === 'outside' && from.purpose === 'held'))
  if (goes_home) kept.refunded += amount
  else kept.released += amount
}
