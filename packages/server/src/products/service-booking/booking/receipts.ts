/** Service booking: receipts, one for each payment that counted, made from the event log. */

import { bigint, int, text, time, uuid } from '../../../platform/postgres/binary-arrays.ts'
import { businessDayOf } from '../../../platform/business-day.ts'
import type { Tx, Verbs } from '../../../platform/postgres/database.ts'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import type { Projection } from '../../../event-log/projections.ts'
import type { LoggedEvent } from '../../../event-log/log.ts'
import { display, fromJson, toJson } from '@holdfast/kernel/money/amount.ts'
import { payment } from '../payment/flow.ts'
import { serviceBooking } from './flow.ts'

/** Numbers must come out the same whenever receipts are made anew from the log, so neither is a setting. */
const receipt_prefix = 'WB'
const receipt_zone = 'Asia/Manila'
const digits_min = 6
const number_pattern = /^[A-Z]{2}-\d{4}-\d{6,10}$/

const paying: ReadonlySet<string> = new Set(['pay_from_wallet', 'payment_settled'])

/**
 * The log has one order, and this takes it page by page together with the number of the last event taken: so numbers
 * follow each other without a gap, and nobody races for one.
 */
export const projectReceipts: Projection = {
  name: 'receipts',
  flows: [serviceBooking.name],
  async project(tx, events) {
    const paid = events.filter(({ body }) => body.kind === 'transition' && paying.has(body.transition))
    if (paid.length > 0) await writeReceipts(tx, paid)
  },
}

async function writeReceipts(tx: Tx, paid: readonly LoggedEvent[]): Promise<void> {
  const numbers = await numbersFor(tx, paid)
  await tx.run(
    `insert into receipts (receipt_number, agreement_id, version, payment_id, couple, vendor, amount_paid, currency, at)
     select *
     from unnest($1::text[], $2::uuid[], $3::int[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::text[],
       $9::timestamptz[])`,
    [
      text(numbers, (number) => number),
      uuid(paid, (event) => event.agreement_id),
      int(paid, (event) => event.version),
      uuid(paid, ({ body: { by } }) => (by.kind === 'child' ? readId(payment.id_prefix, by.id) : null)),
      text(paid, ({ body }) => body.parties['couple'] ?? null),
      text(paid, ({ body }) => body.parties['vendor'] ?? null),
      bigint(paid, ({ body }) => fromJson(body.input?.['amount_paid'])),
      text(paid, ({ body }) => body.currency),
      time(paid, ({ body }) => Date.parse(body.at)),
    ],
  )
}

/** The next numbers of each year, in the order of the log. */
async function numbersFor(tx: Tx, paid: readonly LoggedEvent[]): Promise<string[]> {
  const years = paid.map(({ body }) => seriesOf(Date.parse(body.at)))
  const known = await tx.any<{ series: string; last_number: number }>(
    'select series, last_number from receipt_series where series = any($1::text[])',
    [[...new Set(years)]],
  )
  const last = new Map(known.map(({ series, last_number }) => [series, last_number]))
  const numbers = years.map((series) => {
    const next = (last.get(series) ?? 0) + 1
    last.set(series, next)
    return `${series}-${String(next).padStart(digits_min, '0')}`
  })
  const reached = [...last]
  await tx.run(
    `insert into receipt_series (series, last_number)
     select *
     from unnest($1::text[], $2::int[])
     on conflict (series) do update set last_number = excluded.last_number`,
    [text(reached, ([series]) => series), int(reached, ([, number]) => number)],
  )
  return numbers
}

/** `WB-2025`: the year on the calendar of the marketplace when it was paid. */
function seriesOf(at_ms: number): string {
  return `${receipt_prefix}-${businessDayOf(at_ms, receipt_zone, '24:00').date.slice(0, 4)}`
}

interface ReceiptRow {
  readonly receipt_number: string
  readonly agreement_id: string
  readonly payment_id: string | null
  readonly couple: string
  readonly vendor: string
  readonly amount_paid: bigint
  readonly currency: string
  readonly at: Date
  readonly method: string | null
  readonly provider_reference: string | null
}

const receipts_sql = `
  select r.*, p.data ->> 'method' as method, p.reference as provider_reference
  from receipts r
  left join agreements p on p.id = r.payment_id`

/** Of one booking, in the order in which they were paid. */
export function receiptsOf(db: Verbs, booking: string): Promise<ReceiptRow[]> {
  return db.any<ReceiptRow>(`${receipts_sql} where r.agreement_id = $1 order by r.version`, [booking])
}

export async function findReceipt(db: Verbs, receipt_number: string): Promise<ReceiptRow | null> {
  if (!number_pattern.test(receipt_number)) return null
  const row = await db.maybeOne<ReceiptRow>(`${receipts_sql} where r.receipt_number = $1`, [receipt_number])
  return row ?? null
}

export function showReceipt(row: ReceiptRow): Record<string, unknown> {
  return {
    receipt_number: row.receipt_number,
    booking: showId(serviceBooking.id_prefix, row.agreement_id),
    couple: row.couple,
    vendor: row.vendor,
    amount_paid: toJson(row.amount_paid),
    currency: row.currency,
    amount_display: display(row.amount_paid, row.currency),
    method: row.method ?? 'wallet',
    payment: row.payment_id === null ? null : showId(payment.id_prefix, row.payment_id),
    provider_reference: row.provider_reference,
    paid_at: instant(row.at.getTime()),
  }
}
