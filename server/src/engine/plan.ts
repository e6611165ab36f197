/** Engine, pure: which postings a transition's moves are, for this agreement at this moment. */

import assert from 'node:assert/strict'
import { isProblem, problem, type Problem } from '../base/problem.ts'
import type { AccountRef, Comparison, PlannedMove, ReadFlow } from '../flow/read.ts'
import { basisPoints } from '../flow/read.ts'
import { holdingAccountId, holding_purposes, newAccount, walletAccountId, type Account } from '../ledger/account.ts'
import { post, tallyOf, type Accounts, type Posting } from '../ledger/post.ts'
import { toJson } from '../money/amount.ts'
import { divide, divideFurther, type Share } from '../money/divide.ts'
import { amountOf, type Agreement } from './agreement.ts'

/** A posting with both balances after it, and how it changed the agreement's kept amounts. */
export interface Posted {
  readonly posting: Posting
  readonly debit_after: bigint
  readonly credit_after: bigint
}

export interface Plan {
  readonly posted: readonly Posted[]
  readonly amounts: Readonly<Record<string, bigint>>
}

/** Posts the moves one after another on `accounts`, which is a draft: a problem leaves it to be thrown away. */
export function postMoves(
  flow: ReadFlow,
  agreement: Agreement,
  moves: readonly PlannedMove[],
  given: Readonly<Record<string, bigint>>,
  accounts: Accounts,
): Plan | Problem {
  const posted: Posted[] = []
  let amounts = { ...agreement.amounts, ...given }
  for (const group of groupsOf(moves)) {
    const first = group[0]
    assert(first)
    const from = accountOf(flow, agreement, first.from)
    const total = first.amount === 'held' ? balanceOf(accounts, from) : (amounts[first.amount] ?? 0n)
    // Looked at before dividing: nobody divides what is not there.
    if (holding_purposes.has(from.purpose) && total > balanceOf(accounts, from)) {
      return problem('insufficient_funds', {
        account: `${from.owner}.${from.purpose}`,
        currency: from.currency,
        short_by: toJson(total - balanceOf(accounts, from)),
      })
    }
    const { parts, shared } = partsOf(flow, agreement, group, total, amounts)
    amounts = { ...amounts, shared }
    for (const [i, move] of group.entries()) {
      const amount = parts[i] ?? 0n
      if (amount === 0n) continue
      const to = accountOf(flow, agreement, move.to)
      const posting = { from, to, amount, debit_code: move.debit_code, credit_code: move.credit_code }
      const after = post(accounts, posting)
      if (isProblem(after)) return after
      posted.push({ posting, debit_after: after.debit.balance, credit_after: after.credit.balance })
      amounts = count(amounts, posting)
    }
  }
  return { posted, amounts }
}

/** Neighbouring moves that divide one amount of one account belong together: their parts are the whole. */
function groupsOf(moves: readonly PlannedMove[]): PlannedMove[][] {
  const groups: PlannedMove[][] = []
  for (const move of moves) {
    const last = groups.at(-1)
    const first = last?.[0]
    const joins =
      first !== undefined &&
      first.share !== 'all' &&
      move.share !== 'all' &&
      first.amount === move.amount &&
      first.from.party === move.from.party &&
      first.from.purpose === move.from.purpose
    if (joins) last?.push(move)
    else groups.push([move])
  }
  return groups
}

/** The parts of `total` that each move of a group posts. Divided money counts on over all partial releases. */
function partsOf(
  flow: ReadFlow,
  agreement: Agreement,
  group: readonly PlannedMove[],
  total: bigint,
  amounts: Readonly<Record<string, bigint>>,
): { parts: bigint[]; shared: bigint } {
  const before = amounts['shared'] ?? 0n
  if (group[0]?.share === 'all') return { parts: [total], shared: before }
  const shares = group.map((move) => shareOf(agreement, move))
  if (!shares.includes('rest')) {
    // A percentage alone: what it leaves stays where it is.
    const parts = divide(total, [...shares, 'rest'])
    return { parts: parts.slice(0, -1), shared: before }
  }
  const whole = amountOf(agreement, flow.whole)
  if (before === 0n && total === whole) return { parts: divide(total, shares), shared: total }
  return { parts: divideFurther(whole, shares, before, total), shared: before + total }
}

/** A party that is not there has no share: it falls to the rest. */
function shareOf(agreement: Agreement, move: PlannedMove): Share {
  assert(move.share !== 'all')
  if (move.share === 'rest') return 'rest'
  if (!hasOwner(agreement, move.to.party)) return 0n
  if (typeof move.share === 'bigint') return move.share
  const term = agreement.terms[move.share.term]
  assert(term, `no term ${move.share.term}`)
  return basisPoints(term)
}

function hasOwner(agreement: Agreement, party: string): boolean {
  return party === 'platform' || party === 'outside' || agreement.parties[party] !== undefined
}

/** What a posting does to the amounts that the engine keeps of an agreement. */
function count(amounts: Readonly<Record<string, bigint>>, posting: Posting): Record<string, bigint> {
  const { held = 0n, released = 0n, refunded = 0n } = amounts
  const { from, to, amount } = posting
  // What somebody owes is a promise beside the money, which is not released twice.
  if (from.purpose === 'debt' || to.purpose === 'debt') return { ...amounts }
  const out = holding_purposes.has(from.purpose)
  const into = holding_purposes.has(to.purpose)
  const returns = out && (to.owner === from.owner || to.owner === 'outside') && from.purpose === 'held'
  const gives_back = out && from.purpose === 'payout' && to.owner === from.owner
  return {
    ...amounts,
    held: held + (into ? amount : 0n) - (out ? amount : 0n),
    released: released + (!into && !returns && !gives_back ? amount : 0n),
    refunded: refunded + (!into && (returns || gives_back) ? amount : 0n),
  }
}

/** The account that `buyer.held` means in this agreement, empty where it has not been opened. */
export function accountOf(flow: ReadFlow, agreement: Agreement, ref: AccountRef): Account {
  const standing = ref.party === 'platform' || ref.party === 'outside'
  const owner = standing ? ref.party : agreement.parties[ref.party]
  assert(owner !== undefined, `no party ${ref.party} in this agreement`)
  const { purpose } = ref
  const { currency } = agreement
  if (!holding_purposes.has(purpose)) {
    const id = walletAccountId(owner, purpose, currency)
    return newAccount({ id, owner, purpose, currency, agreement: null, beneficiary: null })
  }
  const id = holdingAccountId(agreement.id, flow.parties.indexOf(ref.party), purpose)
  const { beneficiary: name } = flow.flow
  const beneficiary = purpose === 'held' && name !== undefined && name !== ref.party ? (agreement.parties[name] ?? null) : null
  return newAccount({ id, owner, purpose, currency, agreement: agreement.id, beneficiary })
}

/** The accounts that a transition may touch or look at, for loading and locking them. */
export function accountsOf(
  flow: ReadFlow,
  agreement: Agreement,
  moves: readonly PlannedMove[],
  conditions: readonly (Comparison | null)[],
  blocks: string | null,
): Account[] {
  const accounts: Account[] = []
  for (const move of moves) {
    if (!hasOwner(agreement, move.to.party)) continue
    const from = accountOf(flow, agreement, move.from)
    const to = accountOf(flow, agreement, move.to)
    accounts.push(from, to)
    if (tallyOf(from, to) !== null) accounts.push(accountOf(flow, agreement, { party: move.from.party, purpose: 'available' }))
  }
  for (const condition of conditions) {
    if (condition === null || typeof condition.at_most === 'string') continue
    accounts.push(accountOf(flow, agreement, condition.at_most))
  }
  if (blocks !== null) accounts.push(accountOf(flow, agreement, { party: blocks, purpose: 'available' }))
  return accounts
}

export function holds(comparison: Comparison, flow: ReadFlow, agreement: Agreement, given: Readonly<Record<string, bigint>>, accounts: Accounts): boolean {
  const valueOf = (name: string) => given[name] ?? amountOf(agreement, name)
  const { at_most } = comparison
  const limit = typeof at_most === 'string' ? valueOf(at_most) : balanceOf(accounts, accountOf(flow, agreement, at_most))
  return valueOf(comparison.amount) <= limit
}

function balanceOf(accounts: Accounts, account: Account): bigint {
  return accounts.get(account.id).balance
}
