/** Engine: fee schedules, in versions that never change. An agreement keeps the terms it was created under. */

import type { Database, Tx } from '../platform/postgres/database.ts'
import { instant } from '@holdfast/kernel/instant.ts'

export interface FeeSchedule {
  readonly flow: string
  readonly version: number
  readonly terms: Readonly<Record<string, string>>
  readonly reason: string
  readonly created_by: string
  readonly created_at: string
}

const columns = 'flow, version, terms, reason, created_by, created_at'

/** A new version: the one before it, with these terms over it. */
export async function publishFeeSchedule(
  tx: Tx,
  is: Pick<FeeSchedule, 'flow' | 'terms' | 'reason' | 'created_by'>,
  now_ms: number,
): Promise<FeeSchedule> {
  await tx.one(`select pg_advisory_xact_lock(hashtextextended('fee_schedules', 0))::text as locked`)
  const newest = await tx.maybeOne<Pick<FeeSchedule, 'version' | 'terms'>>(
    'select version, terms from fee_schedules where flow = $1 order by version desc limit 1',
    [is.flow],
  )
  return tx.one<FeeSchedule>(
    `insert into fee_schedules (${columns}) values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
    [
      is.flow,
      (newest?.version ?? 0) + 1,
      { ...newest?.terms, ...is.terms },
      is.reason,
      is.created_by,
      instant(now_ms),
    ],
  )
}

/** The terms in force, by flow. */
export async function termsInForce(
  tx: Pick<Tx, 'maybeOne'>,
  flow: string,
): Promise<Readonly<Record<string, string>>> {
  const newest = await tx.maybeOne<Pick<FeeSchedule, 'terms'>>(
    'select terms from fee_schedules where flow = $1 order by version desc limit 1',
    [flow],
  )
  return newest?.terms ?? {}
}

export function listFeeSchedules(db: Database): Promise<FeeSchedule[]> {
  return db.any<FeeSchedule>(`select ${columns} from fee_schedules order by flow, version desc`)
}
