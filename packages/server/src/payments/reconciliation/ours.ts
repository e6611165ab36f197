/** Payments, reconciliation: our rows of one provider, each with what the ledger booked for it. */

import { text, uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Verbs } from '../../platform/postgres/database.ts'
import { walletAccountId } from '@holdfast/kernel/ledger/account.ts'
import { currency_codes } from '@holdfast/kernel/money/currency.ts'
import type { Ours } from './compare.ts'
import type { Payment } from '../providers/port.ts'
import type { Window } from './window.ts'

export const clearing_accounts: readonly string[] = currency_codes.map((code) =>
  walletAccountId('outside', 'clearing', code),
)

/**
 * Rows that stand for money, with what went through clearing for them. `p` is the row, $1 the clearing accounts.
 * - The agreement's transfers count where the engine has taken the provider's word. What operators did without it is theirs.
 * - A pay-in that was set aside lies in the suspense that was made for it, with the first event of that.
 * - What went out may have come back, into the agreement or into a suspense of its own. An agreement that sent money out
 *   again had it back from the time before, so of its rows the last has what is left.
 */
export const booked_sql = `
  select p.id, p.provider, p.kind, p.agreement_id, p.token, p.our_reference, p.address, p.account, p.provider_id,
    p.settled_id, p.state,
    p.told_amount, p.told_currency, p.called_at, p.created_at, p.settled_at, p.taken_until,
    (select r.settled_id from provider_payments r where r.id = (p.details ->> 'refunds')::uuid) as refunds_settled_id,
    coalesce(case p.kind when 'pay_in' then coalesce(aside.came, own.came) else own.went end, 0)::bigint as gross,
    coalesce(
      case p.kind
        when 'pay_in' then coalesce(aside.came, own.came)
        else (case when own.is_last then coalesce(own.went, 0) - coalesce(own.came, 0) else 0 end)
          - (case when own.went is null then 0 else coalesce(aside.came, 0) end)
      end, 0)::bigint as net,
    coalesce(aside.currency, own.currency) as booked_currency
  from provider_payments p
  left join lateral (
    select sum(t.amount) filter (where t.debit_account = any($1) and (p.kind = 'pay_in' or t.version > 1)) as came,
      sum(t.amount) filter (where t.credit_account = any($1)) as went,
      min(t.currency) as currency,
      not exists (
        select 1
        from provider_payments later
        where later.agreement_id = p.agreement_id
        and later.kind = p.kind
        and later.heard in ('succeeded', 'returned', 'set_aside', 'not_taken')
        and later.id > p.id
      ) as is_last
    from transfers t
    where t.agreement_id = p.agreement_id
    and (t.debit_account = any($1) or t.credit_account = any($1))
    having count(*) > 0
  ) own on p.flow is not null and p.heard in ('succeeded', 'returned', 'set_aside', 'not_taken')
    and (p.kind <> 'pay_in' or p.heard = 'succeeded')
  left join lateral (
    select sum(t.amount) as came, min(t.currency) as currency
    from transfers t
    where t.agreement_id = p.suspense_id
    and t.version = 1
    and t.debit_account = any($1)
    having count(*) > 0
  ) aside on p.suspense_id is not null
  where p.state not in ('merged', 'not_wanted')`

interface Row extends Omit<Ours, 'agreement' | 'place' | 'called' | 'created_ms' | 'settled_ms'> {
  readonly address: string | null
  readonly account: string | null
  readonly agreement_id: string | null
  readonly called_at: Date | null
  readonly created_at: Date
  readonly settled_at: Date | null
}

/** Those that were made, or settled, in that time. */
export async function listOurs(
  db: Verbs,
  provider: string,
  { from_ms, to_ms }: Window,
  limit: number,
): Promise<Ours[]> {
  const rows = await db.any<Row>(
    `${booked_sql}
     and p.provider = $2
     and ((p.created_at >= $3 and p.created_at < $4) or (p.settled_at >= $3 and p.settled_at < $4))
     order by p.id
     limit $5`,
    [clearing_accounts, provider, new Date(from_ms), new Date(to_ms), limit],
  )
  return rows.map(oursOf)
}

/** Whenever they were made: what the provider's payments name, and these. */
export async function findOurs(
  db: Verbs,
  provider: string,
  theirs: readonly Pick<Payment, 'provider_id' | 'settled_id' | 'our_reference'>[],
  ids: readonly string[],
): Promise<Ours[]> {
  if (theirs.length + ids.length === 0) return []
  const named = [
    ...new Set(theirs.flatMap(({ provider_id, settled_id }) => [provider_id, settled_id ?? provider_id])),
  ]
  const rows = await db.any<Row>(
    `${booked_sql}
     and p.id in (
       select id from provider_payments where provider = $2 and provider_id = any($3)
       union
       select id from provider_payments where provider = $2 and settled_id = any($3)
       union
       select id from provider_payments where provider = $2 and token = any($4)
       union
       select id from provider_payments where provider = $2 and our_reference = any($5)
       union
       select id from provider_payments where provider = $2 and id = any($6)
     )
     order by p.id`,
    [
      clearing_accounts,
      provider,
      text(named, (id) => id),
      uuid(
        named.filter((id) => uuid_pattern.test(id)),
        (id) => id,
      ),
      text(theirs, ({ our_reference }) => our_reference),
      uuid(ids, (id) => id),
    ],
  )
  return rows.map(oursOf)
}

const uuid_pattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function oursOf(row: Row): Ours {
  const { id, kind, token, our_reference, provider_id, settled_id, refunds_settled_id, state, told_amount } =
    row
  const { agreement_id, address, account, called_at, created_at, settled_at, gross, net, booked_currency } =
    row
  return {
    id,
    kind,
    agreement: agreement_id,
    token,
    our_reference,
    place: address === null || account === null ? null : { address, account },
    provider_id,
    settled_id,
    refunds_settled_id,
    state,
    told_amount,
    called: called_at !== null || provider_id !== null,
    created_ms: created_at.getTime(),
    settled_ms: settled_at?.getTime() ?? null,
    gross,
    net,
    booked_currency,
  }
}
