/** Payments, reconciliation: the daily job. A day that was missed is looked at by the next run. */

import { isProblem } from '@holdfast/kernel/problem.ts'
import type { Schedule } from '../../scheduling/schedules.ts'
import { isOff, readBooks } from './clearing.ts'
import { countOpen } from './exceptions.ts'
import { reconcile, usualWindow, type ReconcileNeeds } from './reconcile.ts'
import { showBooks, showRun } from './show.ts'

export const reconcile_schedule = 'reconcile'

/** At half past three providers have told the day before, and nobody waits for the database. */
export function reconcileSchedule(needs: ReconcileNeeds, zone: string): Schedule {
  return {
    name: reconcile_schedule,
    cron: '30 3 * * *',
    zone,
    async run(due_ms) {
      const runs: Record<string, unknown>[] = []
      const failures: string[] = []
      for (const name of needs.providers.keys()) {
        // oxlint-disable no-await-in-loop -- one provider after another
        const window = await usualWindow(needs.db, name, due_ms)
        const run = await reconcile(needs, name, window, { by: 'clock', reason: null })
        // oxlint-enable no-await-in-loop
        if (isProblem(run)) failures.push(`${name}: ${run.code}`)
        else if (run.state === 'failed') failures.push(`${name}: ${run.error}`)
        else runs.push(showRun(run))
      }
      const books = await readBooks(needs.db)
      const open = Object.fromEntries(await countOpen(needs.db))
      if (isOff(books)) needs.log.error({ books: showBooks(books) }, 'a clearing account is off')
      // The others have been compared, and say so themselves; this run is for an operator to repeat.
      if (failures.length > 0) throw new Error(failures.join('; '))
      return { runs, exceptions_open: open, clearing_is_off: isOff(books), books: showBooks(books) }
    },
  }
}
