/** Base: business days. A day ends at its cutoff on the wall clock of a zone, whatever the clocks there do. Pure. */

import assert from 'node:assert/strict'

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
  const clock = wallClock(zone)
  const endOf = (date_ms: number) => instantOf(date_ms + cutoff_ms, clock)

  // A wall clock that was set back repeats times but not their days' ends, so the date found here may be off by one or two.
  let date_ms = dateOf(clock(at_ms))
  while (endOf(date_ms) <= at_ms) date_ms += day_ms
  while (endOf(date_ms - day_ms) > at_ms) date_ms -= day_ms
  return {
    date: new Date(date_ms).toISOString().slice(0, 10),
    from_ms: endOf(date_ms - day_ms),
    to_ms: endOf(date_ms),
  }
}

const day_ms = 86_400_000

/** A wall time is told as the milliseconds that UTC would have when its clocks show the same. */
type WallClock = (at_ms: number) => number

/** The first instant at which the wall clock shows this time; where it jumps over it, the instant of the jump. */
function instantOf(wall_ms: number, clock: WallClock): number {
  // No zone is a whole day away from UTC, so the offsets before and after a change nearby are these two.
  const offsets = [wall_ms - day_ms, wall_ms + day_ms].map((at_ms) => clock(at_ms) - at_ms)
  const found = offsets.map((offset_ms) => wall_ms - offset_ms).filter((at_ms) => clock(at_ms) === wall_ms)
  if (found.length > 0) return Math.min(...found)
  let before_ms = wall_ms - Math.max(...offsets)
  let after_ms = wall_ms - Math.min(...offsets)
  while (after_ms - before_ms > 1) {
    const middle_ms = Math.floor((before_ms + after_ms) / 2)
    if (clock(middle_ms) < wall_ms) before_ms = middle_ms
    else after_ms = middle_ms
  }
  return after_ms
}

function dateOf(wall_ms: number): number {
  return Math.floor(wall_ms / day_ms) * day_ms
}

const formats = new Map<string, Intl.DateTimeFormat>()
const formats_max = 1_000

function wallClock(zone: string): WallClock {
  const format = formatOf(zone)
  return (at_ms) => {
    const shown: Record<string, number> = {}
    // Whole seconds are formatted, since zones differ by whole seconds.
    for (const { type, value } of format.formatToParts(Math.floor(at_ms / 1_000) * 1_000))
      if (type !== 'literal') shown[type] = Number.parseInt(value, 10)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
    return Date.UTC(year, month - 1, day, hour, minute, second) + (at_ms - Math.floor(at_ms / 1_000) * 1_000)
  }
}

/** Making a format takes far longer than using it. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  if (formats.size >= formats_max) formats.clear()
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-hc-h23', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  formats.set(zone, format)
  return format
}
