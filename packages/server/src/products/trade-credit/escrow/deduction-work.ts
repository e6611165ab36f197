/**
 * Trade credit: the work list of a day's deductions: every retailer with a credit line that sold something that day, or
 * owes. Who did neither needs no row that says why nothing was deducted.
 */

import type { BusinessDay } from '../../../platform/business-day.ts'
import type { Database } from '../../../platform/postgres/database.ts'
import { firstIdAt } from '@holdfast/kernel/ids.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { agreementColumns, agreementOf, type AgreementRow } from '../../../engine/agreements.ts'
import { creditDeduction } from '../deduction/flow.ts'
import { creditLine } from '../line/flow.ts'
import { credit_currency } from './credit-lines.ts'

/** Sales are read in slices of the day, so that no statement takes long. */
const slice_ms = 3_600_000

/** A sale's agreement is as old as its transfer, and ids count up with time: one walk along the transfers' primary key. */
const sales_sql = `
  insert into deduction_work (business_date, retailer, line_id, sales)
  select $1::date, l.reference, l.id, sold.sales
  from (
    select t.credit_account, sum(t.amount)::bigint as sales
    from transfers t
    where t.agreement_id >= $2 and t.agreement_id < $3
    and t.credit_code = 'SALE' and t.currency = $4
    group by t.credit_account
  ) sold
  join accounts a on a.id = sold.credit_account
  join agreements l on l.flow = $5 and l.reference = a.owner
  on conflict (business_date, retailer)
  do update set sales = deduction_work.sales + excluded.sales`

const owing_sql = `
  insert into deduction_work (business_date, retailer, line_id, sales)
  select $1::date, l.reference, l.id, 0
  from agreements l
  where l.flow = $3 and l.reference is not null
  and exists (
    select
    from accounts d
    where d.owner = l.reference and d.currency = $2 and d.holds and d.purpose = 'debt'
  )
  on conflict do nothing`

/** Written once, all of it or nothing. Answers how many retailers it has. */
export async function writeWork(db: Database, day: BusinessDay): Promise<number> {
  return db.transaction(async (tx) => {
    const count = () =>
      tx.one<{ retailers: number }>(
        'select count(*)::int as retailers from deduction_work where business_date = $1::date',
        [day.date],
      )
    // Two who run the same day write one list.
    await tx.run('lock table deduction_work in share row exclusive mode')
    const { retailers: written } = await count()
    if (written > 0) return written
    for (let from_ms = day.from_ms; from_ms < day.to_ms; from_ms += slice_ms) {
      const to_ms = Math.min(from_ms + slice_ms, day.to_ms)
      await tx.run(sales_sql, [
        day.date,
        firstIdAt(from_ms),
        firstIdAt(to_ms),
        credit_currency,
        creditLine.name,
      ])
    }
    await tx.run(owing_sql, [day.date, credit_currency, creditLine.name])
    return (await count()).retailers
  })
}

/** Who ran through it deletes it: a later run for the same day finds who sold or owes by then, and has no row yet. */
export async function deleteWork(db: Database, day: BusinessDay): Promise<void> {
  await db.run('delete from deduction_work where business_date = $1::date', [day.date])
}

export interface Work {
  readonly retailer: string
  readonly line: Agreement
  readonly sales: bigint
}

const page_sql = `
  select w.retailer, w.sales, ${agreementColumns('l')}
  from deduction_work w
  join agreements l on l.id = w.line_id
  where w.business_date = $1::date
  and w.retailer > $2
  and not exists (
    select
    from agreements d
    where d.flow = $3 and d.reference = w.retailer || ' ' || to_char(w.business_date, 'YYYY-MM-DD')
  )
  order by w.retailer
  limit $4`

/** The next retailers, by name, that have no deduction of that day. */
export async function nextWork(
  db: Database,
  day: BusinessDay,
  after: string,
  limit: number,
): Promise<Work[]> {
  const rows = await db.any<AgreementRow & { retailer: string; sales: bigint }>(page_sql, [
    day.date,
    after,
    creditDeduction.name,
    limit,
  ])
  return rows.map(({ retailer, sales, ...line }) => ({ retailer, sales, line: agreementOf(line) }))
}

export function deductionReference(retailer: string, date: string): string {
  return `${retailer} ${date}`
}
