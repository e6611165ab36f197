/** Trade credit: a retailer's and a wholesaler's orders in a few numbers. */

import type { Database } from '../../../platform/postgres/database.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { maxDailyOf, ownLimitOf } from '../line/product.ts'
import { credit_currency, default_settings } from './credit-lines.ts'
import { tradeCredit } from './flow.ts'
import { limitForAll } from './settings.ts'

interface Orders {
  readonly status: string
  readonly orders: number
  readonly held: bigint
  readonly released: bigint
}

const sums = `a.state as status, count(*)::int as orders, sum((a.amounts ->> 'held')::bigint)::bigint as held,
  sum((a.amounts ->> 'released')::bigint)::bigint as released`

export async function wholesalerSummary(db: Database, wholesaler: string): Promise<object> {
  const orders = await db.any<Orders>(
    `select ${sums}
     from agreement_parties p
     join agreements a on a.id = p.agreement_id
     where p.party = $1 and p.role = 'wholesaler' and a.flow = $2
     group by a.state`,
    [wholesaler, tradeCredit.name],
  )
  return {
    wholesaler_id: wholesaler,
    currency: credit_currency,
    pending_amount: toJson(sumOf(orders, 'held')),
    released_amount: toJson(sumOf(orders, 'released')),
    orders: countsOf(orders),
  }
}

export async function retailerSummary(
  db: Database,
  retailer: string,
  line: Agreement | null,
): Promise<object> {
  const orders =
    line === null
      ? []
      : await db.any<Orders>(
          `select ${sums}
           from agreements a
           where a.under = $1 and a.flow = $2
           group by a.state`,
          [line.id, tradeCredit.name],
        )
  const { owed } = await db.one<{ owed: bigint }>(
    `select coalesce(-sum(balance), 0)::bigint as owed
     from accounts
     where owner = $1 and currency = $2 and holds and purpose = 'debt'`,
    [retailer, credit_currency],
  )
  const limit = await limitOf(db, line)
  const used = line === null ? 0n : amountOf(line, 'used')
  const lent = sumOf(orders, 'released')
  return {
    retailer_id: retailer,
    currency: credit_currency,
    credit_limit: toJson(limit),
    credit_used: toJson(used),
    credit_available: toJson(limit > used && line?.state !== 'stopped' ? limit - used : 0n),
    held_amount: toJson(sumOf(orders, 'held')),
    outstanding_amount: toJson(owed),
    repaid_amount: toJson(lent - owed),
    orders: countsOf(orders),
    auto_deduct: await settingsRow(db, retailer, line),
  }
}

/** The row of escrow_auto_deductions. */
export async function settingsRow(db: Database, retailer: string, line: Agreement | null): Promise<object> {
  const { data = default_settings } = line ?? {}
  const max_daily = line === null ? null : maxDailyOf(line)
  const { minimum_balance } = default_settings
  return {
    retailer_id: retailer,
    enabled: data['enabled'],
    deduction_percentage: data['deduction_percentage'],
    minimum_balance_rwf: toJson(line === null ? minimum_balance : amountOf(line, 'minimum_balance')),
    max_daily_deduction_rwf: max_daily === null ? null : toJson(max_daily),
    max_total_outstanding_rwf: toJson(await limitOf(db, line)),
  }
}

async function limitOf(db: Database, line: Agreement | null): Promise<bigint> {
  const own = line === null ? null : ownLimitOf(line)
  return own ?? (await limitForAll(db))
}

function sumOf(orders: readonly Orders[], what: 'held' | 'released'): bigint {
  return orders.reduce((sum, row) => sum + row[what], 0n)
}

function countsOf(orders: readonly Orders[]): Record<string, number> {
  const known = new Map(orders.map(({ status, orders: count }) => [status, count]))
  return Object.fromEntries(Object.keys(tradeCredit.states).map((status) => [status, known.get(status) ?? 0]))
}
