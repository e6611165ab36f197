/** Payments, the desk: the rows of provider_payments, written and read. */

import { bigint, int, json, text, time, uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Tx, Verbs } from '../../platform/postgres/database.ts'
import type { ProviderPayment } from './provider-payment.ts'

export interface Row extends Omit<
  ProviderPayment,
  | 'agreement'
  | 'suspense'
  | 'place'
  | 'settled_ms'
  | 'next_ms'
  | 'created_ms'
  | 'called_ms'
  | 'told_ms'
  | 'denied_ms'
> {
  readonly address: string | null
  readonly account: string | null
  readonly agreement_id: string | null
  readonly suspense_id: string | null
  readonly settled_at: Date | null
  readonly next_at: Date | null
  readonly created_at: Date
  readonly called_at: Date | null
  readonly told_at: Date | null
  readonly denied_at: Date | null
}

const columns = [
  'id',
  'provider',
  'kind',
  'flow',
  'agreement_id',
  'token',
  'our_reference',
  'derived_from',
  'try',
  'address',
  'account',
  'method',
  'amount',
  'currency',
  'details',
  'state',
  'provider_id',
  'settled_id',
  'told_amount',
  'told_currency',
  'fee',
  'status',
  'reason',
  'checkout_url',
  'settled_at',
  'heard',
  'suspense_id',
  'next_at',
  'attempts',
  'closing',
  'created_at',
  'called_at',
  'told_at',
  'denied_at',
].map((column) => `p.${column}`)
export const columns_sql = columns.join(', ')

export function paymentOf(row: Row): ProviderPayment {
  const { agreement_id, suspense_id, address, account, ...dated } = row
  const { settled_at, next_at, created_at, called_at, told_at, denied_at, ...same } = dated
  return {
    ...same,
    agreement: agreement_id,
    suspense: suspense_id,
    place: address === null || account === null ? null : { address, account },
    settled_ms: settled_at?.getTime() ?? null,
    next_ms: next_at?.getTime() ?? null,
    created_ms: created_at.getTime(),
    called_ms: called_at?.getTime() ?? null,
    told_ms: told_at?.getTime() ?? null,
    denied_ms: denied_at?.getTime() ?? null,
  }
}

/** New rows, due at once. */
export async function insertPayments(tx: Tx, rows: readonly ProviderPayment[]): Promise<void> {
  if (rows.length === 0) return
  await tx.run(
    `insert into provider_payments (id, provider, kind, flow, agreement_id, token, our_reference, method, amount, currency,
       details, state, provider_id, reason, next_at, derived_from, try, attempts, closing, created_at)
     select *, 0, false, next_at
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
       $9::bigint[], $10::text[], $11::json[], $12::text[], $13::text[], $14::text[], $15::timestamptz[], $16::text[],
       $17::int[]) as
       n (id, provider, kind, flow, agreement_id, token, our_reference, method, amount, currency, details, state,
         provider_id, reason, next_at, derived_from, try)
     on conflict do nothing`,
    [
      uuid(rows, (row) => row.id),
      text(rows, (row) => row.provider),
      text(rows, (row) => row.kind),
      text(rows, (row) => row.flow),
      uuid(rows, (row) => row.agreement),
      uuid(rows, (row) => row.token),
      text(rows, (row) => row.our_reference),
      text(rows, (row) => row.method),
      bigint(rows, (row) => row.amount),
      text(rows, (row) => row.currency),
      json(rows, (row) => row.details),
      text(rows, (row) => row.state),
      text(rows, (row) => row.provider_id),
      text(rows, (row) => row.reason),
      time(rows, (row) => row.created_ms),
      text(rows, (row) => row.derived_from),
      int(rows, (row) => row.try),
    ],
  )
}

/** What nobody has paid of these agreements is closed with its provider. */
export async function closePayIns(tx: Tx, agreements: readonly string[], now_ms: number): Promise<void> {
  await tx.run(
    `update provider_payments
     set closing = true, next_at = $2, attempts = 0
     where agreement_id = any($1::uuid[])
     and kind = 'pay_in'
     and state in ('wanted', 'unknown', 'pending')`,
    [agreements, new Date(now_ms)],
  )
}

export async function stateOf(db: Verbs, agreement: string): Promise<string | null> {
  const row = await db.maybeOne<{ state: string }>('select state from agreements where id = $1', [agreement])
  return row?.state ?? null
}

export async function nextDueMs(db: Verbs): Promise<number | null> {
  const { next_at } = await db.one<{ next_at: Date | null }>(
    'select min(next_at) as next_at from provider_payments where next_at is not null',
  )
  return next_at?.getTime() ?? null
}

export async function findPayment(db: Verbs, id: string): Promise<ProviderPayment | null> {
  const row = await db.maybeOne<Row>(`select ${columns_sql} from provider_payments p where id = $1`, [id])
  return row === undefined ? null : paymentOf(row)
}

/** By its id, or by its token, which the provider's side knows it by. */
export async function findPaymentNamed(db: Verbs, id: string): Promise<ProviderPayment | null> {
  const row = await db.maybeOne<Row>(
    `select ${columns_sql} from provider_payments p where id = $1 or token = $1`,
    [id],
  )
  return row === undefined ? null : paymentOf(row)
}

export async function paymentsOf(db: Verbs, agreement: string): Promise<ProviderPayment[]> {
  const rows = await db.any<Row>(
    `select ${columns_sql} from provider_payments p where agreement_id = $1 order by id`,
    [agreement],
  )
  return rows.map(paymentOf)
}

/** What a provider was asked for and has not ended: an operator who ends it by hand may be wrong. */
export async function openOutcomes(db: Verbs, agreement: string): Promise<ProviderPayment[]> {
  const payments = await paymentsOf(db, agreement)
  return payments.filter(({ state }) => state === 'unknown' || state === 'pending')
}

export interface Filters {
  readonly provider: string | null
  readonly kind: string | null
  readonly state: string | null
  readonly agreement: string | null
}

/** Newest first; `before` is the id of the last one seen. */
export async function listPayments(
  db: Verbs,
  { provider, kind, state, agreement }: Filters,
  before: string | null,
  limit: number,
): Promise<ProviderPayment[]> {
  const rows = await db.any<Row>(
    `select ${columns_sql}
     from provider_payments p
     where ($1::text is null or provider = $1)
     and ($2::text is null or kind = $2)
     and ($3::text is null or state = $3 or heard = $3)
     and ($4::uuid is null or agreement_id = $4)
     and ($5::uuid is null or id < $5)
     order by id desc
     limit $6`,
    [provider, kind, state, agreement, before, limit],
  )
  return rows.map(paymentOf)
}

/** Due at once, as from the first time, also what was given up or was not taken. False where there is none. */
export async function askNow(db: Verbs, id: string, now_ms: number): Promise<boolean> {
  const changed = await db.run(
    `update provider_payments
     set next_at = $2, attempts = 0, denied_at = case when state = 'lost' then null else denied_at end,
       state = case when state = 'lost' then 'unknown' else state end,
       heard = case when heard = 'not_taken' then null else heard end
     where id = $1`,
    [id, new Date(now_ms)],
  )
  return changed > 0
}

/**
 * Of so many calls the outcome should have been known by now, or their provider denies them; with `lost`, it is an
 * operator's to find out.
 */
export async function countUnclear(db: Verbs, now_ms: number): Promise<number> {
  const { unclear } = await db.one<{ unclear: bigint }>(
    `with unclear as (
       select id, agreement_id
       from provider_payments
       where state in ('unknown', 'lost')
       and called_at < $1
       union
       select id, agreement_id
       from provider_payments
       where denied_at < $1
     )
     select count(*) as unclear
     from unclear u
     left join agreements a on a.id = u.agreement_id
     where a.ended_at is null`,
    [new Date(now_ms - unclear_ms_max)],
  )
  return Number(unclear)
}

export const unclear_ms_max = 900_000

export function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
