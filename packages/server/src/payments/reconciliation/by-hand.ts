/** Payments, reconciliation: what operators moved between us and the outside, as the ledger has it. */

import { firstIdAt } from '@holdfast/kernel/ids.ts'
import type { Verbs } from '../../platform/postgres/database.ts'
import { walletAccountId } from '@holdfast/kernel/ledger/account.ts'
import type { ByHand } from './compare-bank.ts'
import type { Window } from './window.ts'

/** In the time of one statement. */
export const by_hand_max = 50_000

/** What the marketplace says a shop sold for lies in the shop's till, and on no statement of ours. */
const tills = ['wallet-sale']

/** Where agreements keep what a bank calls their money. */
const reference_fields = [
  'payout_reference',
  'payment_reference',
  'provider_reference',
  'refund_reference',
  'return_reference',
  'reference',
]

/** In that time, and these whenever they were. */
export async function listByHand(
  db: Verbs,
  currency: string,
  { from_ms, to_ms }: Window,
  ids: readonly { readonly agreement_id: string; readonly id: string }[],
): Promise<ByHand[]> {
  const rows = await db.any<Row>(by_hand_sql, [
    walletAccountId('outside', 'available', currency),
    walletAccountId('outside', 'clearing', currency),
    firstIdAt(from_ms),
    firstIdAt(to_ms),
    ids.map(({ agreement_id }) => agreement_id),
    ids.map(({ id }) => id),
    tills,
    reference_fields,
    by_hand_max + 1,
  ])
  return rows.map(({ id, agreement_id, at, amount, references }) => ({
    id,
    agreement: agreement_id,
    at_ms: at.getTime(),
    amount,
    references: references.filter((reference) => reference !== null),
  }))
}

interface Row {
  readonly id: string
  readonly agreement_id: string
  readonly at: Date
  readonly amount: bigint
  readonly references: readonly (string | null)[]
}

/** The wallet's index is in the order of time. Who said so stands in the event; operators confirm as the provider `manual`. */
const by_hand_sql = `
  with moved as (
    select id, agreement_id, version, at, -amount as amount
    from transfers
    where credit_wallet = $1 and credit_account = $2 and id >= $3 and id < $4
    union
    select id, agreement_id, version, at, amount
    from transfers
    where debit_wallet = $1 and debit_account = $2 and id >= $3 and id < $4
    union
    select t.id, t.agreement_id, t.version, t.at, case when t.debit_account = $2 then t.amount else -t.amount end
    from unnest($5::uuid[], $6::uuid[]) as n (agreement_id, id)
    join transfers t on t.agreement_id = n.agreement_id and t.id = n.id
  )
  select m.id, m.agreement_id, m.at, m.amount,
    array[a.reference]
      || array(select a.data ->> field from unnest($8::text[]) as field)
      || array(
        select unnest(array[h.reference, h.returned_reference])
        from provider_payments p
        join manual_payments h on h.token = p.token
        where p.provider = 'manual'
        and (p.agreement_id = m.agreement_id or p.suspense_id = m.agreement_id)
      ) as references
  from moved m
  join agreements a on a.id = m.agreement_id
  join events e on e.agreement_id = m.agreement_id and e.version = m.version
  where a.flow <> all($7::text[])
  and not (
    e.body::json #>> '{by,kind}' = 'service'
    and e.body::json #>> '{by,id}' like 'provider:%'
    and e.body::json #>> '{by,id}' <> 'provider:manual'
  )
  order by m.id
  limit $9`
