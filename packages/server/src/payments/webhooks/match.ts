/** Payments, the inbox: the rows of provider_payments that events mean: found and locked, and made due. */

import { text, uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Tx } from '../../platform/postgres/database.ts'
import { newPayment } from '../processor/new-payment.ts'
import { insertPayments } from '../processor/rows.ts'
import type { About, PaymentKind, Provider } from '../providers/port.ts'
import type { MatchedPayment } from './follow-up.ts'

export interface ReportedPayment extends About {
  readonly provider: string
}

/**
 * For each of `told`, in its place, what it may mean. Locked in the order of their ids, so that two pages never wait for
 * each other; what is read is what stands there once they are locked.
 */
export async function lockMatching(
  tx: Tx,
  told: readonly ReportedPayment[],
): Promise<readonly (readonly MatchedPayment[])[]> {
  const rows = await tx.any<MatchedPayment & { n: string }>(
    `with told as (
       select provider, kind, provider_id, token, our_reference, n
       from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[])
         with ordinality as t (provider, kind, provider_id, token, our_reference, n)
     ),
     found as (
       select t.n, p.id
       from told t
       join provider_payments p on p.provider = t.provider and p.kind = t.kind and p.provider_id = t.provider_id
       union
       select t.n, p.id
       from told t
       join provider_payments p on p.token = t.token and p.provider = t.provider and p.kind = t.kind
       union
       select t.n, p.id
       from told t
       join provider_payments p on p.provider = t.provider and p.settled_id = t.provider_id and p.kind = 'pay_in'
       where t.kind = 'pay_in'
       union
       select t.n, p.id
       from told t
       join provider_payments p on p.our_reference = t.our_reference and p.provider = t.provider and p.kind = t.kind
     )
     select f.n::text as n, p.id, p.kind, p.state, p.token, p.provider_id, p.settled_id,
       p.next_at is null or coalesce(p.heard in (p.state, 'set_aside', 'not_taken'), false) as rests
     from found f
     join provider_payments p on p.id = f.id
     order by p.id
     for no key update of p`,
    [
      text(told, ({ provider }) => provider),
      text(told, ({ kind }) => kind),
      text(told, ({ provider_id }) => provider_id),
      uuid(told, ({ provider_id }) => (uuid_pattern.test(provider_id) ? provider_id : null)),
      text(told, ({ our_reference }) => our_reference),
    ],
  )
  const by_place = Map.groupBy(rows, ({ n }) => n)
  return told.map((_, place) => by_place.get(String(place + 1)) ?? [])
}

const uuid_pattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Payments that the desk is to ask about, by id, and the provider's id of each where it was given only now. */
export type DuePayment = ReadonlyMap<string, string | null>

/** As from the first time: however long nobody had heard of them. */
export async function makeDue(tx: Tx, due: DuePayment, now_ms: number): Promise<void> {
  if (due.size === 0) return
  const rows = [...due]
  await tx.run(
    `update provider_payments p
     set next_at = $1, attempts = 0, provider_id = coalesce(p.provider_id, due.provider_id)
     from unnest($2::uuid[], $3::text[]) as due (id, provider_id)
     where p.id = due.id`,
    [new Date(now_ms), uuid(rows, ([id]) => id), text(rows, ([, provider_id]) => provider_id)],
  )
}

export interface UnsolicitedPayment {
  readonly provider: Provider
  /** Absent for a pay-in. */
  readonly kind?: PaymentKind
  readonly provider_id: string
}

/** What nobody here had asked for, as far as we know. What it is, only asking tells; until then it is of no amount. */
export async function insertUnsolicited(
  tx: Tx,
  news: readonly UnsolicitedPayment[],
  now_ms: number,
): Promise<void> {
  await insertPayments(
    tx,
    news.map(({ provider, kind = 'pay_in', provider_id }) =>
      newPayment(
        {
          provider: provider.name,
          kind,
          flow: null,
          agreement: null,
          method: null,
          amount: 0n,
          currency: provider.services[0]?.currencies[0] ?? '',
          details: { description: 'told of by the provider' },
          state: 'unknown',
          provider_id,
        },
        now_ms,
      ),
    ),
  )
}
