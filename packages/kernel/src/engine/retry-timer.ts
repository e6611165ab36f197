/** Engine, pure: a due timer that was refused (a frozen wallet, say) is told to an operator and tried again, ever more rarely. */

import type { Problem } from '../problem.ts'
import type { Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'
import { eventBody } from './event-body.ts'
import type { FlowVersion } from './product.ts'
import { instant } from '../instant.ts'
import { dueTimer, firstDue } from './timers.ts'
import type { Draft } from './batch-state.ts'

export const timer_retry_ms_min = 60_000
export const timer_retry_ms_max = 86_400_000

/** Moves the timer to its next try, so that it is not due before then, and the other timers come in their order. */
export function retryTimer(
  draft: Draft,
  ask: Ask,
  { flow }: FlowVersion,
  agreement: Agreement,
  refusal: Problem,
): void {
  const timer = dueTimer(ask, agreement)
  if (timer === undefined) return
  const first_due_ms = timer.first_due_ms ?? timer.at_ms
  const wait_ms = Math.min(Math.max(ask.now_ms - first_due_ms, timer_retry_ms_min), timer_retry_ms_max)
  const at_ms = ask.now_ms + wait_ms
  const timers = agreement.timers.map((other) =>
    other === timer ? { ...timer, at_ms, first_due_ms } : other,
  )
  const after = { ...agreement, version: agreement.version + 1, timers, due_ms: firstDue(timers) }
  draft.agreements.set(after.id, after)
  draft.events.push({
    agreement: after.id,
    version: after.version,
    flow: after.flow,
    kind: 'deferred',
    transition: ask.transition,
    at_ms: ask.now_ms,
    body: eventBody({
      ask,
      kind: 'deferred',
      role: 'clock',
      before: agreement,
      after,
      posted: [],
      transfers: [],
      // Told once, however often it is tried.
      tells: { roles: timer.first_due_ms === undefined ? ['operator'] : [], words: {} },
      id_prefix: flow.flow.id_prefix,
      also: { problem: refusal.code, again_at: instant(at_ms) },
    }),
  })
}
