/** Payments, reconciliation: what differs, as its rows: each once, until it agrees or an operator has resolved it. */

import { bigint, json, text, time, uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Database, Tx, Verbs } from '../../platform/postgres/database.ts'
import { newId } from '@holdfast/kernel/ids.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { What } from './compare.ts'

export const exception_prefix = 'rex'
export const exception_states = ['open', 'resolved', 'cleared'] as const

/** Amounts are minor units; those here are null where nothing was booked. */
export interface Found {
  readonly kind: string
  readonly what: What
  readonly subject: string
  readonly their_id: string | null
  readonly payment_id: string | null
  readonly agreement_id: string | null
  readonly amount_there: bigint | null
  readonly amount_here: bigint | null
  readonly currency: string
  readonly currency_here: string | null
  readonly state_there: string | null
  readonly state_here: string | null
  readonly line: object | null
  readonly happened_ms: number | null
}

export interface Exception extends Omit<Found, 'happened_ms'> {
  readonly id: string
  readonly provider: string
  readonly happened_at: Date | null
  readonly state: (typeof exception_states)[number]
  readonly first_run: string
  readonly first_seen: Date
  readonly last_run: string
  readonly last_seen: Date
  readonly closed_by: string | null
  readonly closed_reason: string | null
  readonly closed_at: Date | null
}

const columns = `id, provider, kind, what, subject, their_id, payment_id, agreement_id, amount_there, amount_here, currency,
  currency_here, state_there, state_here, line, happened_at, state, first_run, first_seen, last_run, last_seen, closed_by,
  closed_reason, closed_at`

/** Open ones of one provider that are looked at again by every run. */
export const open_exceptions_max = 2_000

interface Run {
  readonly id: string
  readonly provider: string
  readonly now_ms: number
}

/**
 * Known ones are seen again. What had agreed by now and differs anew is open anew; what was resolved stays so, unless
 * it is another difference now. Answers those that are open.
 */
export async function recordFound(tx: Tx, run: Run, found: readonly Found[]): Promise<Exception[]> {
  if (found.length === 0) return []
  const now = new Date(run.now_ms)
  return tx.any<Exception>(
    `with seen as (
       insert into reconciliation_exceptions as e (id, kind, what, subject, their_id, payment_id, agreement_id,
         amount_there, amount_here, currency, currency_here, state_there, state_here, line, happened_at, provider, state,
         first_run, first_seen, last_run, last_seen)
       select *, $16, 'open', $17, $18, $17, $18
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::bigint[],
         $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::json[], $15::timestamptz[])
       on conflict (provider, kind, what, subject) do update
       set their_id = excluded.their_id, payment_id = excluded.payment_id, agreement_id = excluded.agreement_id,
         amount_there = excluded.amount_there, amount_here = excluded.amount_here, currency = excluded.currency,
         currency_here = excluded.currency_here, state_there = excluded.state_there, state_here = excluded.state_here,
         last_run = excluded.last_run, last_seen = excluded.last_seen,
         state = case when e.state = 'resolved' and ${same_sql} then 'resolved' else 'open' end,
         closed_by = case when e.state = 'resolved' and ${same_sql} then e.closed_by end,
         closed_reason = case when e.state = 'resolved' and ${same_sql} then e.closed_reason end,
         closed_at = case when e.state = 'resolved' and ${same_sql} then e.closed_at end
       returning *
     )
     select ${columns} from seen where state = 'open' order by id`,
    [
      uuid(found, () => newId(run.now_ms)),
      text(found, (one) => one.kind),
      text(found, (one) => one.what),
      text(found, (one) => one.subject),
      text(found, (one) => one.their_id),
      uuid(found, (one) => one.payment_id),
      uuid(found, (one) => one.agreement_id),
      bigint(found, (one) => one.amount_there),
      bigint(found, (one) => one.amount_here),
      text(found, (one) => one.currency),
      text(found, (one) => one.currency_here),
      text(found, (one) => one.state_there),
      text(found, (one) => one.state_here),
      json(found, (one) => one.line),
      time(found, (one) => one.happened_ms),
      run.provider,
      run.id,
      now,
    ],
  )
}

const same_sql = `(e.amount_there, e.amount_here, e.currency, e.currency_here)
           is not distinct from (excluded.amount_there, excluded.amount_here, excluded.currency, excluded.currency_here)`

/** Of those that were open, the ones that the run has looked at and not found again: they agree by now. */
export async function clearAgreed(tx: Tx, run: Run, looked_at: readonly string[]): Promise<number> {
  if (looked_at.length === 0) return 0
  return tx.run(
    `update reconciliation_exceptions
     set state = 'cleared', last_run = $2, last_seen = $3, closed_by = null, closed_reason = null, closed_at = $3
     where id = any($1::uuid[])
     and state = 'open'
     and last_run <> $2`,
    [looked_at, run.id, new Date(run.now_ms)],
  )
}

export function listOpen(db: Verbs, provider: string, currency: string | null = null): Promise<Exception[]> {
  return db.any<Exception>(
    `select ${columns}
     from reconciliation_exceptions
     where state = 'open'
     and provider = $1
     and ($2::text is null or currency = $2)
     order by id
     limit $3`,
    [provider, currency, open_exceptions_max],
  )
}

export async function countOpen(db: Verbs): Promise<ReadonlyMap<string, number>> {
  const rows = await db.any<{ provider: string; count: number }>(
    `select provider, count(*)::int as count
     from reconciliation_exceptions
     where state = 'open'
     group by provider
     order by provider`,
  )
  return new Map(rows.map(({ provider, count }) => [provider, count]))
}

export interface Filters {
  readonly provider: string | null
  readonly state: string | null
}

/** Newest first; `before` is the id of the last one seen. */
export function listExceptions(
  db: Database,
  { provider, state }: Filters,
  before: string | null,
  limit: number,
): Promise<Exception[]> {
  return db.any<Exception>(
    `select ${columns}
     from reconciliation_exceptions
     where ($1::text is null or provider = $1)
     and ($2::text is null or state = $2)
     and ($3::uuid is null or id < $3)
     order by id desc
     limit $4`,
    [provider, state, before, limit],
  )
}

/** Problems: `not_found`, `transition_not_open`. */
export async function resolveException(
  tx: Tx,
  id: string,
  { by, reason, now_ms }: { readonly by: string; readonly reason: string; readonly now_ms: number },
): Promise<Exception | Problem> {
  const resolved = await tx.maybeOne<Exception>(
    `update reconciliation_exceptions
     set state = 'resolved', closed_by = $2, closed_reason = $3, closed_at = $4
     where id = $1 and state = 'open'
     returning ${columns}`,
    [id, by, reason, new Date(now_ms)],
  )
  if (resolved !== undefined) return resolved
  const known = await tx.maybeOne<{ state: string }>(
    'select state from reconciliation_exceptions where id = $1',
    [id],
  )
  return known === undefined
    ? problem('not_found', { what: 'reconciliation exception' })
    : problem('transition_not_open', { state: known.state, allowed: [] })
}
