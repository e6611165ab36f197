/** Emulator: what is still to happen, in the order of its clock: expiries, the ends of what is pending, webhooks. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import type { Database, Tx } from './db.ts'
import type { Logger } from './log.ts'
import type { EmulatorTx } from './emulator-tx.ts'

/** What is done when something falls due. */
export interface Task {
  /** Goes over the network first, outside of the transaction. */
  send?(facts: Facts, at_ms: number): Promise<unknown>
  /** Writes what it comes to. The row is gone in the same transaction. */
  settle(act: EmulatorTx, facts: Facts, sent: unknown): Promise<void>
}

export type Facts = Readonly<Record<string, unknown>>

interface Row {
  readonly id: string
  readonly due_ms: number
  readonly duty: string
  readonly facts: Facts
}

const poll_ms = 200
const clock_refresh_ms = 1_000
/** Webhooks on their way side by side. */
const duties_at_once_max = 32
/** Rounds of one `fireDue`: a bound on loops, beyond anything a sandbox could have waiting. */
const fire_rounds_max = 1_000_000

export class Schedule {
  readonly #db: Database
  readonly #clock: Clock
  readonly #log: Logger
  readonly #duties = new Map<string, Task>()
  readonly #under_way = new Map<string, Promise<void>>()
  #wake: (() => void) | null = null
  #nudged = false

  constructor(db: Database, clock: Clock, log: Logger) {
    this.#db = db
    this.#clock = clock
    this.#log = log
  }

  define(duty: string, does: Task): void {
    this.#duties.set(duty, does)
  }

  /** Part of the act: it falls due if and only if the act is written. */
  async later(tx: Tx, due_ms: number, duty: string, facts: Facts): Promise<void> {
    await tx.run('insert into emulator.due (due_ms, duty, facts) values ($1, $2, $3)', [due_ms, duty, facts])
  }

  /** Something may be due now: not to wait for the next look. */
  nudge(): void {
    this.#nudged = true
    this.#wake?.()
  }

  async nextDue(): Promise<number | null> {
    const { due_ms } = await this.#db.one<{ due_ms: number | null }>(
      'select min(due_ms)::float8 as due_ms from emulator.due',
    )
    return due_ms
  }

  /**
   * All that falls due until then, one by one and in order, with what follows from it: a webhook that fails at noon is
   * tried again two seconds past noon. Gives how many it were.
   */
  async fireDue(now_ms: number): Promise<number> {
    let fired = 0
    for (let round = 0; round < fire_rounds_max; round += 1) {
      await Promise.all(this.#under_way.values())
      const [row] = await this.#take(now_ms, 1)
      if (row === undefined) break
      await this.#start(row, Math.max(row.due_ms, Math.min(this.#clock.now(), now_ms)), true)
      fired += 1
    }
    return fired
  }

  /** Until the signal. What is on its way then is given up, and stays due. */
  async run(ending: AbortSignal): Promise<void> {
    ending.addEventListener('abort', () => this.nudge())
    let refreshed_at = -Infinity
    while (!ending.aborted) {
      this.#nudged = false
      try {
        if (performance.now() - refreshed_at >= clock_refresh_ms) {
          await this.#clock.refresh?.()
          refreshed_at = performance.now()
        }
        const now_ms = this.#clock.now()
        const free = this.#clock.isLed === true ? 0 : duties_at_once_max - this.#under_way.size
        const rows = free > 0 ? await this.#take(now_ms, free) : []
        for (const row of rows) void this.#start(row, now_ms, false)
      } catch (error) {
        this.#log.warn({ err: error }, 'the emulator cannot look for what is due')
      }
      await this.#pause(ending)
    }
    await Promise.all(this.#under_way.values())
  }

  #take(now_ms: number, limit: number): Promise<Row[]> {
    return this.#db.any<Row>(
      `select id::text, due_ms::float8 as due_ms, duty, facts
       from emulator.due
       where due_ms <= $1
         and id <> all($2::bigint[])
       order by due_ms, id
       limit $3`,
      [now_ms, [...this.#under_way.keys()], limit],
    )
  }

  /** The one who waits for it hears of its failure; otherwise it is told in the log, and tried again. */
  #start(row: Row, at_ms: number, tells: boolean): Promise<void> {
    const known = this.#under_way.get(row.id)
    if (known !== undefined) return known
    const doing = this.#carryOut(row, at_ms)
    const done = doing
      // What failed waits for the next look: without a pause it would be tried for ever.
      .then(() => this.nudge())
      .catch((error) =>
        this.#log.warn({ err: error, duty: row.duty }, 'the emulator failed at something due'),
      )
      .finally(() => this.#under_way.delete(row.id))
    this.#under_way.set(row.id, done)
    return tells ? doing : done
  }

  async #carryOut({ id, duty, facts }: Row, at_ms: number): Promise<void> {
    const does = this.#duties.get(duty)
    if (does === undefined) throw new Error(`the emulator knows no duty ${duty}`)
    const sent = await does.send?.(facts, at_ms)
    await this.#db.transaction(async (tx) => {
      // Somebody else may have done it: then this is nothing.
      if ((await tx.run('delete from emulator.due where id = $1', [id])) === 0) return
      await does.settle({ tx, now_ms: at_ms, faults: [] }, facts, sent)
    })
  }

  async #pause(ending: AbortSignal): Promise<void> {
    if (ending.aborted || this.#nudged) return
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await sleep(poll_ms, undefined, { signal: woken.signal }).catch(() => undefined)
    this.#wake = null
  }
}
