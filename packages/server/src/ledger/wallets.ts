/** Ledger: a person's accounts in one currency, seen together. */

import type { Database } from '../platform/postgres/database.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'

interface WalletRow {
  currency: string
  available: bigint
  earned: bigint
  paid_in: bigint
  withdrawn: bigint
  block: string
  frozen: bigint
  payout: bigint
  pending: bigint
}

/**
 * Single balances are kept with their accounts; frozen, payout and pending are sums over the accounts of agreements
 * that hold something now, from an index of just those. History is never scanned.
 */
const wallets_sql = `
  with mine as (
    select currency, balance, earned, paid_in, withdrawn, block
    from accounts
    where owner = $1 and purpose = 'available' and agreement_id is null
  ),
  holding as (
    select currency,
      sum(balance) filter (where purpose = 'held') as frozen,
      sum(balance) filter (where purpose = 'payout') as payout
    from accounts
    where owner = $1 and holds
    group by currency
  ),
  awaited as (
    select currency, sum(balance) as pending
    from accounts
    where beneficiary = $1 and holds
    group by currency
  )
  select currency, coalesce(m.balance, 0)::bigint as available, coalesce(m.earned, 0)::bigint as earned,
    coalesce(m.paid_in, 0)::bigint as paid_in, coalesce(m.withdrawn, 0)::bigint as withdrawn,
    coalesce(m.block, 'none') as block, coalesce(h.frozen, 0)::bigint as frozen,
    coalesce(h.payout, 0)::bigint as payout, coalesce(w.pending, 0)::bigint as pending
  from mine m full join holding h using (currency) full join awaited w using (currency)
  where $2::text is null or currency = $2
  order by currency`

/** A wallet as answered: amounts in minor units of its currency. */
export interface Wallet {
  readonly party: string
  readonly currency: string
  readonly available: number
  readonly frozen: number
  readonly total: number
  readonly pending: number
  readonly payout: number
  readonly earned: number
  readonly spent: number
  readonly withdrawn: number
  readonly block: string
}

export async function walletsOf(
  db: Database,
  party: string,
  currency: string | null = null,
): Promise<Wallet[]> {
  const rows = await db.any<WalletRow>(wallets_sql, [party, currency])
  return rows.map((row) => walletOf(party, row))
}

/** What came in and is neither there nor withdrawn was spent: money is conserved. */
function walletOf(party: string, row: WalletRow): Wallet {
  const { currency, available, frozen, pending, payout, earned, paid_in, withdrawn, block } = row
  return {
    party,
    currency,
    available: toJson(available),
    frozen: toJson(frozen),
    total: toJson(available + frozen),
    pending: toJson(pending),
    payout: toJson(payout),
    earned: toJson(earned),
    spent: toJson(paid_in + earned - withdrawn - available - frozen - payout),
    withdrawn: toJson(withdrawn),
    block,
  }
}

export function emptyWallet(party: string, currency: string): Wallet {
  return walletOf(party, {
    currency,
    available: 0n,
    frozen: 0n,
    pending: 0n,
    payout: 0n,
    earned: 0n,
    paid_in: 0n,
    withdrawn: 0n,
    block: 'none',
  })
}
