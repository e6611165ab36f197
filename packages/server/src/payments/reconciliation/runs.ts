/** Payments, reconciliation: the rows of its runs. */

import { isUniqueViolation, type Database, type Verbs } from '../../platform/postgres/database.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { run_ms_max } from './theirs.ts'
import type { Window } from './window.ts'

export const reconciliation_prefix = 'rec'
/** Stands for the provider where a bank statement was compared. */
export const bank = 'bank'

export interface Reconciliation {
  readonly id: string
  readonly provider: string
  readonly currency: string | null
  readonly from_at: Date
  readonly to_at: Date
  readonly state: 'running' | 'done' | 'failed'
  readonly by: string
  readonly reason: string | null
  readonly summary: object | null
  readonly error: string | null
  readonly started_at: Date
  readonly finished_at: Date | null
}

const columns =
  'id, provider, currency, from_at, to_at, state, by, reason, summary, error, started_at, finished_at'

export interface Beginning extends Window {
  readonly id: string
  readonly provider: string
  readonly currency: string | null
  readonly by: string
  readonly reason: string | null
  readonly now_ms: number
}

/** One at a time for each provider; one that has taken too long has died. */
export async function beginRun(db: Database, begun: Beginning): Promise<Problem | null> {
  const { id, provider, currency, from_ms, to_ms, by, reason, now_ms } = begun
  await db.run(
    `update reconciliations
     set state = 'failed', finished_at = $2, error = 'the process that ran it died'
     where provider = $1 and state = 'running' and started_at < $3`,
    [provider, new Date(now_ms), new Date(now_ms - run_ms_max)],
  )
  try {
    await db.run(
      `insert into reconciliations (id, provider, currency, from_at, to_at, state, by, reason, started_at)
       values ($1, $2, $3, $4, $5, 'running', $6, $7, $8)`,
      [id, provider, currency, new Date(from_ms), new Date(to_ms), by, reason, new Date(now_ms)],
    )
    return null
  } catch (error) {
    if (isUniqueViolation(error) === undefined) throw error
    return problem('request_in_progress', { provider, reason: 'a reconciliation of it is under way' })
  }
}

export type Ending =
  | { readonly state: 'done'; readonly summary: object }
  | { readonly state: 'failed'; readonly summary: object; readonly error: string }

const error_length_max = 2_000

/** Null where it was given up for dead meanwhile: then nothing of it counts. */
export async function endRun(
  db: Verbs,
  id: string,
  ending: Ending,
  now_ms: number,
): Promise<Reconciliation | null> {
  const error = ending.state === 'failed' ? ending.error.slice(0, error_length_max) : null
  const row = await db.maybeOne<Reconciliation>(
    `update reconciliations
     set state = $2, summary = $3, error = $4, finished_at = greatest(started_at, $5)
     where id = $1 and state = 'running'
     returning ${columns}`,
    [id, ending.state, JSON.stringify(ending.summary), error, new Date(now_ms)],
  )
  return row ?? null
}

/** Until when its runs have looked at everything since `since_ms`, one after another and without a gap; null where none did. */
export async function coveredUntil(db: Database, provider: string, since_ms: number): Promise<number | null> {
  const runs = await db.any<{ from_at: Date; to_at: Date }>(
    `select from_at, to_at
     from reconciliations
     where provider = $1 and state = 'done' and to_at > $2
     order by from_at`,
    [provider, new Date(since_ms)],
  )
  let until_ms: number | null = null
  for (const { from_at, to_at } of runs) {
    if (until_ms !== null && from_at.getTime() > until_ms) break
    until_ms = Math.max(until_ms ?? 0, to_at.getTime())
  }
  return until_ms
}

export async function findRun(db: Verbs, id: string): Promise<Reconciliation | null> {
  return (
    (await db.maybeOne<Reconciliation>(`select ${columns} from reconciliations where id = $1`, [id])) ?? null
  )
}

/** Newest first; `before` is the id of the last one seen. */
export function listRuns(
  db: Verbs,
  provider: string | null,
  before: string | null,
  limit: number,
): Promise<Reconciliation[]> {
  return db.any<Reconciliation>(
    `select ${columns}
     from reconciliations
     where ($1::text is null or provider = $1)
     and ($2::uuid is null or id < $2)
     order by id desc
     limit $3`,
    [provider, before, limit],
  )
}
