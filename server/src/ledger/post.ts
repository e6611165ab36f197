/** Ledger, the pure part: one posting against two accounts. The only code that computes a balance. */

import assert from 'node:assert/strict'
import { problem, type Problem } from '../base/problem.ts'
import { inRange, toJson } from '../money/amount.ts'
import { floorOf, walletAccountId, type Account } from './account.ts'

/** A planned movement. `amount` in minor units, above zero. */
export interface Posting {
  readonly from: Account
  readonly to: Account
  readonly amount: bigint
  readonly debit_code: string
  readonly credit_code: string
}

/** A posting that has been written: immutable, with both balances after it. */
export interface Transfer {
  readonly id: string
  readonly agreement: string
  /** With the agreement, names the event that wrote it. */
  readonly version: number
  readonly debit_account: string
  readonly credit_account: string
  /** The wallets whose statements show it: the available account of each side's owner. */
  readonly debit_wallet: string
  readonly credit_wallet: string
  readonly amount: bigint
  readonly currency: string
  readonly debit_code: string
  readonly credit_code: string
  readonly debit_after: bigint
  readonly credit_after: bigint
  readonly at_ms: number
}

/** Where accounts are found while one ask is decided; a draft over the loaded ones. */
export interface Accounts {
  get(id: string): Account
  set(account: Account): void
}

/** Posts, or says why not and changes nothing. Gives both balances after it. */
export function post(accounts: Accounts, posting: Posting): Problem | { debit: Account; credit: Account } {
  const { amount } = posting
  const from = accounts.get(posting.from.id)
  const to = accounts.get(posting.to.id)
  assert(amount > 0n, 'a posting moves more than nothing')
  assert(from.id !== to.id, 'a posting moves money between two accounts')
  assert(from.currency === to.currency, 'a posting stays in one currency')

  if (from.block === 'out' || from.block === 'both') return problem('wallet_frozen', { wallet: from.owner, direction: 'out' })
  if (to.block === 'in' || to.block === 'both') return problem('wallet_frozen', { wallet: to.owner, direction: 'in' })
  const debit = { ...from, balance: from.balance - amount }
  const credit = { ...to, balance: to.balance + amount }
  const floor = floorOf(from.purpose)
  if (floor !== null && debit.balance < floor) {
    return problem('insufficient_funds', {
      account: `${from.owner}.${from.purpose}`,
      currency: from.currency,
      short_by: toJson(floor - debit.balance),
    })
  }
  if (!inRange(debit.balance) || !inRange(credit.balance)) {
    return problem('amount_out_of_range', { reason: 'a balance would leave the range that JSON keeps exact' })
  }
  accounts.set(debit)
  accounts.set(credit)
  const refusal = tally(accounts, debit, credit, amount)
  if (refusal !== null) return refusal
  return { debit: accounts.get(debit.id), credit: accounts.get(credit.id) }
}

/**
 * The lifetime sums of the wallets that a posting touches. What a wallet has spent needs no sum: it is what came in
 * (earned, paid in), less what is still there and what was withdrawn.
 */
function tally(accounts: Accounts, debit: Account, credit: Account, amount: bigint): Problem | null {
  if (debit.owner === credit.owner) return null
  if (credit.purpose === 'available') {
    const to = accounts.get(credit.id)
    const came_in = debit.owner === 'outside' ? 'paid_in' : 'earned'
    if (!inRange(to.paid_in + to.earned + amount)) {
      return problem('amount_out_of_range', { reason: 'the lifetime sum of a wallet would leave the range that JSON keeps exact' })
    }
    accounts.set({ ...to, [came_in]: to[came_in] + amount })
  }
  const tallied = tallyOf(debit, credit)
  if (tallied === null) return null
  const wallet = accounts.get(tallied)
  accounts.set(
    debit.purpose === 'held'
      ? { ...wallet, paid_in: wallet.paid_in - amount }
      : { ...wallet, withdrawn: wallet.withdrawn + amount },
  )
  return null
}

/** Money that leaves to the outside is counted on the available account of the wallet that it leaves. */
export function tallyOf(
  from: Pick<Account, 'owner' | 'purpose' | 'currency'>,
  to: Pick<Account, 'owner'>,
): string | null {
  const leaves = to.owner === 'outside' && from.owner !== 'outside'
  const counts = from.purpose === 'held' || from.purpose === 'payout' || from.purpose === 'available'
  return leaves && counts ? walletAccountId(from.owner, 'available', from.currency) : null
}
