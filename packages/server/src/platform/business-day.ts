/** Base: business days. A day ends at its cutoff on the wall clock of a zone, whatever the clocks there do. Pure. */

import assert from 'node:assert/strict'
import { instantOf, wallAt } from './zones/wall-clock.ts'

export interface BusinessDay {
  /** `2026-03-15` */
  readonly date: string
  /** The first instant of the day, in milliseconds of UTC. */
  readonly from_ms: number
  /** The first instant of the next day. */
  readonly to_ms: number
}

/**
 * The business day that an instant belongs to. Day D runs from the cutoff of the date before until the cutoff of D, so with
 * `23:00` a sale at 23:00 is the next day's. `24:00` makes days of the calendar.
 */
export function businessDayOf(at_ms: number, zone: string, cutoff: string): BusinessDay {
  const time = /^(?!00:00)(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(cutoff)
  assert(time, 'a cutoff is between 00:01 and 24:00')
  const [, hours = '24', minutes = '00'] = time
  const cutoff_ms = (Number.parseInt(hours, 10) * 60 + Number.parseInt(minutes, 10)) * 60_000
  const endOf = (date_ms: number) => instantOf(date_ms + cutoff_ms, zone)

  // A wall clock that was set back repeats times but not their days' ends, so the date found here may be off by one or two.
  let date_ms = dateOf(wallAt(at_ms, zone))
  while (endOf(date_ms) <= at_ms) date_ms += day_ms
  while (endOf(date_ms - day_ms) > at_ms) date_ms -= day_ms
  return {
    date: new Date(date_ms).toISOString().slice(0, 10),
    from_ms: endOf(date_ms - day_ms),
    to_ms: endOf(date_ms),
  }
}

const day_ms = 86_400_000

function dateOf(wall_ms: number): number {
  return Math.floor(wall_ms / day_ms) * day_ms
}
