/** Jobs: the rows of schedules and of their runs. */

import type { Database, Tx } from '../platform/postgres/database.ts'

export interface ScheduleRun {
  readonly id: string
  readonly name: string
  /** Which instant the run is for: the same when it is taken up again after a crash. */
  readonly due_at: Date
  readonly started_at: Date
  readonly finished_at: Date | null
  /** `clock`, or the name of the operator. */
  readonly by: string
  /** Null where the clock ran it. */
  readonly reason: string | null
  readonly state: 'running' | 'done' | 'failed'
  readonly attempts: number
  readonly summary: object | null
  readonly error: string | null
}

const columns = 'id, name, due_at, started_at, finished_at, by, reason, state, attempts, summary, error'

export type Beginning = Pick<ScheduleRun, 'id' | 'name' | 'by' | 'reason'> & {
  readonly due_ms: number
  readonly now_ms: number
}

/**
 * Writes that a run has begun; where its row is there already, the run died and is taken up again. Whoever begins holds
 * the schedule's lock, so other rows that still say `running` are of operators' runs that died.
 */
export async function beginRun(
  db: Database,
  { id, name, by, reason, due_ms, now_ms }: Beginning,
): Promise<ScheduleRun> {
  await db.run(
    `update schedule_runs
     set state = 'failed', finished_at = $2, error = 'the process that ran it died'
     where name = $1 and state = 'running' and reason is not null`,
    [name, new Date(now_ms)],
  )
  return db.one<ScheduleRun>(
    `insert into schedule_runs (id, name, due_at, started_at, by, reason, state, attempts)
     values ($1, $2, $3, $4, $5, $6, 'running', 1)
     on conflict (name, due_at) where reason is null
     do update set state = 'running', started_at = excluded.started_at, attempts = schedule_runs.attempts + 1
     returning ${columns}`,
    [id, name, new Date(due_ms), new Date(now_ms), by, reason],
  )
}

export type Ending = { readonly summary: string } | { readonly error: string }

export function endRun(tx: Tx, id: string, ending: Ending, now_ms: number): Promise<ScheduleRun> {
  const [state, summary, error] =
    'error' in ending ? ['failed', null, ending.error] : ['done', ending.summary, null]
  return tx.one<ScheduleRun>(
    `update schedule_runs
     set state = $2, summary = $3::jsonb, error = $4, finished_at = greatest(started_at, $5)
     where id = $1
     returning ${columns}`,
    [id, state, summary, error, new Date(now_ms)],
  )
}

/** Newest first; `before` is the id of the last one seen. */
export function listRuns(
  db: Database,
  name: string,
  before: string | null,
  limit: number,
): Promise<ScheduleRun[]> {
  return db.any<ScheduleRun>(
    `select ${columns}
     from schedule_runs
     where name = $1
     and ($2::uuid is null or id < $2)
     order by id desc
     limit $3`,
    [name, before, limit],
  )
}

export interface ScheduleRow {
  readonly name: string
  readonly cron: string
  readonly zone: string
  readonly next_at: Date
}

export function listSchedules(db: Database, names: readonly string[]): Promise<ScheduleRow[]> {
  return db.any<ScheduleRow>(
    `select name, cron, zone, next_at
     from schedules
     where name = any($1)
     order by name collate "C"`,
    [names],
  )
}
