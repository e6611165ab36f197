/** P2P payment methods: where a person wants money sent, per kind and currency. */

import type { Tx, Verbs } from '../../../platform/postgres/database.ts'
import { newId, readId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { maskDetails, type Details } from '../../../system-flows/accounts/account-details.ts'
import type { Destination } from './shapes.ts'

export const payment_methods_max = 50
const id_prefix = 'pm'

export interface PaymentMethod extends Destination {
  readonly id: string
  readonly party: string
  readonly details: Details
  readonly at: Date
}

export async function addPaymentMethod(
  tx: Tx,
  party: string,
  { kind, currency, details }: Destination,
  now_ms: number,
): Promise<PaymentMethod | Problem> {
  // Locked by name, so that two at once do not both find room for the last one.
  await tx.any(`select pg_advisory_xact_lock(hashtextextended('p2p payment methods ' || $1, 0))`, [party])
  const { count } = await tx.one<{ count: bigint }>(
    'select count(*) as count from p2p_payment_methods where party = $1',
    [party],
  )
  if (count >= BigInt(payment_methods_max))
    return problem('limit_exceeded', { payment_methods_max, reason: 'remove one first' })
  const id = newId(now_ms)
  await tx.run(
    `insert into p2p_payment_methods (id, party, kind, currency, details, at)
     values ($1, $2, $3, $4, $5, $6)`,
    [id, party, kind, currency, JSON.stringify(details), instant(now_ms)],
  )
  return { id, party, kind, currency, details, at: new Date(now_ms) }
}

/** Newest first; `party` null for all. */
export function listPaymentMethods(
  db: Verbs,
  party: string | null,
  currency: string | null,
  after: string | null,
  limit: number,
): Promise<PaymentMethod[]> {
  return db.any<PaymentMethod>(
    `select id, party, kind, currency, details, at
     from p2p_payment_methods
     where ($1::text is null or party = $1)
     and ($2::text is null or currency = $2)
     and ($3::uuid is null or id < $3)
     order by id desc
     limit $4`,
    [party, currency, after, limit],
  )
}

/** Ads and orders keep their copies. Null where it is not there, or not this person's. */
export async function removePaymentMethod(tx: Tx, party: string, id: string): Promise<PaymentMethod | null> {
  const gone = await tx.maybeOne<PaymentMethod>(
    `delete from p2p_payment_methods
     where id = $1
     and party = $2
     returning id, party, kind, currency, details, at`,
    [id, party],
  )
  return gone ?? null
}

/** A person's payment method as an ad or an order copies it; undefined where none is named. */
export async function destinationOf(
  db: Verbs,
  party: string | null | undefined,
  shown: string | undefined,
): Promise<Destination | Problem | undefined> {
  if (shown === undefined) return undefined
  const id = readPaymentMethodId(shown)
  const found =
    id === null || !party
      ? undefined
      : await db.maybeOne<Destination>(
          'select kind, currency, details from p2p_payment_methods where id = $1 and party = $2',
          [id, party],
        )
  return (
    found ??
    problem('invalid_request', { pointer: '/payment_method', reason: 'no such payment method of yours' })
  )
}

export function readPaymentMethodId(shown: string): string | null {
  return readId(id_prefix, shown)
}

/** Whole to its owner; to others its numbers are masked. */
export function showPaymentMethod(
  { id, party, kind, currency, details, at }: PaymentMethod,
  self: string | null,
): Record<string, unknown> {
  return {
    id: showId(id_prefix, id),
    party,
    kind,
    currency,
    details: party === self ? details : maskDetails(details),
    created_at: instant(at.getTime()),
  }
}
