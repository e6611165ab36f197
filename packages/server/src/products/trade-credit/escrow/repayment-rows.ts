/** Trade credit: the rows of escrow_repayments: one per debt that a repayment or a deduction lowered. */

import type { Database } from '../../../platform/postgres/database.ts'
import { showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { creditDeduction } from '../deduction/flow.ts'
import { creditRepayment } from '../repayment/flow.ts'
import { debtOf } from './escrow-rows.ts'
import { tradeCredit } from './flow.ts'

export interface RepaymentFilter {
  /** The credit line. */
  readonly line: string
  /** Only what lowered the debt of this order, or is announced for it. */
  readonly escrow: string | null
  /** The last repayment seen: newest first, only those before it. */
  readonly before: string | null
  /** Of repayments; one that lowered several debts has several rows. */
  readonly limit: number
}

interface Row {
  readonly id: string
  readonly flow: string
  readonly state: string
  readonly retailer: string
  readonly amount: bigint
  readonly method: string | null
  readonly payment_reference: string | null
  readonly named: string | null
  readonly created_at: Date
  readonly lowered: string | null
  readonly lowered_by: bigint | null
}

const repayments_sql = `
  with wanted as (
    select r.*
    from agreements r
    where r.under = $1
    and r.flow in ('${creditRepayment.name}', '${creditDeduction.name}')
    and r.state <> 'skipped'
    and ($2::uuid is null or r.id < $2)
    and ($3::uuid is null or r.data ->> 'debt' = $3::text or exists (
      select
      from transfers t
      where t.agreement_id = r.id and t.credit_account = $4
    ))
    order by r.id desc
    limit $5
  )
  select r.id, r.flow, r.state, r.parties ->> 'retailer' as retailer, (r.amounts ->> 'amount')::bigint as amount,
    r.data ->> 'repayment_method' as method, r.data ->> 'payment_reference' as payment_reference, r.data ->> 'debt' as named,
    r.created_at, d.agreement_id as lowered, t.amount as lowered_by
  from wanted r
  left join transfers t on t.agreement_id = r.id and t.credit_code = 'DEBT_REPAID' and ($3::uuid is null or t.credit_account = $4)
  left join accounts d on d.id = t.credit_account
  order by r.id desc, t.id`

export async function listRepayments(
  db: Database,
  { line, escrow, before, limit }: RepaymentFilter,
): Promise<{ repayment: string; row: object }[]> {
  const debt = escrow === null ? null : debtOf(escrow)
  const rows = await db.any<Row>(repayments_sql, [line, before, escrow, debt, limit])
  return rows.map((row) => ({ repayment: row.id, row: rowOf(row) }))
}

function rowOf(row: Row): object {
  const { flow, named, lowered } = row
  const prefix = flow === creditDeduction.name ? creditDeduction.id_prefix : creditRepayment.id_prefix
  const of = lowered ?? named
  return {
    id: showId(prefix, row.id),
    escrow_transaction_id: of === null ? null : showId(tradeCredit.id_prefix, of),
    retailer_id: row.retailer,
    repayment_amount: toJson(row.lowered_by ?? row.amount),
    repayment_method: row.method ?? 'auto_deduct',
    payment_reference: row.payment_reference,
    status: flow === creditDeduction.name ? 'completed' : row.state,
    created_at: instant(row.created_at.getTime()),
  }
}
