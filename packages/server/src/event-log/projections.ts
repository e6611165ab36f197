/** Events: following the log. A follower turns events into rows that could be made anew from the log at any time. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Tx } from '../platform/postgres/database.ts'
import { Failures } from '../platform/failures.ts'
import type { Logger } from '../platform/log.ts'
import { readEvents, type LoggedEvent } from './log.ts'

export const projected_events_max = 1_000
const idle_ms = 500

export interface Projection {
  readonly name: string
  /** Only events of these flows; of all where it is left out or null. */
  readonly flows?: readonly string[] | null
  /** Writes through `tx` alone: the rows and the number of the last event are kept together, or neither is. */
  project(tx: Tx, events: readonly LoggedEvent[]): Promise<void>
}

interface Page {
  readonly after: bigint
  readonly upto: bigint
  readonly events: readonly LoggedEvent[]
}

export class Projections {
  readonly #db: Database
  readonly #projections: ReadonlyMap<string, Projection>
  readonly #log: Logger
  /** The page read last: projections read the same one after another, and it is parsed once. */
  #page: Page | null = null
  readonly #under_way = new Map<string, Promise<void>>()
  readonly #waiting = new Map<string, Promise<void>>()

  constructor(db: Database, projections: readonly Projection[], log: Logger) {
    this.#db = db
    this.#projections = new Map(projections.map((follower) => [follower.name, follower]))
    this.#log = log
  }

  /** Follows to what is the end of the log now, so that who comes after its own ask reads what came of it. */
  async catchUp(name?: string): Promise<void> {
    if (name !== undefined) return this.#inTurn(this.#get(name))
    for (const follower of this.#projections.values()) await this.#inTurn(follower)
  }

  /** Until told to stop. A follower that fails is logged and tried again, and holds up no other. */
  async run(signal: AbortSignal): Promise<void> {
    const failures = new Map([...this.#projections.keys()].map((name) => [name, new Failures(this.#log)]))
    while (!signal.aborted) {
      for (const [name, follower] of this.#projections) {
        await this.#inTurn(follower).then(
          () => failures.get(name)?.over(),
          (error: unknown) =>
            failures.get(name)?.note({ err: error, follower: name }, 'a follower failed; trying again'),
        )
      }
      await sleep(idle_ms, undefined, { signal }).catch(() => undefined)
    }
  }

  #get(name: string): Projection {
    const follower = this.#projections.get(name)
    if (follower === undefined) throw new Error(`no follower is called ${name}`)
    return follower
  }

  /** One at a time here. Those who come while one is under way share the next, which sees the end of the log anew. */
  #inTurn(follower: Projection): Promise<void> {
    const { name } = follower
    const waiting = this.#waiting.get(name)
    if (waiting !== undefined) return waiting
    const before = this.#under_way.get(name) ?? Promise.resolve()
    const turn = before
      .catch(() => undefined)
      .then(() => {
        this.#waiting.delete(name)
        return this.#follow(follower)
      })
    this.#waiting.set(name, turn)
    this.#under_way.set(name, turn)
    return turn
  }

  async #follow(follower: Projection): Promise<void> {
    const { end, seq } = await this.#db.one<{ end: bigint; seq: bigint | null }>(
      `select h.seq as end, f.seq
       from log_head h
       left join projections f on f.name = $1`,
      [follower.name],
    )
    if (seq === null)
      await this.#db.run('insert into projections (name, seq) values ($1, 0) on conflict do nothing', [
        follower.name,
      ])
    let reached = seq ?? 0n
    while (reached < end) reached = await this.#step(follower, end)
  }

  /** One page. Processes take turns at the follower's row; who waited goes on where the other stopped. */
  #step(follower: Projection, end: bigint): Promise<bigint> {
    return this.#db.transaction(async (tx) => {
      const { seq } = await tx.one<{ seq: bigint }>(
        'select seq from projections where name = $1 for update',
        [follower.name],
      )
      if (seq >= end) return seq
      const page_end = seq + BigInt(projected_events_max)
      const upto = page_end < end ? page_end : end
      const events = await this.#read(tx, seq, upto)
      const { flows = null } = follower
      const its = flows === null ? events : events.filter(({ body }) => flows.includes(body.flow))
      if (its.length > 0) await follower.project(tx, its)
      await tx.run('update projections set seq = $2 where name = $1', [follower.name, upto])
      return upto
    })
  }

  async #read(tx: Tx, after: bigint, upto: bigint): Promise<readonly LoggedEvent[]> {
    if (this.#page?.after !== after || this.#page.upto !== upto)
      this.#page = { after, upto, events: await readEvents(tx, after, upto) }
    return this.#page.events
  }
}
