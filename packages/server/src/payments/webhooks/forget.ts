/** Payments, the inbox: events that were looked at long ago go, a page at a time. */

import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/postgres/database.ts'

export const events_kept_days = 90
const forget_page = 10_000

/** What PayMongo sends again it signs anew, so that an event which is forgotten by then is only asked about once more. */
export async function forgetEvents({
  db,
  clock,
}: {
  readonly db: Database
  readonly clock: Clock
}): Promise<void> {
  const before = new Date(clock.now() - events_kept_days * 86_400_000)
  let gone = forget_page
  while (gone === forget_page) {
    // oxlint-disable-next-line no-await-in-loop -- a page after another
    gone = await db.run(
      `delete from provider_events
       where id in (select id from provider_events where handled_at < $1 limit $2)`,
      [before, forget_page],
    )
  }
}
