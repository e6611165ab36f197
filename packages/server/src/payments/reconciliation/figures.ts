/** Payments, reconciliation: what /metrics tells of it. */

import type { Database } from '../../platform/postgres/database.ts'

export interface Figures {
  readonly exceptions_open: ReadonlyMap<string, number>
  /** Minor units by currency. */
  readonly transit: ReadonlyMap<string, bigint>
  /** Since the last run of each provider that came to its end. */
  readonly age_seconds: ReadonlyMap<string, number>
}

/** `providers` have a figure even where it is zero, or where none was ever run: then the age is endless. */
export async function readFigures(
  db: Database,
  providers: readonly string[],
  now_ms: number,
): Promise<Figures> {
  const open = await db.any<{ provider: string; count: number }>(
    `select provider, count(*)::int as count
     from reconciliation_exceptions
     where state = 'open'
     group by provider`,
  )
  const transit = await db.any<{ currency: string; balance: bigint }>(
    `select currency, balance
     from accounts
     where owner = 'outside'
     and purpose = 'transit'
     and agreement_id is null`,
  )
  const done = await db.any<{ provider: string; finished_at: Date }>(
    `select n.provider, r.finished_at
     from unnest($1::text[]) as n (provider)
     cross join lateral (
       select finished_at
       from reconciliations
       where provider = n.provider
       and state = 'done'
       order by id desc
       limit 1
     ) r`,
    [providers],
  )
  return {
    exceptions_open: new Map([
      ...providers.map((name) => [name, 0] as const),
      ...open.map(({ provider, count }) => [provider, count] as const),
    ]),
    transit: new Map(transit.map(({ currency, balance }) => [currency, balance])),
    age_seconds: new Map([
      ...providers.map((name) => [name, Infinity] as const),
      ...done.map(
        ({ provider, finished_at }) => [provider, (now_ms - finished_at.getTime()) / 1_000] as const,
      ),
    ]),
  }
}
