/** Engine, pure: which transitions the clock waits to take, and when. Leaving a state cancels them by construction. */

import assert from 'node:assert/strict'
import { spanMs, type ReadFlow, type ReadTransition } from '../flow/read.ts'
import type { Agreement, Paused, Timer } from './agreement.ts'
import type { Ask } from './ask.ts'

/** The timers of the state that the agreement entered at `entered_ms`. */
export function timersOnEntering(flow: ReadFlow, agreement: Agreement): Timer[] {
  const clocks = flow.clocks.get(agreement.state) ?? []
  return clocks.flatMap((transition) => timersOf(transition, agreement, baseOf(transition, agreement)))
}

/**
 * The timers after something happened without leaving the state: those counted from the state's beginning stay,
 * those counted from a mark or a date are counted anew, and one that was just taken comes again.
 */
export function timersOnStaying(flow: ReadFlow, agreement: Agreement, taken: ReadTransition, now_ms: number): Timer[] {
  const clocks = flow.clocks.get(agreement.state) ?? []
  return clocks.flatMap((transition) => {
    if (transition.name === taken.name) return timersOf(transition, agreement, now_ms)
    if (transition.clock?.since) return timersOf(transition, agreement, baseOf(transition, agreement))
    return agreement.timers.filter((timer) => timer.transition === transition.name)
  })
}

/** A stopped clock goes on with the time that was left. */
export function timersOnReturning(paused: Paused, now_ms: number): Timer[] {
  return paused.left.map(({ transition, kind, ms }) => ({ transition, kind, at_ms: now_ms + ms }))
}

export function pause(agreement: Agreement, by: string, now_ms: number): Paused {
  const left = agreement.timers.map(({ transition, kind, at_ms }) => ({
    transition,
    kind,
    ms: Math.max(0, at_ms - now_ms),
  }))
  return { state: agreement.state, by, marks: agreement.marks, left }
}

export function firstDue(timers: readonly Timer[]): number | null {
  return timers.reduce<number | null>((due, { at_ms }) => (due === null || at_ms < due ? at_ms : due), null)
}

/** Milliseconds of a span, or of the term with that name as frozen in the agreement. */
export function spanOf(agreement: Agreement, after: string): number {
  return spanMs(agreement.terms[after] ?? after)
}

/** The timer that a clock's ask is about, if it is due. */
export function dueTimer(ask: Ask, agreement: Agreement): Timer | undefined {
  const kind = ask.kind === 'timer' ? 'transition' : 'reminder'
  return agreement.timers.find((t) => t.transition === ask.transition && t.kind === kind && t.at_ms <= ask.now_ms)
}

function timersOf(transition: ReadTransition, agreement: Agreement, base_ms: number | null): Timer[] {
  const { clock, name } = transition
  assert(clock)
  if (base_ms === null) return []
  const at_ms = base_ms + spanOf(agreement, clock.after)
  const timer: Timer = { transition: name, kind: 'transition', at_ms }
  if (clock.remind === null) return [timer]
  // A reminder that would come before there is anything to remind of is left out.
  const remind_ms = at_ms - spanOf(agreement, clock.remind.before)
  return remind_ms > base_ms ? [{ transition: name, kind: 'reminder', at_ms: remind_ms }, timer] : [timer]
}

/** From when a timer counts; null while that has not happened. Never before the state was entered, unless by a mark. */
function baseOf(transition: ReadTransition, agreement: Agreement): number | null {
  const since = transition.clock?.since
  if (!since) return agreement.entered_ms
  const marks = agreement.marks[since]
  if (marks) return Math.min(...Object.values(marks))
  const date = agreement.data[since]
  if (typeof date !== 'string') return null
  return Math.max(Date.parse(date), agreement.entered_ms)
}
