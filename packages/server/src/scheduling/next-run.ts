/** Jobs: when a schedule is due next. Pure: the instant to look from is an argument. */

import assert from 'node:assert/strict'
import { Cron } from 'croner'
import { instantOf, wallAt } from '../platform/zones/wall-clock.ts'

/**
 * The first due instant strictly after `after_ms`, for a cron pattern read on the wall clock of an IANA zone.
 * A wall time that the clocks jump over falls on the instant of the jump, one that comes twice on its first coming: a
 * daily job runs once a day.
 */
export function nextAfter(cron: string, zone: string, after_ms: number): number {
  let wall_ms = wallAt(after_ms, zone)
  for (let tries = 0; tries < tries_max; tries += 1) {
    const next = patternOf(cron).nextRun(new Date(wall_ms))
    assert(next !== null, `the schedule "${cron}" never comes`)
    wall_ms = next.getTime()
    const at_ms = instantOf(wall_ms, zone)
    // Where clocks were set back, what the wall clock shows next may have been before.
    if (at_ms > after_ms) return at_ms
  }
  throw new Error(`the schedule "${cron}" does not come after ${after_ms} in ${zone}`)
}

/** More than any clock shows again: a day of minutes. */
const tries_max = 1_440

/** Reading a pattern takes longer than using it; there are as many as there are schedules. */
const patterns = new Map<string, Cron>()
const patterns_max = 1_000

/** On the wall clock, so without a zone. */
function patternOf(cron: string): Cron {
  const known = patterns.get(cron)
  if (known !== undefined) return known
  if (patterns.size >= patterns_max) patterns.clear()
  // Without a function to call it starts no timer of its own.
  const pattern = new Cron(cron, { timezone: 'UTC', mode: '5-part' })
  patterns.set(cron, pattern)
  return pattern
}
