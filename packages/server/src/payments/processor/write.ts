/** Payments, the desk: what was learned of payments is written, many at once, while they stay taken or with the last word. */

import { bigint, int, json, text, time, uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Verbs } from '../../platform/postgres/database.ts'
import type { ProviderPayment } from './provider-payment.ts'

export const batch_payments_max = 64

export interface PaymentUpdate {
  readonly payment: ProviderPayment
  /** With the last word: the row as it was taken. Who called for it meanwhile (an event came in) is not forgotten. */
  readonly taken: ProviderPayment | null
}

/** Throws a unique violation where another row has that money already. */
export async function writePayments(db: Verbs, learned: readonly PaymentUpdate[]): Promise<void> {
  // In one order, so that two who write, or make them due, never wait for each other.
  const rows = learned.toSorted((a, b) => (a.payment.id < b.payment.id ? -1 : 1))
  await db.run(write_sql, [
    uuid(rows, ({ payment }) => payment.id),
    uuid(rows, ({ payment }) => payment.agreement),
    json(rows, ({ payment }) => payment.details),
    text(rows, ({ payment }) => payment.state),
    text(rows, ({ payment }) => payment.provider_id),
    text(rows, ({ payment }) => payment.settled_id),
    bigint(rows, ({ payment }) => payment.told_amount),
    text(rows, ({ payment }) => payment.told_currency),
    bigint(rows, ({ payment }) => payment.fee),
    text(rows, ({ payment }) => payment.status),
    text(rows, ({ payment }) => payment.reason),
    text(rows, ({ payment }) => payment.checkout_url),
    time(rows, ({ payment }) => payment.settled_ms),
    time(rows, ({ payment }) => payment.called_ms),
    time(rows, ({ payment }) => payment.told_ms),
    text(rows, ({ payment }) => payment.heard),
    uuid(rows, ({ payment }) => payment.suspense),
    int(rows, ({ payment }) => payment.attempts),
    time(rows, ({ payment }) => payment.next_ms),
    time(rows, ({ taken }) => taken?.next_ms ?? null),
    text(rows, ({ payment }) => payment.place?.address ?? null),
    text(rows, ({ payment }) => payment.place?.account ?? null),
    time(rows, ({ payment }) => payment.denied_ms),
  ])
}

const write_sql = `
  update provider_payments p
  set agreement_id = n.agreement_id, details = n.details, state = n.state, provider_id = n.provider_id,
    settled_id = n.settled_id, told_amount = n.told_amount, told_currency = n.told_currency, fee = n.fee,
    status = n.status, reason = n.reason, checkout_url = n.checkout_url, settled_at = n.settled_at,
    called_at = n.called_at, told_at = n.told_at, heard = n.heard, suspense_id = n.suspense_id,
    address = n.address, account = n.account, denied_at = n.denied_at,
    taken_until = case when n.taken_next_at is null then p.taken_until end,
    attempts = case when n.taken_next_at = p.next_at then n.attempts else p.attempts end,
    next_at = case when n.taken_next_at = p.next_at then n.next_at else p.next_at end
  from unnest($1::uuid[], $2::uuid[], $3::json[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
    $9::bigint[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
    $16::text[], $17::uuid[], $18::int[], $19::timestamptz[], $20::timestamptz[], $21::text[], $22::text[],
    $23::timestamptz[]) as
    n (id, agreement_id, details, state, provider_id, settled_id, told_amount, told_currency, fee, status, reason,
      checkout_url, settled_at, called_at, told_at, heard, suspense_id, attempts, next_at, taken_next_at, address, account,
      denied_at)
  where p.id = n.id`
