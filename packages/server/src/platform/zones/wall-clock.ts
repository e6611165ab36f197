/** Zones: between instants and what a wall clock shows. A wall time is told as the milliseconds that UTC would have when its clocks show the same. */

import { zoneOf } from './zone-data.ts'

const day_ms = 86_400_000

export function wallAt(at_ms: number, zone: string): number {
  return at_ms + zoneOf(zone).offsetAt(at_ms)
}

/** The first instant at which the wall clock shows this time; where it jumps over it, the instant of the jump. */
export function instantOf(wall_ms: number, zone: string): number {
  const { offsetAt } = zoneOf(zone)
  const clock = (at_ms: number) => at_ms + offsetAt(at_ms)
  // No zone is a whole day away from UTC, so the offsets before and after a change nearby are these two.
  const offsets = [wall_ms - day_ms, wall_ms + day_ms].map((at_ms) => offsetAt(at_ms))
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
