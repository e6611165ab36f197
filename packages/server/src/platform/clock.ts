/** Base: the clock is the only source of "now". Real in production, movable in the sandbox and in tests. */

import assert from 'node:assert/strict'
import type { Database } from './postgres/database.ts'

export interface Clock {
  /** Milliseconds of UTC. */
  now(): number
  /** Where others may have moved it. */
  refresh?(): Promise<void>
  /** While somebody leads it from one due instant to the next: then what is due is theirs, in order, and loops leave it alone. */
  readonly isLed?: boolean
}

export const realClock: Clock = { now: () => Date.now() }

/** The furthest that the sandbox clock may stand ahead: 20 years. */
export const clock_ahead_ms_max = 20 * 365 * 86_400_000

/**
 * Real time and an offset. The offset is kept in the database, so that restarts and other processes agree; they
 * look for it every second.
 */
export class SandboxClock implements Clock {
  #ahead_ms = 0
  /** Where it stands while it is led: what happens there happens then, however long the machine needs for it. */
  #stands_ms: number | null = null
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  now(): number {
    return this.#stands_ms ?? Date.now() + this.#ahead_ms
  }

  get isLed(): boolean {
    return this.#stands_ms !== null
  }

  /** It stands where `leads` moves it to, and runs on afterwards. One at a time. */
  async lead<T>(leads: () => Promise<T>): Promise<T> {
    assert(!this.isLed, 'the clock is led by one at a time')
    this.#stands_ms = this.now()
    try {
      return await leads()
    } finally {
      this.#stands_ms = null
    }
  }

  async refresh(): Promise<void> {
    const row = await this.#db.maybeOne<{ value: number }>(
      `select value from settings where name = 'clock_ahead_ms'`,
    )
    this.#ahead_ms = Math.max(this.#ahead_ms, row?.value ?? 0)
  }

  /** Forward only: what has happened stays before what will. */
  async moveTo(to_ms: number): Promise<void> {
    const ahead_ms = Math.max(this.#ahead_ms, to_ms - Date.now())
    await this.#db.run(
      `insert into settings (name, value) values ('clock_ahead_ms', to_jsonb($1::bigint))
       on conflict (name) do update
       set value = to_jsonb(greatest((settings.value #>> '{}')::bigint, $1::bigint))`,
      [ahead_ms],
    )
    this.#ahead_ms = ahead_ms
    if (this.#stands_ms !== null) this.#stands_ms = Math.max(this.#stands_ms, to_ms)
  }
}
