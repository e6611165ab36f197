/** Events: reading the log. Numbers have no gaps and follow the order of commits, so a reader only keeps the last. */

import type { Database } from '../base/database.ts'
import { toJson } from '../money/amount.ts'

export interface LoggedEvent {
  readonly seq: number
  readonly [fact: string]: unknown
}

/** Events after number `after`, in order. */
export async function listEvents(db: Database, after: bigint, limit: number): Promise<LoggedEvent[]> {
  const rows = await db.any<{ seq: bigint; version: number; body: string }>(
    'select seq, version, body from events where seq > $1 order by seq limit $2',
    [after, limit],
  )
  return rows.map(({ seq, version, body }) => ({
    seq: toJson(seq),
    version,
    ...(JSON.parse(body) as object),
  }))
}
