/** Jobs: what waits in the queue and what has failed for good, for operators. */

import { realClock } from '../platform/clock.ts'
import type { Database, Tx } from '../platform/postgres/database.ts'

export interface Job {
  readonly id: string
  readonly name: string
  readonly state: 'waiting' | 'running' | 'exhausted'
  readonly attempts: number
  readonly attempts_max: number
  readonly run_at: Date
  readonly created_at: Date
  readonly last_error: string | null
  /** The agreement and the transition whose postings it makes; null for a job of another kind. */
  readonly later: Later | null
}

interface Later {
  readonly agreement: string
  readonly flow: string
  readonly flow_version: number
  readonly transition: string
}

const columns = `
  id::text, task_identifier as name, attempts, max_attempts as attempts_max, run_at, created_at, last_error,
  case when locked_at is not null then 'running' when attempts >= max_attempts then 'exhausted' else 'waiting' end as state,
  (select json_build_object('agreement', a.id, 'flow', a.flow, 'flow_version', a.flow_version,
     'transition', split_part(jobs.key, ' ', 3))
   from agreements a
   where a.id = case when jobs.task_identifier = 'post-later' then split_part(jobs.key, ' ', 2)::uuid end) as later`

/** Oldest first; `after` is the id of the last one seen. */
export function listJobs(
  db: Database,
  state: 'waiting' | 'exhausted' | null,
  after: string | null,
  limit: number,
): Promise<Job[]> {
  return db.any<Job>(
    `select id, name, state, attempts, attempts_max, run_at, created_at, last_error, later
     from (select ${columns}, id as number from graphile_worker.jobs jobs) listed
     where ($1::text is null or state = $1)
     and ($2::bigint is null or number > $2)
     order by number
     limit $3`,
    [state, after, limit],
  )
}

/**
 * From its first attempt, at once: the queue lives by the real clock, also where the sandbox is ahead of it. Null where
 * no such job waits; one that runs is left alone.
 */
export async function retryJob(tx: Tx, id: string): Promise<Job | null> {
  await tx.any(
    'select id from graphile_worker.reschedule_jobs(array[$1::bigint], run_at => $2, attempts => 0)',
    [id, new Date(realClock.now())],
  )
  return (
    (await tx.maybeOne<Job>(`select ${columns} from graphile_worker.jobs jobs where id = $1`, [id])) ?? null
  )
}
