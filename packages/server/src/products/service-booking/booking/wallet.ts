/** The vendor's wallet: balances in the words of its document, from the ledger's own sums. */

import type { Database } from '../../../platform/postgres/database.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { emptyWallet, walletsOf, type Wallet } from '../../../ledger/wallets.ts'
import { display } from '@holdfast/kernel/money/amount.ts'

/** Of a wallet that nothing ever came into: the currency of the document. */
const currency_default = 'PHP'

/** The wallet in this currency, or the only one there is. */
export async function vendorWallet(
  db: Database,
  vendor: string,
  currency: string | null,
): Promise<Wallet | Problem> {
  const wallets = await walletsOf(db, vendor, currency)
  const [wallet, ...more] = wallets
  if (more.length > 0)
    return problem('invalid_request', {
      in: 'querystring',
      pointer: '/currency',
      reason: 'this person has several wallets',
      allowed: wallets.map((each) => each.currency),
    })
  return wallet ?? emptyWallet(vendor, currency ?? currency_default)
}

/**
 * For who only earns and withdraws, `available_balance` is `total_earnings − withdrawn_amount − reserved`. A vendor who
 * also pays in or spends has what is really there, and `paid_in`, `spent` and `frozen` say why:
 * total_earnings + paid_in − spent − frozen − withdrawn_amount − reserved.
 */
export function showWallet(wallet: Wallet): Record<string, unknown> {
  const { party, currency, available, frozen, pending, payout, earned, spent, withdrawn, block } = wallet
  const amounts = {
    total_earnings: earned,
    available_balance: available,
    pending_balance: pending,
    withdrawn_amount: withdrawn,
    reserved: payout,
    paid_in: available + frozen + payout + withdrawn + spent - earned,
    spent,
    frozen,
  }
  const shown = Object.entries(amounts).map(([name, amount]) => [name, display(BigInt(amount), currency)])
  return { vendor_id: party, currency, ...amounts, display: Object.fromEntries(shown), block }
}
