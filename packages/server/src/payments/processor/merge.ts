/**
 * Payments, the desk: one payment has several ids, and news of it may come before the answer to our call. Whatever it
 * is told as, it is one row, and counts once.
 */

import type { Database } from '../../platform/postgres/database.ts'
import type { Payment } from '../providers/port.ts'
import { newPayment } from './new-payment.ts'
import type { ProviderPayment } from './provider-payment.ts'
import { insertPayments } from './rows.ts'

/** The row as it is to be kept, and whether there is anything to say of it. */
export interface Found {
  readonly payment: ProviderPayment
  readonly is_other: boolean
}

/**
 * What was told of without our having asked for it may name what we had asked for (a pay-in one of its other ids, what a
 * bank sent back the pay-out): then it is that one, unless that one has its money: paid again. And a pay-in that was
 * settled may be told as settled by other money, which is told of anew.
 */
export async function foundAgain(
  db: Database,
  before: ProviderPayment,
  after: ProviderPayment,
  told: Payment,
  now_ms: number,
): Promise<Found> {
  const same = { payment: after, is_other: false }
  const { settled_id } = told
  const isPaidIn = before.kind === 'pay_in' && settled_id !== null
  if (isPaidIn && before.settled_id !== null && settled_id !== before.settled_id) {
    await db.transaction((tx) => insertPayments(tx, [toldOf(before, told, now_ms)]))
    return { payment: before, is_other: true }
  }
  if (before.flow !== null || told.our_reference === null) return same
  const meant = await db.maybeOne<Meant>(meant_sql, [
    told.our_reference,
    before.id,
    before.provider,
    before.kind,
  ])
  if (meant === undefined || (before.kind === 'pay_in' && settled_id === null)) return same
  if (isPaidIn && meant.settled_id !== null && meant.settled_id !== settled_id)
    return { payment: paidAgain(after, meant.agreement_id, meant.party), is_other: false }
  await db.run(
    `update provider_payments
     set next_at = $2, attempts = 0, provider_id = coalesce(provider_id, $3)
     where id = $1
     and (settled_id is null or kind <> 'pay_in')`,
    [meant.id, new Date(now_ms), settled_id],
  )
  return { payment: { ...before, state: 'merged' }, is_other: true }
}

interface Meant {
  readonly id: string
  readonly agreement_id: string | null
  readonly settled_id: string | null
  readonly party: string | null
}

const meant_sql = `
  select id, agreement_id, settled_id, details ->> 'party' as party
  from provider_payments
  where our_reference = $1
  and id <> $2
  and provider = $3
  and kind = $4`

/** Money that came under a row that has its money already: told of, not wanted. */
function toldOf(
  { provider, currency, details, agreement }: ProviderPayment,
  { settled_id }: Payment,
  now_ms: number,
): ProviderPayment {
  const told = { provider, kind: 'pay_in', flow: null, agreement: null, method: null, currency } as const
  const unasked = { amount: 0n, details: { description: 'Paid again' }, state: 'unknown' } as const
  const fresh = newPayment({ ...told, ...unasked, provider_id: settled_id }, now_ms)
  return paidAgain(fresh, agreement, details.party ?? null)
}

/** It stays on its own, and we know what it was meant for, and who paid. */
function paidAgain(
  payment: ProviderPayment,
  agreement: string | null,
  party: string | null,
): ProviderPayment {
  const details = { description: 'Paid again', ...(party === null ? {} : { party }) }
  return { ...payment, agreement, details }
}

/**
 * Another row has this money. If that one was only told of, it gives way, as long as nothing was made of it; else this
 * one is the second word for the same money, and where that was set aside, it lies there.
 */
export async function withdrawClaim(db: Database, payment: ProviderPayment): Promise<ProviderPayment> {
  const { id, provider, kind, provider_id, settled_id, flow } = payment
  return db.transaction(async (tx) => {
    const others = await tx.any<{ id: string; flow: string | null; suspense_id: string | null }>(
      `select id, flow, suspense_id
       from provider_payments
       where provider = $1
       and kind = $2
       and (provider_id = $3 or settled_id = $4)
       and id <> $5
       order by id
       for update`,
      [provider, kind, provider_id, settled_id, id],
    )
    const mayYield =
      flow !== null && others.every((other) => other.flow === null && other.suspense_id === null)
    if (!mayYield) {
      const suspense = others.find((other) => other.suspense_id !== null)?.suspense_id ?? null
      const heard = suspense === null ? payment.heard : 'set_aside'
      return { ...payment, state: 'merged', provider_id: null, settled_id: null, suspense, heard }
    }
    await tx.run(
      `update provider_payments
       set state = 'merged', provider_id = null, settled_id = null, next_at = null
       where id = any($1::uuid[])`,
      [others.map((other) => other.id)],
    )
    return payment
  })
}
