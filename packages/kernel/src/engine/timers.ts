/** Engine, pure: which transitions the clock waits to take, and when. Leaving a state cancels them by construction. */

import assert from 'node:assert/strict'
import { spanMs, type CompiledFlow, type CompiledTransition } from '../flow/compile.ts'
import type { Agreement, Paused, Timer } from './agreement.ts'
import type { Ask, EventKind } from './ask.ts'
import { reportsIn } from './marks.ts'

const no_timers: readonly Timer[] = []

/** The timers of the state that the agreement entered at `entered_ms`. */
export function timersOnEntering(flow: CompiledFlow, agreement: Agreement): readonly Timer[] {
  const clocks = flow.clocks.get(agreement.state) ?? []
  if (clocks.length === 0) return no_timers
  return clocks.flatMap((transition) => timersOf(transition, agreement, baseOf(transition, agreement)))
}

/**
 * The timers after something happened without leaving the state. They go on as they were, but one that was taken comes
 * again, and one that counts from a mark or a date is counted anew where that is another now.
 */
export function timersOnStaying(
  flow: CompiledFlow,
  before: Agreement,
  after: Agreement,
  taken: CompiledTransition,
  kind: EventKind,
  now_ms: number,
): readonly Timer[] {
  if (kind === 'later') return before.timers
  if (kind === 'reminder')
    return before.timers.filter((t) => t.transition !== taken.name || t.kind !== 'reminder')
  const clocks = flow.clocks.get(after.state) ?? []
  if (clocks.every((transition) => goesOn(transition, before, after, taken))) return before.timers
  return clocks.flatMap((transition) => {
    if (transition.name === taken.name) return timersOf(transition, after, now_ms)
    return goesOn(transition, before, after, taken)
      ? before.timers.filter((timer) => timer.transition === transition.name)
      : timersOf(transition, after, baseOf(transition, after))
  })
}

function goesOn(
  transition: CompiledTransition,
  before: Agreement,
  after: Agreement,
  taken: CompiledTransition,
): boolean {
  if (transition.name === taken.name) return false
  if (earliestOf(transition, before) !== earliestOf(transition, after)) return false
  return !transition.clock?.since || baseOf(transition, before) === baseOf(transition, after)
}

/**
 * A stopped clock goes on with the time that was left, and with `least` at least, so that nobody who stops it just before
 * the end leaves the other side no turn. Its reminders come again: what was said of a deadline that has moved is not true
 * any more. A flow of before names no least time, and goes on as it did.
 */
export function timersOnReturning(
  flow: CompiledFlow,
  after: Agreement,
  { left }: Paused,
  least: string | null,
  now_ms: number,
): readonly Timer[] {
  if (least === null)
    return left.map(({ transition, kind, ms }) => ({ transition, kind, at_ms: now_ms + ms }))
  const least_ms = spanOf(after, least)
  return left.flatMap(({ transition: name, kind, ms }): Timer[] => {
    const clock = flow.transitions.get(name)?.clock
    if (kind === 'reminder' || !clock) return []
    const wait_ms = Math.max(ms, least_ms)
    const timer: Timer = { transition: name, kind, at_ms: now_ms + wait_ms }
    if (clock.remind === null) return [timer]
    const before_ms = spanOf(after, clock.remind.before)
    // Where that much is not left, halfway: at once it would come with the word that the dispute is withdrawn.
    const remind_ms = before_ms < wait_ms ? before_ms : Math.ceil(wait_ms / 2)
    return [{ transition: name, kind: 'reminder', at_ms: timer.at_ms - remind_ms }, timer]
  })
}

export function pause(flow: CompiledFlow, agreement: Agreement, by: string, now_ms: number): Paused {
  const { state, entered_ms, timers } = agreement
  const marks = reportsIn(agreement.marks, flow)
  const left = timers.map(({ transition, kind, at_ms }) => ({
    transition,
    kind,
    ms: Math.max(0, at_ms - now_ms),
  }))
  return { state, by, marks, spent_ms: now_ms - entered_ms, left }
}

export function firstDue(timers: readonly Timer[]): number | null {
  let due: number | null = null
  for (const { at_ms } of timers) if (due === null || at_ms < due) due = at_ms
  return due
}

/** Milliseconds of a span, or of the term with that name as frozen in the agreement. */
export function spanOf(agreement: Agreement, after: string): number {
  return spanMs(agreement.terms[after] ?? after)
}

/** The timer that a clock's ask is about, if it is due. */
export function dueTimer(ask: Ask, agreement: Agreement): Timer | undefined {
  const kind = ask.kind === 'timer' ? 'transition' : 'reminder'
  return agreement.timers.find(
    (t) => t.transition === ask.transition && t.kind === kind && t.at_ms <= ask.now_ms,
  )
}

function timersOf(transition: CompiledTransition, agreement: Agreement, base_ms: number | null): Timer[] {
  const { clock, name } = transition
  assert(clock)
  if (base_ms === null) return []
  const at_ms = Math.max(base_ms + spanOf(agreement, clock.after), earliestOf(transition, agreement))
  const timer: Timer = { transition: name, kind: 'transition', at_ms }
  if (clock.remind === null) return [timer]
  // A reminder that would come before there is anything to remind of is left out.
  const remind_ms = at_ms - spanOf(agreement, clock.remind.before)
  return remind_ms > base_ms ? [{ transition: name, kind: 'reminder', at_ms: remind_ms }, timer] : [timer]
}

/** Before when a timer is not due, however long it has counted. */
function earliestOf({ clock }: CompiledTransition, { data }: Agreement): number {
  const date = clock?.not_before ? data[clock.not_before] : undefined
  return typeof date === 'string' ? Date.parse(date) : Number.NEGATIVE_INFINITY
}

/** From when a timer counts; null while that has not happened. Never before the state was entered, unless by a mark. */
function baseOf(transition: CompiledTransition, agreement: Agreement): number | null {
  const since = transition.clock?.since
  if (!since) return agreement.entered_ms
  const marks = agreement.marks[since]
  if (marks) return Math.min(...Object.values(marks))
  const date = agreement.data[since]
  if (typeof date !== 'string') return null
  return Math.max(Date.parse(date), agreement.entered_ms)
}
