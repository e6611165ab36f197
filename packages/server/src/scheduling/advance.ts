/** Jobs: the way of the sandbox clock. What falls due on it happens on it, in order, before the clock has arrived. */

import type { SandboxClock } from '../platform/clock.ts'
import type { PaymentsModule } from '../payments/module.ts'
import type { Schedules } from './schedules.ts'
import type { Timers } from './timers.ts'

/** Rounds of one advance: a bound on loops, far beyond any sensible jump (three daily schedules over 20 years are 21,900). */
const advance_rounds_max = 100_000

export interface Advanced {
  /** Timers and reminders. */
  readonly fired: number
  /** Runs of schedules. */
  readonly runs: number
}

interface Due {
  readonly timers: Timers
  readonly schedules: Schedules
  readonly payments: Pick<PaymentsModule, 'nextDue' | 'fireDue'>
}

/** From one due instant to the next until `to_ms`; at one instant first the timers, then the schedules by name, then payments. */
export function advance(due: Due, clock: SandboxClock, to_ms: number): Promise<Advanced> {
  return clock.lead(() => fireUntil(due, clock, to_ms))
}

async function fireUntil(
  { timers, schedules, payments }: Due,
  clock: SandboxClock,
  to_ms: number,
): Promise<Advanced> {
  const before = timers.counts.fired
  // Nothing happens before a time that others have already been told: this one may have passed it since it was asked for.
  const end_ms = Math.max(to_ms, clock.now())
  let runs = 0
  for (let round = 0; round < advance_rounds_max; round += 1) {
    const timer_ms = (await timers.nextDue()) ?? Infinity
    const schedule_ms = (await schedules.nextDue()) ?? Infinity
    const payment_ms = (await payments.nextDue()) ?? Infinity
    const due_ms = Math.min(timer_ms, schedule_ms, payment_ms)
    if (due_ms > end_ms) break
    await clock.moveTo(due_ms)
    const now_ms = clock.now()
    if (timer_ms === due_ms) await timers.fireDue(now_ms, due_ms)
    else if (schedule_ms === due_ms) runs += await schedules.runDue(now_ms, { due_ms, waits: true })
    else await payments.fireDue(now_ms)
  }
  await clock.moveTo(to_ms)
  return { fired: timers.counts.fired - before, runs }
}
