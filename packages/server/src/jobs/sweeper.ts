/** Jobs: the sweeper. Finds what should have moved on by itself and did not, and says so. */

import { realClock } from '../platform/clock.ts'
import { job_attempts_max } from '../engine/commit.ts'
import { countUnclear } from '../payments/processor/rows.ts'
import type { JobContext } from './job-context.ts'

/** Money that is `releasing` for longer than this has lost its job. */
export const releasing_ms_max = 120_000
/** A timer that is due for longer than this was not fired. */
export const overdue_ms_max = 120_000
const swept_max = 1_000
/** A job that is held for longer than this is held by a process that died; our jobs take milliseconds. */
export const held_ms_max = 60_000

/** The queue itself would believe for hours that a killed process still works. To do a job of ours twice does it once. */
const unlock_sql = `
  select graphile_worker.force_unlock_workers(array_agg(distinct locked_by))
  from graphile_worker.jobs
  where locked_at < $1 and task_identifier = 'post-later'
  having count(*) > 0`

/** A job lost is enqueued anew (its key makes two of them one); timers overdue, jobs exhausted and calls without an outcome are alarmed. */
export async function sweep({ db, clock, log }: Pick<JobContext, 'db' | 'clock' | 'log'>): Promise<{
  enqueued: number
  overdue: number
  exhausted: number
  unclear: number
}> {
  const now_ms = clock.now()
  await db.any(unlock_sql, [new Date(realClock.now() - held_ms_max)])
  const enqueued = await db.any(
    `select graphile_worker.add_job('post-later', json_build_object('agreement', a.id, 'transition', a.later),
       max_attempts => $3, job_key => 'post-later ' || a.id || ' ' || a.later, job_key_mode => 'preserve_run_at')
     from agreements a
     where a.later is not null and a.entered_at < $1
     and not exists (
       select from graphile_worker.jobs j where j.key = 'post-later ' || a.id || ' ' || a.later
     )
     order by a.entered_at
     limit $2`,
    [new Date(now_ms - releasing_ms_max), swept_max, job_attempts_max],
  )
  const { overdue } = await db.one<{ overdue: bigint }>(
    'select count(*) as overdue from agreements where due_at < $1',
    [new Date(now_ms - overdue_ms_max)],
  )
  const { exhausted } = await db.one<{ exhausted: bigint }>(
    'select count(*) as exhausted from graphile_worker.jobs where attempts >= max_attempts',
  )
  const unclear = await countUnclear(db, now_ms)
  const found = { enqueued: enqueued.length, overdue: Number(overdue), exhausted: Number(exhausted), unclear }
  if (found.enqueued + found.overdue + found.exhausted + unclear > 0)
    log.error(found, 'the sweeper found work that did not go on by itself')
  return found
}
