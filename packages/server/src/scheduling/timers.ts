/** Jobs: the clock's own transitions and reminders, fired in batches through the engine like everybody's asks. */

import { Failures } from '../platform/failures.ts'
import type { Logger } from '../platform/log.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/postgres/database.ts'
import { newId } from '@holdfast/kernel/ids.ts'
import type { Timer } from '@holdfast/kernel/engine/agreement.ts'
import type { Ask } from '@holdfast/kernel/engine/ask.ts'
import type { Engine } from '../engine/engine.ts'

export const timers_batch_max = 500
export const poll_ms = 1_000

interface DueRow {
  id: string
  flow: string
  timers: Timer[]
  due_at: Date
}

const due_sql = `
  select id, flow, timers, due_at
  from agreements
  where due_at <= $1
  order by due_at, id
  limit $2`

const clock_actor = { kind: 'clock', id: 'clock', party: null } as const

export class Timers {
  readonly counts = { fired: 0, refused: 0 }
  readonly #db: Database
  readonly #engine: Engine
  readonly #log: Logger

  constructor(db: Database, engine: Engine, log: Logger) {
    this.#db = db
    this.#engine = engine
    this.#log = log
  }

  async nextDue(): Promise<number | null> {
    const next = await this.#db.maybeOne<{ due_at: Date }>(
      'select due_at from agreements where due_at is not null order by due_at limit 1',
    )
    return next?.due_at.getTime() ?? null
  }

  /**
   * Fires at `now_ms` what is due until `due_ms`, one page of it. Two processes that fire the same timer: one wins, the
   * other is refused.
   */
  async fireDue(now_ms: number, due_ms = now_ms): Promise<number> {
    const rows = await this.#db.any<DueRow>(due_sql, [new Date(due_ms), timers_batch_max])
    const asks = rows.flatMap((row) => asksOf(row, now_ms))
    const verdicts = await Promise.all(asks.map((ask) => this.#engine.ask(ask)))
    for (const [i, verdict] of verdicts.entries()) {
      if (verdict.outcome === 'accepted') this.counts.fired += 1
      if (verdict.outcome !== 'refused' || verdict.problem.code === 'transition_not_open') continue
      this.counts.refused += 1
      const { agreement, transition } = asks[i] ?? {}
      this.#log.warn(
        { agreement, transition, problem: verdict.problem.code },
        'a due timer was refused and will be tried again',
      )
    }
    return rows.length
  }

  /** Until told to stop. A failure (the database away) is logged and tried again: the loop itself never ends of it. */
  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    const failures = new Failures(this.#log)
    while (!signal.aborted) {
      try {
        if (clock.refresh) await clock.refresh()
        const fired = clock.isLed === true ? 0 : await this.fireDue(clock.now())
        failures.over()
        if (fired === timers_batch_max) continue
      } catch (error) {
        failures.note({ err: error }, 'timers could not be fired; trying again')
      }
      await sleep(poll_ms, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Of one agreement the first timer alone: after it, the others may not be there any more. */
function asksOf({ id, flow, timers }: DueRow, now_ms: number): Ask[] {
  const [first] = timers.filter((timer) => timer.at_ms <= now_ms).toSorted((a, b) => a.at_ms - b.at_ms)
  if (first === undefined) return []
  const kind = first.kind === 'reminder' ? 'reminder' : 'timer'
  return [
    {
      id: newId(now_ms),
      kind,
      flow,
      agreement: id,
      creation: null,
      transition: first.transition,
      actor: clock_actor,
      input: {},
      reason: null,
      key: null,
      now_ms,
    },
  ]
}
