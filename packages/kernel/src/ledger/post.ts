/** Ledger, the pure part: one posting against two accounts. The only code that computes a balance. */

import assert from 'node:assert/strict'
import { problem, type Problem } from '../problem.ts'
import { inRange, toJson } from '../money/amount.ts'
import { availableOf, ceilingOf, floorOf, inWallet, walletOf, type Account } from './account.ts'

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
  /** A business reference, used once. */
  readonly reference: string | null
  readonly at_ms: number
}

/** Where accounts are found while one ask is decided; a draft over the loaded ones. */
export interface Accounts {
  /** This account as it is now; as it is given where it was never opened. */
  get(account: Account): Account
  set(account: Account): void
}

/** Posts, or says why not, and then `accounts` is to be thrown away. Gives both balances after it. */
export function post(
  accounts: Accounts,
  posting: Posting,
): Problem | { debit_after: bigint; credit_after: bigint } {
  const { amount } = posting
  const from = accounts.get(posting.from)
  const to = accounts.get(posting.to)
  assert(amount > 0n, 'a posting moves more than nothing')
  assert(from.id !== to.id, 'a posting moves money between two accounts')
  assert(from.currency === to.currency, 'a posting stays in one currency')

  if (from.block === 'out' || from.block === 'both') return stopped(from, 'out')
  if ((to.block === 'in' || to.block === 'both') && !staysInWallet(from, to)) return stopped(to, 'in')
  const debit_after = from.balance - amount
  const credit_after = to.balance + amount
  const floor = floorOf(from.purpose)
  if (floor !== null && debit_after < floor) {
    return problem('insufficient_funds', {
      account: `${from.owner}.${from.purpose}`,
      currency: from.currency,
      short_by: toJson(floor - debit_after),
    })
  }
  const ceiling = ceilingOf(to.purpose)
  if (ceiling !== null && credit_after > ceiling) {
    return problem('limit_exceeded', {
      account: `${to.owner}.${to.purpose}`,
      owed: toJson(ceiling - to.balance),
      reason: 'more than is owed',
    })
  }
  if (!inRange(debit_after) || !inRange(credit_after)) {
    return problem('amount_out_of_range', { reason: 'a balance would leave the range that JSON keeps exact' })
  }
  accounts.set({ ...from, balance: debit_after })
  accounts.set({ ...to, balance: credit_after })
  for (const tally of talliesOf(from, to)) {
    const wallet = tallied(accounts.get(tally.wallet), tally, amount)
    if (wallet === null) {
      return problem('amount_out_of_range', {
        reason: 'the lifetime sum of a wallet would leave the range that JSON keeps exact',
      })
    }
    accounts.set(wallet)
  }
  return { debit_after, credit_after }
}

/** What was frozen or reserved and is given back comes into no wallet: it never left this one. */
function staysInWallet(from: Account, to: Account): boolean {
  return from.owner === to.owner && inWallet(from) && inWallet(to)
}

function stopped({ owner, currency }: Account, direction: 'in' | 'out'): Problem {
  return problem('wallet_frozen', { wallet: owner, currency, direction })
}

/** A lifetime sum that a posting raises or lowers by its amount, kept on a wallet's available account. */
export interface Tally {
  readonly wallet: Account
  readonly sum: 'earned' | 'paid_in' | 'withdrawn'
  readonly lowers: boolean
}

const no_tallies: readonly Tally[] = []

/**
 * What is counted when money crosses the border of a wallet: what others give is earned; the outside pays in, or brings
 * back a payout; to the outside goes a payout, or back what was held. What others are given needs no sum: a wallet has
 * spent what came in, less what is still there and what was withdrawn. So each crossing is counted at most once on
 * each side, and what was spent never falls.
 */
export function talliesOf(from: Account, to: Account): readonly Tally[] {
  const leaves = inWallet(from)
  const enters = inWallet(to)
  if (leaves && (from.owner === to.owner ? enters : !enters && to.owner !== 'outside')) return no_tallies
  const tallies: Tally[] = []
  if (leaves && to.owner === 'outside') {
    const goes_back = from.purpose === 'held'
    tallies.push({ wallet: availableOf(from), sum: goes_back ? 'paid_in' : 'withdrawn', lowers: goes_back })
  }
  if (enters) {
    const comes_back = to.purpose === 'payout'
    const sum = from.owner !== 'outside' ? 'earned' : comes_back ? 'withdrawn' : 'paid_in'
    tallies.push({ wallet: availableOf(to), sum, lowers: sum === 'withdrawn' })
  }
  return tallies
}

/** Null where one of the sums, or one that is shown of them, would leave the range. */
function tallied(wallet: Account, { sum, lowers }: Tally, amount: bigint): Account | null {
  const value = lowers ? wallet[sum] - amount : wallet[sum] + amount
  const after = { ...wallet, [sum]: value }
  const came_in = after.paid_in + after.earned
  return inRange(value) && inRange(came_in) && inRange(came_in - after.withdrawn) ? after : null
}

/** The row of a posting that was made. */
export function transferOf(
  entry: Posting & Pick<Transfer, 'id' | 'agreement' | 'version' | 'reference' | 'at_ms'>,
  after: Pick<Transfer, 'debit_after' | 'credit_after'>,
): Transfer {
  const { from, to } = entry
  return {
    id: entry.id,
    agreement: entry.agreement,
    version: entry.version,
    debit_account: from.id,
    credit_account: to.id,
    debit_wallet: walletOf(from),
    credit_wallet: walletOf(to),
    amount: entry.amount,
    currency: from.currency,
    debit_code: entry.debit_code,
    credit_code: entry.credit_code,
    debit_after: after.debit_after,
    credit_after: after.credit_after,
    reference: entry.reference,
    at_ms: entry.at_ms,
  }
}
