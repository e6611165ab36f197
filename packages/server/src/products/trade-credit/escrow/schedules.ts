/** Trade credit: its daily jobs: at 23:00 in Kigali the deductions of the day that ends then, at 02:00 the orders that nobody disputed. */

import type { Schedule } from '../../../scheduling/schedules.ts'
import { deductDay, type Needs } from './auto-deductions.ts'
import { releaseDue } from './auto-release.ts'
import { credit_zone, lastDayAt } from './business-days.ts'

/** Job, as its route names it, and the name of its schedule. */
export const escrow_jobs = {
  'auto-release': 'escrow-auto-release',
  'auto-deductions': 'escrow-auto-deductions',
} as const

export function tradeCreditSchedules(needs: Needs): Schedule[] {
  return [
    {
      name: escrow_jobs['auto-deductions'],
      cron: '0 23 * * *',
      zone: credit_zone,
      // A run that is made up after downtime is for its own day, whatever the time is now.
      run: (due_ms) => deductDay(needs, lastDayAt(due_ms)),
    },
    {
      name: escrow_jobs['auto-release'],
      cron: '0 2 * * *',
      zone: credit_zone,
      run: () => releaseDue(needs),
    },
  ]
}
