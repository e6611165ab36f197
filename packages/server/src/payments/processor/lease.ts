/** Payments, the desk: whoever works on a row takes it first, for a while, and gives it back with the last word. */

import { realClock } from '../../platform/clock.ts'
import type { Database, Verbs } from '../../platform/postgres/database.ts'
import type { ProviderPayment } from './provider-payment.ts'
import { columns_sql, dateOf, paymentOf, type Row } from './rows.ts'

/** Longer than all the calls of one look, with their repeats: who has not come back by then has died. */
export const lease_ms_max = 300_000

/** Which of those that are due is taken. */
export interface ClaimedPayment {
  readonly now_ms: number
  readonly provider?: string
  readonly agreement?: string
  readonly limit: number
}

/** They are nobody else's until they are kept, or for `taken_ms_max`. */
export async function claimDue(db: Database, due: ClaimedPayment): Promise<ProviderPayment[]> {
  const real_ms = realClock.now()
  const rows = await db.any<Row>(
    `update provider_payments p
     set taken_until = $1
     from (
       select id
       from provider_payments
       where next_at <= $2
       and (taken_until is null or taken_until < $3)
       and ($4::text is null or provider = $4)
       and ($5::uuid is null or agreement_id = $5)
       order by next_at
       limit $6
       for update skip locked
     ) due
     where p.id = due.id
     returning ${columns_sql}`,
    [
      new Date(real_ms + lease_ms_max),
      new Date(due.now_ms),
      new Date(real_ms),
      due.provider ?? null,
      due.agreement ?? null,
      due.limit,
    ],
  )
  return rows.map(paymentOf)
}

/** State and what was heard stay as they are in the row, which may know more than we do. */
export async function releaseUnchanged(
  db: Database,
  { id, attempts }: ProviderPayment,
  taken: ProviderPayment,
  next_ms: number | null,
): Promise<void> {
  await db.run(
    `update provider_payments
     set taken_until = null, attempts = $2, next_at = case when next_at = $4 then $3 else next_at end
     where id = $1`,
    [id, attempts, dateOf(next_ms), dateOf(taken.next_ms)],
  )
}

/** All payments of an agreement, so that nobody works on them meanwhile; null where somebody does just now. */
export function holdPayments(db: Database, agreement: string): Promise<readonly string[] | null> {
  const real_ms = realClock.now()
  return db.transaction(async (tx) => {
    const rows = await tx.any<{ id: string; taken: boolean }>(
      `select id, coalesce(taken_until >= $2, false) as taken
       from provider_payments
       where agreement_id = $1
       order by id
       for update`,
      [agreement, new Date(real_ms)],
    )
    if (rows.some(({ taken }) => taken)) return null
    const ids = rows.map(({ id }) => id)
    await tx.run('update provider_payments set taken_until = $2 where id = any($1::uuid[])', [
      ids,
      new Date(real_ms + lease_ms_max),
    ])
    return ids
  })
}

export async function release(db: Verbs, ids: readonly string[]): Promise<void> {
  if (ids.length > 0)
    await db.run('update provider_payments set taken_until = null where id = any($1::uuid[])', [ids])
}
