/** Engine: fee schedules, in versions that never change. An agreement keeps the terms it was created under. */

import type { Database } from '../base/database.ts'
import { instant } from './show.ts'

export interface Schedule {
  readonly flow: string
  readonly version: number
  readonly terms: Readonly<Record<string, string>>
  readonly reason: string
  readonly created_by: string
  readonly created_at: string
}

const columns = 'flow, version, terms, reason, created_by, created_at'

export async function publishSchedule(db: Database, is: Pick<Schedule, 'flow' | 'terms' | 'reason' | 'created_by'>, now_ms: number): Promise<Schedule> {
  return db.transaction(async (tx) => {
    await tx.run('lock table fee_schedules in share row exclusive mode')
    return tx.one<Schedule & { created_at: string }>(
      `insert into fee_schedules (flow, version, terms, reason, created_by, created_at)
       select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5
       from fee_schedules
       where flow = $1
       returning ${columns}`,
      [is.flow, is.terms, is.reason, is.created_by, instant(now_ms)],
    )
  })
}

export function listSchedules(db: Database): Promise<Schedule[]> {
  return db.any<Schedule>(`select ${columns} from fee_schedules order by flow, version desc`)
}
