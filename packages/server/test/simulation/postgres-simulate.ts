/** Simulation on PostgreSQL: two engine processes on one database, asked at random, repeated at the other one, killed. */

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { realClock } from '../../src/platform/clock.ts'
import type { Database } from '../../src/platform/postgres/database.ts'
import { newId } from '@holdfast/kernel/ids.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Ask, Verdict } from '@holdfast/kernel/engine/ask.ts'
import type { EngineCounts } from '../../src/engine/engine.ts'
import { flowRegistryOf } from '@holdfast/kernel/engine/product.ts'
import { Asks } from '@holdfast/kernel/test/simulation/asks.ts'
import { Asked } from './postgres-asked.ts'
import { readAgreements } from './postgres-audit.ts'
import { EngineProcess, Fault, Unanswered } from './postgres-engine.ts'
import { simulated } from './products.ts'
import { Random } from '@holdfast/kernel/test/simulation/random.ts'
import { Store } from '@holdfast/kernel/test/simulation/store.ts'

export interface PostgresOptions {
  readonly url: string
  readonly db: Database
  readonly seed: number
  readonly asks: number
}

export interface PostgresReport {
  readonly asked: Asked
  readonly asks: number
  readonly repeats: number
  readonly unanswered: number
  readonly fired: number
  readonly counts: readonly EngineCounts[]
}

const batch_asks_max = 24
const under_way_max = 150
const faults_max = 10
const collisions = 60
const twins_percent = 8
/** Nothing is locked before a birth, so only a unique index tells two of them apart. */
const twin_births_percent = 40
const refresh_asks = 500
const day_ms = 86_400_000
const settle_ms_max = 20_000
const poll_ms = 50

/** The queue believes for hours that a killed process is still at work on its jobs; until somebody tells it, as here, they wait. */
const unlock_sql = `
  select graphile_worker.force_unlock_workers(array_agg(distinct locked_by))
  from graphile_worker.jobs
  where locked_at < $1
  having count(*) > 0`
const job_ms_max = 5_000

/** Money whose job is lost, not tried yet, or held by somebody. One that was refused (a frozen wallet) is tried again later. */
const waiting_sql = `
  select a.id, a.version, j.attempts, j.locked_at, j.locked_by
  from agreements a left join graphile_worker.jobs j on j.key = 'post-later ' || a.id || ' ' || a.later
  where a.later is not null and (j.id is null or j.attempts = 0 or j.locked_at is not null)`

export async function simulateOnPostgres(options: PostgresOptions): Promise<PostgresReport> {
  const start_ms = Date.UTC(2025, 0, 1)
  const first = await EngineProcess.start(options.url, start_ms)
  const run = new Run(options, [first, await EngineProcess.start(options.url, start_ms)], start_ms)
  try {
    return await run.all()
  } finally {
    await run.destroy()
  }
}

class Run {
  readonly #options: PostgresOptions
  readonly #random: Random
  readonly #registry = flowRegistryOf(simulated)
  /** What clients know of their agreements: a little old, as theirs is. */
  readonly #store = new Store()
  readonly #asks: Asks
  readonly #asked = new Asked(this.#registry)
  readonly #engines: EngineProcess[]
  readonly #under_way = new Set<Promise<void>>()
  #now_ms: number
  #sent = 0
  #repeats = 0
  #unanswered = 0
  #fired = 0
  #killed = false

  constructor(options: PostgresOptions, engines: EngineProcess[], now_ms: number) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.#asks = new Asks(this.#random, this.#store, this.#registry)
    this.#engines = engines
    this.#now_ms = now_ms
  }

  async all(): Promise<PostgresReport> {
    const { asks } = this.#options
    let refreshed = 0
    await this.#collide()
    while (this.#sent < asks && this.#asked.faults.length < faults_max) {
      this.#passTime()
      for (const ask of this.#asks.batch(this.#random.between(1, batch_asks_max), this.#now_ms))
        this.#send(ask)
      if (this.#random.chance(10)) this.#fire()
      if (!this.#killed && this.#sent > asks / 2 && this.#under_way.size > batch_asks_max) this.#kill()
      while (this.#under_way.size > under_way_max) await Promise.race(this.#under_way)
      if (this.#sent - refreshed < refresh_asks) continue
      refreshed = this.#sent
      await this.#refresh()
    }
    while (this.#under_way.size > 0) await Promise.all(this.#under_way)
    await this.#settle()
    const counts = await Promise.all(this.#engines.map((engine) => engine.end()))
    return {
      asked: this.#asked,
      asks: this.#sent,
      repeats: this.#repeats,
      unanswered: this.#unanswered,
      fired: this.#fired,
      counts,
    }
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.kill()))
  }

  /** To either process; at times at once to the other one too, under the same key. */
  #send(ask: Ask): void {
    const random = this.#random
    const to = random.below(2)
    this.#sent += 1
    this.#follow(this.#untilAnswered(ask, to))
    if (ask.key === null || !random.chance(ask.creation === null ? twins_percent : twin_births_percent))
      return
    this.#repeats += 1
    const again = { ...ask, id: newId(this.#now_ms, (n) => random.bytes(n)) }
    this.#follow(this.#untilAnswered(again, 1 - to))
  }

  /** Births alone in their batches, in both processes at the same moment: whoever comes second meets a unique index. */
  async #collide(): Promise<void> {
    for (const ask of this.#asks.batch(collisions, this.#now_ms)) {
      const again = { ...ask, id: newId(this.#now_ms, (n) => this.#random.bytes(n)) }
      this.#sent += 1
      await Promise.all([this.#untilAnswered(ask, 0), this.#untilAnswered(again, 1)])
    }
  }

  /** Both processes find the same timers due. */
  #fire(): void {
    for (const engine of this.#engines) {
      const firing = engine.fire(this.#now_ms).then((rows) => void (this.#fired += rows))
      this.#follow(firing.catch((error: Error) => this.#failed('timers', error)))
    }
  }

  #kill(): void {
    this.#killed = true
    const [victim] = this.#engines
    assert(victim)
    const revived = victim.kill().then(() => EngineProcess.start(this.#options.url, this.#now_ms))
    this.#follow(revived.then((engine) => void (this.#engines[0] = engine)))
  }

  async #untilAnswered(ask: Ask, to: number): Promise<void> {
    for (let at = to; ; at = 1 - at) {
      const verdict = await this.#once(ask, at)
      if (verdict === 'unanswered' && ask.key === null) return this.#asked.lose(ask)
      if (verdict === 'failed') return
      if (
        verdict === 'unanswered' ||
        (verdict.outcome === 'refused' && verdict.problem.code === 'request_in_progress')
      ) {
        await sleep(poll_ms)
        continue
      }
      this.#asked.hear(ask, verdict)
      if (verdict.outcome !== 'accepted') return
      this.#asks.hear(ask, verdict)
      return this.#learn(verdict.agreement)
    }
  }

  async #once(ask: Ask, to: number): Promise<Verdict | 'unanswered' | 'failed'> {
    const engine = this.#engines[to]
    assert(engine)
    try {
      return await engine.ask(ask)
    } catch (error) {
      this.#failed(`${ask.flow} ${ask.transition}`, error as Error)
      return error instanceof Unanswered ? 'unanswered' : 'failed'
    }
  }

  #failed(what: string, error: Error): void {
    if (error instanceof Unanswered) this.#unanswered += 1
    else this.#asked.faults.push(`${what}: ${error instanceof Fault ? error.message : error.stack}`)
  }

  #follow(work: Promise<void>): void {
    const followed = work.finally(() => this.#under_way.delete(followed))
    this.#under_way.add(followed)
  }

  #learn(agreement: Agreement): void {
    const known = this.#store.agreements.get(agreement.id)
    if (known !== undefined && known.version >= agreement.version) return
    this.#store.agreements.set(agreement.id, agreement)
    const { live } = this.#asks
    if (known === undefined) live.push(agreement.id)
    else if (agreement.ended_ms !== null && agreement.later === null && this.#random.chance(80))
      live.splice(live.indexOf(agreement.id), 1)
  }

  /** As a client that looks: timers and jobs have moved agreements that nobody asked about. */
  async #refresh(): Promise<void> {
    for (const agreement of await readAgreements(this.#options.db)) this.#learn(agreement)
  }

  #passTime(): void {
    const random = this.#random
    const jump = random.weighted<() => number>([
      [70, () => random.below(2_000)],
      [25, () => random.below(day_ms / 8)],
      [5, () => random.below(2 * day_ms)],
    ])
    this.#now_ms += jump()
  }

  /** What jobs have yet to post, they post; what is due, both processes find. */
  async #settle(): Promise<void> {
    const began = performance.now()
    for (;;) {
      const due = await Promise.all(this.#engines.map((engine) => engine.fire(this.#now_ms)))
      await this.#options.db.any(unlock_sql, [new Date(realClock.now() - job_ms_max)])
      const waiting = await this.#options.db.any(waiting_sql)
      if (waiting.length === 0 && due.every((rows) => rows === 0)) return
      const waited_ms = performance.now() - began
      assert(
        waited_ms < settle_ms_max,
        `after ${settle_ms_max} ms: ${due.join(' and ')} timers are due, and jobs wait: ${JSON.stringify(waiting)}`,
      )
      await sleep(poll_ms)
    }
  }
}
