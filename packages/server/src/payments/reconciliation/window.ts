/** Payments, reconciliation: which time a run looks at. Days are of UTC. Pure. */

import { problem, type Problem } from '@holdfast/kernel/problem.ts'

const day_ms = 86_400_000

/** Looked at again each time: what a provider tells late is found. */
export const window_days_min = 2
/** After a long silence, no further back than this. */
export const window_days_back_max = 31
/** Of a run that an operator asks for. */
export const window_days_max = 93
/** A provider is asked for so much more on each side: what it dates otherwise than we do is not missing. */
export const margin_days = 1

export interface Window {
  readonly from_ms: number
  /** Not included. */
  readonly to_ms: number
}

/** The full days since what runs before have looked at. */
export function windowSince(covered_until_ms: number | null, now_ms: number): Window {
  const to_ms = dayOf(now_ms)
  const latest_ms = to_ms - window_days_min * day_ms
  const since_ms = covered_until_ms === null ? latest_ms : dayOf(covered_until_ms)
  return { from_ms: Math.max(earliestMs(now_ms), Math.min(latest_ms, since_ms)), to_ms }
}

/** Nothing before it is looked at unasked. */
export function earliestMs(now_ms: number): number {
  return dayOf(now_ms) - window_days_back_max * day_ms
}

/** As given by an operator; what is left out is as it would be without. */
export function windowGiven(
  { from_ms, to_ms }: { readonly from_ms?: number; readonly to_ms?: number },
  usual: Window,
  now_ms: number,
): Window | Problem {
  const until_ms = to_ms ?? usual.to_ms
  const since_ms = from_ms ?? Math.min(usual.from_ms, until_ms - window_days_min * day_ms)
  const bad = (pointer: string, reason: string) => problem('invalid_request', { pointer, reason })
  if (Number.isNaN(since_ms)) return bad('/from', 'not an instant')
  if (Number.isNaN(until_ms)) return bad('/to', 'not an instant')
  if (until_ms > now_ms) return bad('/to', 'not an instant that has come')
  if (since_ms >= until_ms) return bad('/from', 'an instant before `to`')
  if (until_ms - since_ms > window_days_max * day_ms) return bad('/from', `at most ${window_days_max} days`)
  return { from_ms: since_ms, to_ms: until_ms }
}

/** After a restore: up to this very moment, and as far back as may be of use where nobody says when the backup was made. */
export function windowAfterRestore(
  given: { readonly from_ms?: number; readonly to_ms?: number },
  now_ms: number,
): Window | Problem {
  return windowGiven(given, { from_ms: earliestMs(now_ms), to_ms: now_ms }, now_ms)
}

export function widened({ from_ms, to_ms }: Window, days = margin_days): Window {
  return { from_ms: from_ms - days * day_ms, to_ms: to_ms + days * day_ms }
}

/** Whether any of these instants lies in it; what has none lies in every one. */
export function isWithin({ from_ms, to_ms }: Window, ...instants: readonly (number | null)[]): boolean {
  const known = instants.filter((ms) => ms !== null)
  return known.length === 0 || known.some((ms) => ms >= from_ms && ms < to_ms)
}

function dayOf(ms: number): number {
  return Math.floor(ms / day_ms) * day_ms
}
