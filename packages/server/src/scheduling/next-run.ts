/** Jobs: when a schedule is due next. Pure: the instant to look from is an argument. */

import assert from 'node:assert/strict'
import { Cron } from 'croner'

/**
 * The first due instant strictly after `after_ms`, for a cron pattern read on the wall clock of an IANA zone.
 * A wall time that the clocks jump over falls on the instant of the jump, one that comes twice on its first coming: a
 * daily job runs once a day. croner does both, for patterns with a fixed hour; test/clock holds it to that.
 */
export function nextAfter(cron: string, zone: string, after_ms: number): number {
  const next = patternOf(cron, zone).nextRun(new Date(after_ms))
  assert(next !== null, `the schedule "${cron}" never comes`)
  return next.getTime()
}

/** Reading a pattern takes longer than using it; there are as many as there are schedules. */
const patterns = new Map<string, Cron>()
const patterns_max = 1_000

function patternOf(cron: string, zone: string): Cron {
  const key = `${cron} ${zone}`
  const known = patterns.get(key)
  if (known !== undefined) return known
  if (patterns.size >= patterns_max) patterns.clear()
  // Without a function to call it starts no timer of its own.
  const pattern = new Cron(cron, { timezone: zone, mode: '5-part' })
  patterns.set(key, pattern)
  return pattern
}
