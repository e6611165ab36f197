/** Ledger: the proof, from the rows themselves, that nothing was created, lost or stranded, and that the log is whole. */

import type { Database } from '../platform/postgres/database.ts'
import { instant } from '@holdfast/kernel/instant.ts'

/** Each check counts the rows that break it; one that breaks none is clean. */
const checks = {
  balances_sum_to_zero: `
    select count(*) from (select currency from accounts group by currency having sum(balance) <> 0) broken`,
  balances_equal_transfers: `
    with moved as (
      select account, sum(amount) as amount
      from (
        select credit_account as account, amount from transfers
        union all
        select debit_account, -amount from transfers
      ) sides
      group by account
    )
    select count(*)
    from accounts a full join moved m on m.account = a.id
    where coalesce(a.balance, 0) <> coalesce(m.amount, 0)`,
  no_account_under_its_floor: `
    select count(*) from accounts where balance < floor`,
  no_debt_overpaid: `
    select count(*) from accounts where purpose = 'debt' and balance > 0`,
  ended_agreements_hold_nothing: `
    select count(*)
    from accounts h join agreements a on a.id = h.agreement_id
    where h.balance <> 0 and h.purpose <> 'debt' and a.ended_at is not null and a.later is null`,
  agreements_hold_what_they_say: `
    with holding as (
      select agreement_id, sum(balance) as held from accounts
      where agreement_id is not null and purpose <> 'debt'
      group by agreement_id
    )
    select count(*)
    from agreements a full join holding h on h.agreement_id = a.id
    where coalesce((a.amounts ->> 'held')::bigint, 0) <> coalesce(h.held, 0) or a.id is null`,
  money_says_what_is_held: `
    select count(*)
    from agreements
    where ((amounts ->> 'held')::bigint > 0) <> (money in ('held', 'releasing'))`,
  event_numbers_have_no_gap: `
    select (case when count(*) = coalesce(max(seq), 0) and coalesce(min(seq), 1) = 1
      and coalesce(max(seq), 0) = (select seq from log_head) then 0 else 1 end)
    from events`,
  every_change_has_its_event: `
    with told as (select agreement_id, count(*) as events, max(version) as last from events group by agreement_id)
    select count(*)
    from agreements a full join told t on t.agreement_id = a.id
    where a.version is distinct from t.events or a.version is distinct from t.last`,
  transfers_have_their_event: `
    select count(*)
    from transfers t left join events e on e.agreement_id = t.agreement_id and e.version = t.version
    where e.seq is null`,
  hash_chain_verifies: `
    with read as (
      select b.last_seq, b.digest, b.hash, lag(b.hash, 1, sha256('holdfast')) over (order by b.last_seq) as before,
        b.first_seq - lag(b.last_seq, 1, 0::bigint) over (order by b.last_seq) as step,
        sha256(convert_to((select string_agg(e.body, e'\\n' order by e.seq) from events e
          where e.seq between b.first_seq and b.last_seq), 'UTF8')) as digest_now
      from batches b
    )
    select count(*) filter (where step <> 1 or digest_now is distinct from digest or sha256(before || digest) <> hash)
      + case when (select hash from log_head) is distinct from
          coalesce((select hash from batches order by last_seq desc limit 1), sha256('holdfast')) then 1 else 0 end
    from read`,
} as const

export type CheckName = keyof typeof checks

export interface Integrity {
  readonly clean: boolean
  readonly checked_at: string
  readonly agreements: number
  readonly transfers: number
  readonly events: number
  /** Per check, how many rows break it. */
  readonly broken: Readonly<Record<CheckName, number>>
}

/** Reads everything once, in one snapshot: minutes on a very large database, so ask for it as an auditor would, not per request. */
export async function checkIntegrity(db: Database, now_ms: number): Promise<Integrity> {
  return db.transaction(async (tx) => {
    await tx.run('set transaction isolation level repeatable read, read only')
    await tx.run(`set local statement_timeout = '30min'`)
    const counts = await tx.one<{ agreements: bigint; transfers: bigint; events: bigint }>(
      `select (select count(*) from agreements) as agreements, (select count(*) from transfers) as transfers,
         (select count(*) from events) as events`,
    )
    const broken: Partial<Record<CheckName, number>> = {}
    for (const [name, sql] of Object.entries(checks)) {
      const row = await tx.one(sql)
      broken[name as CheckName] = Number(Object.values(row)[0])
    }
    return {
      clean: Object.values(broken).every((count) => count === 0),
      checked_at: instant(now_ms),
      agreements: Number(counts.agreements),
      transfers: Number(counts.transfers),
      events: Number(counts.events),
      broken: broken as Record<CheckName, number>,
    }
  })
}
