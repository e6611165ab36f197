/** Payments, reconciliation: what stands for the outside in the ledger, against what its parts come to. */

import type { Database } from '../../platform/postgres/database.ts'
import { booked_sql, clearing_accounts } from './ours.ts'

/** What came in through a provider less what went out, in minor units: as the ledger booked it, and as its rows say. */
export interface Clearing {
  readonly provider: string
  readonly currency: string
  readonly ledger: bigint
  readonly provider_says: bigint
  readonly difference: bigint
}

/** The whole of the account: what is not by a provider's word was done by hand. */
export interface Outside {
  readonly currency: string
  /** What came in less what went out. */
  readonly total: bigint
  readonly by_hand: bigint
}

/** On its way out: what left us, and the refunds under way that explain it. */
export interface Transit {
  readonly currency: string
  readonly balance: bigint
  readonly under_way: bigint
  readonly refunds: number
  readonly oldest_at: Date | null
  readonly difference: bigint
}

/** An account that must be empty between two transitions, and is not. */
export interface NotZero {
  readonly account: string
  readonly currency: string
  readonly balance: bigint
}

/** Payments that have not come to their end, by how far they are. `lost` ones are for an operator. */
export interface UnderWay {
  readonly provider: string
  readonly kind: string
  readonly state: string
  readonly currency: string
  readonly count: number
  readonly amount: bigint
  readonly oldest_at: Date
}

export interface Books {
  readonly clearing: readonly Clearing[]
  readonly outside: readonly Outside[]
  readonly transit: readonly Transit[]
  readonly not_zero: readonly NotZero[]
  readonly under_way: readonly UnderWay[]
}

/** Sums over everything there ever was take a while. */
const sums_ms_max = 600_000

/** One snapshot of it all, so that no payment lies between two statements. */
export async function readBooks(db: Database): Promise<Books> {
  return db.transaction(async (tx) => {
    await tx.run('set transaction isolation level repeatable read read only')
    await tx.run(`set local statement_timeout = ${sums_ms_max}`)
    const clearing = await tx.any<Clearing>(by_provider_sql, [clearing_accounts])
    const totals = await tx.any<{ currency: string; total: bigint }>(outside_sql, [clearing_accounts])
    const transit = await tx.any<Transit>(transit_sql)
    const not_zero = await tx.any<NotZero>(not_zero_sql)
    const under_way = await tx.any<UnderWay>(under_way_sql)
    const outside = totals.map(({ currency, total }) => {
      const booked = clearing.filter((row) => row.currency === currency)
      return { currency, total, by_hand: booked.reduce((rest, { ledger }) => rest - ledger, total) }
    })
    return { clearing, outside, transit, not_zero, under_way }
  })
}

export function isOff({ clearing, transit, not_zero }: Books): boolean {
  return not_zero.length > 0 || [...clearing, ...transit].some(({ difference }) => difference !== 0n)
}

/** Rows that somebody works on just now are on neither side: in a moment they are on both. */
const by_provider_sql = `
  with rows as (
    ${booked_sql}
    and p.taken_until is null
  ),
  sides as (
    select provider, booked_currency as currency, case kind when 'pay_in' then net else -net end as ledger, 0 as says
    from rows
    where gross <> 0
    union all
    select provider, told_currency, 0, case kind when 'pay_in' then told_amount else -told_amount end
    from rows
    where state = 'succeeded'
  )
  select provider, currency, sum(ledger)::bigint as ledger, sum(says)::bigint as provider_says,
    (sum(ledger) - sum(says))::bigint as difference
  from sides
  group by provider, currency
  order by provider, currency`

const outside_sql = `
  select currency, -balance as total
  from accounts
  where id = any($1)
  order by currency`

const transit_sql = `
  with under_way as (
    select currency, sum(amount) as amount, count(*)::int as refunds, min(created_at) as oldest_at
    from provider_payments
    where kind = 'refund'
    and (heard is null or heard in ('before', 'unclear'))
    and state not in ('merged', 'not_wanted')
    group by currency
  ),
  lying as (
    select currency, balance
    from accounts
    where owner = 'outside'
    and purpose = 'transit'
    and agreement_id is null
  )
  select currency, coalesce(balance, 0) as balance, coalesce(amount, 0)::bigint as under_way,
    coalesce(refunds, 0) as refunds, oldest_at, (coalesce(balance, 0) - coalesce(amount, 0))::bigint as difference
  from lying
  full join under_way using (currency)
  where coalesce(balance, 0) <> 0 or amount is not null
  order by currency`

/** Products pass money through it, and leave none there. */
const not_zero_sql = `
  select owner || '.' || purpose as account, currency, balance
  from accounts
  where owner = 'platform'
  and purpose = 'clearing'
  and agreement_id is null
  and balance <> 0
  order by currency`

const under_way_sql = `
  select provider, kind, state, currency, count(*)::int as count, sum(amount)::bigint as amount,
    min(created_at) as oldest_at
  from provider_payments
  where state in ('wanted', 'unknown', 'pending', 'lost')
  group by provider, kind, state, currency
  order by provider, kind, state, currency`
