/** Jobs: daily work by the wall clock of a zone, once per due instant, however many processes there are and die. */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../platform/clock.ts'
import { DatabaseUnavailable, type Database, type Tx } from '../platform/postgres/database.ts'
import { newId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { Failures } from '../platform/failures.ts'
import type { Logger } from '../platform/log.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { nextAfter } from './next-run.ts'
import { tryLock, waitForLock } from './locks.ts'
import { beginRun, endRun, type Ending, type ScheduleRun } from './runs.ts'
import { poll_ms, type Timers } from './timers.ts'

export interface Schedule {
  readonly name: string
  /** Like `0 23 * * *`: minute, hour, day of month, month, day of week, on the wall clock of the zone. */
  readonly cron: string
  /** IANA, like `Africa/Kigali`. */
  readonly zone: string
  /**
   * The work of one due instant, and what it came to, as JSON for operators. A process may die half way, and an operator may repeat:
   * a second run for the same instant must do only what the first has not done.
   */
  run(due_ms: number): Promise<object>
}

/** What nobody was up to run is made up in order, but not what was due longer ago than this. */
export const missed_days_max = 31
const timers_pages_max = 1_000
const error_length_max = 2_000

interface Needs {
  readonly db: Database
  /** Connections of their own, see schedule-locks.ts: a run under way never waits for itself in a pool. */
  readonly locks: Database
  readonly clock: Clock
  readonly log: Logger
  readonly timers: Pick<Timers, 'fireDue'>
}

/** For how an operator has a schedule run at once. */
export interface ByHand {
  readonly due_ms: number
  readonly now_ms: number
  readonly by: string
  readonly reason: string
}

export class Schedules {
  readonly #needs: Needs
  readonly #schedules: ReadonlyMap<string, Schedule>

  constructor(needs: Needs, schedules: readonly Schedule[]) {
    this.#needs = needs
    this.#schedules = new Map(schedules.map((schedule) => [schedule.name, schedule]))
    assert.equal(this.#schedules.size, schedules.length, 'every schedule has a name of its own')
  }

  get names(): string[] {
    return [...this.#schedules.keys()]
  }

  /** At every start. A schedule that is new, or comes at other times now, is due next after `now_ms`; what is due already stays due. */
  async publish(now_ms: number): Promise<void> {
    for (const { name, cron, zone } of this.#schedules.values()) {
      await this.#needs.db.run(
        `insert into schedules (name, cron, zone, next_at) values ($1, $2, $3, $4)
         on conflict (name) do update
         set cron = excluded.cron, zone = excluded.zone,
           next_at = case when schedules.next_at <= $5 then schedules.next_at else excluded.next_at end
         where (schedules.cron, schedules.zone) <> (excluded.cron, excluded.zone)`,
        [name, cron, zone, new Date(nextAfter(cron, zone, now_ms)), new Date(now_ms)],
      )
    }
  }

  async nextDue(): Promise<number | null> {
    if (this.#schedules.size === 0) return null
    const { next_at } = await this.#needs.db.one<{ next_at: Date | null }>(
      'select min(next_at) as next_at from schedules where name = any($1)',
      [this.names],
    )
    return next_at?.getTime() ?? null
  }

  /**
   * Runs what is due until `due_ms`, in order of due instants and then of names, after the timers that are due until then. What
   * another process has under way is left to it, or waited for. Answers how many runs there were.
   */
  async runDue(now_ms: number, { due_ms = now_ms, waits = false } = {}): Promise<number> {
    const next_ms = await this.nextDue()
    if (next_ms === null || next_ms > due_ms) return 0
    await this.#fireTimers(now_ms, due_ms)
    const mine = new Set(this.names)
    let runs = 0
    while (mine.size > 0) {
      const due = await this.#needs.db.maybeOne<{ name: string }>(
        'select name from schedules where name = any($1) and next_at <= $2 order by next_at, name collate "C" limit 1',
        [[...mine], new Date(due_ms)],
      )
      if (due === undefined) break
      if (await this.#runNext(due.name, { now_ms, due_ms, waits })) runs += 1
      else mine.delete(due.name)
    }
    return runs
  }

  /** Until told to stop. A failure (the database away) is logged and tried again: the loop itself never ends of it. */
  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    const failures = new Failures(this.#needs.log)
    while (!signal.aborted) {
      try {
        if (clock.refresh) await clock.refresh()
        if (clock.isLed !== true) await this.runDue(clock.now())
        failures.over()
      } catch (error) {
        failures.note({ err: error }, 'schedules could not be run; trying again')
      }
      await sleep(poll_ms, undefined, { signal }).catch(() => undefined)
    }
  }

  /** By an operator, at once, for a due instant that may have passed. When it is due next does not change. */
  async runNow(name: string, { due_ms, now_ms, by, reason }: ByHand): Promise<ScheduleRun | Problem> {
    const schedule = this.#schedules.get(name)
    if (schedule === undefined) return problem('not_found', { what: 'schedule' })
    return this.#needs.locks.transaction(async (lock) => {
      if (!(await tryLock(lock, name)))
        return problem('request_in_progress', { schedule: name, reason: 'a run of it is under way' })
      const begun = { id: newId(now_ms), name, by, reason, due_ms, now_ms }
      return this.#carryOut(lock, schedule, await beginRun(this.#needs.db, begun))
    })
  }

  /** The next due instant of one schedule. False where another process has it under way, or has done it meanwhile. */
  async #runNext(name: string, { now_ms, due_ms, waits }: Due): Promise<boolean> {
    const schedule = this.#schedules.get(name)
    assert(schedule !== undefined)
    const { cron, zone } = schedule
    return this.#needs.locks.transaction(async (lock) => {
      if (waits) await waitForLock(lock, name)
      else if (!(await tryLock(lock, name))) return false
      const due = await lock.maybeOne<{ next_at: Date }>(
        'select next_at from schedules where name = $1 and next_at <= $2',
        [name, new Date(due_ms)],
      )
      if (due === undefined) return false
      const at_ms = this.#notTooOld(schedule, due.next_at.getTime(), now_ms)
      const begun = { id: newId(now_ms), name, by: 'clock', reason: null, due_ms: at_ms, now_ms }
      await this.#carryOut(lock, schedule, await beginRun(this.#needs.db, begun))
      await lock.run('update schedules set next_at = $2 where name = $1', [
        name,
        new Date(nextAfter(cron, zone, at_ms)),
      ])
      return true
    })
  }

  /** Its end is written with the lock's own transaction: who has lost the lock, writes no end. */
  async #carryOut(lock: Tx, schedule: Schedule, run: ScheduleRun): Promise<ScheduleRun> {
    const ending = await this.#endingOf(schedule, run)
    return endRun(lock, run.id, ending, this.#needs.clock.now())
  }

  /** A run that fails is for an operator to look at and repeat. One that lost the database has not ended, and is taken up again. */
  async #endingOf(schedule: Schedule, { due_at, attempts }: ScheduleRun): Promise<Ending> {
    const { name } = schedule
    try {
      if (attempts > 1)
        this.#needs.log.warn({ schedule: name, due_at, attempts }, 'a run that died is taken up again')
      return { summary: JSON.stringify(await schedule.run(due_at.getTime())) }
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error
      this.#needs.log.error({ schedule: name, due_at, err: error }, 'a scheduled run failed')
      return { error: String(error).slice(0, error_length_max) }
    }
  }

  #notTooOld({ name, cron, zone }: Schedule, due_ms: number, now_ms: number): number {
    const oldest_ms = now_ms - missed_days_max * 86_400_000
    if (due_ms >= oldest_ms) return due_ms
    const first_ms = nextAfter(cron, zone, oldest_ms)
    this.#needs.log.error(
      { schedule: name, from: instant(due_ms), to: instant(first_ms) },
      'runs that were missed too long ago are passed over',
    )
    return first_ms
  }

  /** At one instant the timers come first, whoever runs the schedules. */
  async #fireTimers(now_ms: number, due_ms: number): Promise<void> {
    for (let page = 0; page < timers_pages_max; page += 1)
      if ((await this.#needs.timers.fireDue(now_ms, due_ms)) === 0) return
  }
}

interface Due {
  readonly now_ms: number
  readonly due_ms: number
  readonly waits: boolean
}
