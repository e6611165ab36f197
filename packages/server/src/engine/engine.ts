/**
 * Engine: asks wait in memory while the previous batch commits, then go together.
 *
 * A few lanes run side by side, each with a connection of its own. An idle lane takes a batch of one at once, so
 * nothing waits on a timer. The caller gets its verdict only after the commit.
 */

import assert from 'node:assert/strict'
import {
  DatabaseUnavailable,
  isRetryable,
  isUniqueViolation,
  type Lane,
} from '../platform/postgres/database.ts'
import { problem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Ask, Verdict } from '@holdfast/kernel/engine/ask.ts'
import { commit } from './commit.ts'
import { decide } from '@holdfast/kernel/engine/decide.ts'
import { AgreementCache } from './agreement-cache.ts'
import { load } from './load.ts'
import type { FlowRegistry, FlowVersion } from '@holdfast/kernel/engine/product.ts'
import { learnFlowVersions } from './flow-versions.ts'
import { AskQueue, type QueuedAsk } from './queue.ts'

/** A batch takes at most this many asks. */
export const batch_asks_max = 128
/** More than this many waiting asks are refused as `overloaded`. */
export const queue_asks_max = 20_000
/** How often a batch is tried again after a deadlock, a serialization failure, or two processes opening one account. */
const attempts_max = 5

/** Counts for /metrics. */
export interface EngineCounts {
  batches: number
  asks: number
  retries: number
}

export class Engine {
  readonly counts: EngineCounts = { batches: 0, asks: 0, retries: 0 }
  readonly #registry: FlowRegistry
  readonly #idle: Set<Lane>
  readonly #lanes: readonly Lane[]
  readonly #reader: Lane
  readonly #running = new Set<string>()
  #known = new AgreementCache()
  readonly #queue: AskQueue
  #woken = false
  #drained: (() => void)[] = []
  #closing = false

  /** `reader` is a lane of its own for dry runs, which take no part in any transaction. */
  constructor(lanes: readonly Lane[], reader: Lane, registry: FlowRegistry) {
    this.#lanes = lanes
    this.#reader = reader
    this.#idle = new Set(lanes)
    this.#queue = new AskQueue(registry, lanes.length)
    this.#registry = registry
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Resolves after the commit. Rejects with DatabaseUnavailable where nobody can say yet whether it was committed. */
  ask(ask: Ask): Promise<Verdict> {
    if (this.#closing || this.#queue.length >= queue_asks_max) return Promise.resolve(refuse('overloaded'))
    const key = ask.key?.id
    if (key !== undefined && this.#running.has(key)) return Promise.resolve(refuse('request_in_progress'))
    if (key !== undefined) this.#running.add(key)
    return new Promise<Verdict>((resolve, reject) => {
      const done = () => key !== undefined && this.#running.delete(key)
      this.#queue.push({
        ask,
        answer: (verdict) => (done(), resolve(verdict)),
        fail: (error) => (done(), reject(error)),
      })
      this.#wake()
    })
  }

  /** Full validation under the same rules; nothing is locked or written. */
  async dryRun(ask: Ask): Promise<Verdict> {
    const asks = [{ ...ask, key: null }]
    const world = await load(this.#reader, asks, this.#registry, 'look', this.#known)
    const [verdict] = decide(world, asks, this.#registry).verdicts
    assert(verdict)
    return verdict
  }

  /** The version of the flow that an agreement stands on. */
  async flowVersion(agreement: Agreement): Promise<FlowVersion> {
    await learnFlowVersions(this.#reader, this.#registry, [agreement])
    const edition = this.#registry.get(agreement.flow, agreement.flow_version)
    assert(edition, `this program has no product called ${agreement.flow}`)
    return edition
  }

  /** After every new connection: behind it may stand another server, promoted without the last commits. */
  forget(): void {
    this.#known = new AgreementCache()
  }

  /** Takes no more asks, finishes those that wait, closes the lanes. */
  async close(): Promise<void> {
    this.#closing = true
    if (this.#idle.size < this.#lanes.length || this.#queue.length > 0)
      await new Promise<void>((resolve) => this.#drained.push(resolve))
    await Promise.all([...this.#lanes, this.#reader].map((lane) => lane.close()))
  }

  /** After the requests that arrived together have all been read, so that they go in one batch. */
  #wake(): void {
    if (this.#woken) return
    this.#woken = true
    setImmediate(() => {
      this.#woken = false
      this.#start()
    })
  }

  #start(): void {
    for (const lane of this.#idle) {
      const batch = this.#queue.take(lane === this.#lanes[0], batch_asks_max)
      if (batch.length === 0) continue
      this.#idle.delete(lane)
      void this.#run(lane, batch).finally(() => {
        this.#idle.add(lane)
        this.#start()
        if (this.#idle.size === this.#lanes.length && this.#queue.length === 0)
          for (const resolve of this.#drained.splice(0)) resolve()
      })
    }
  }

  async #run(lane: Lane, batch: readonly QueuedAsk[]): Promise<void> {
    this.counts.batches += 1
    this.counts.asks += batch.length
    try {
      const verdicts = await this.#attempt(
        lane,
        batch.map(({ ask }) => ask),
      )
      for (const [i, { answer, fail }] of batch.entries()) {
        const verdict = verdicts[i]
        if (verdict) answer(verdict)
        else fail(new Error('a batch gave no verdict'))
      }
    } catch (error) {
      // An unexpected failure of the batch: each ask alone, so that one bad ask cannot poison the others.
      if (batch.length === 1 || error instanceof DatabaseUnavailable)
        for (const { fail } of batch) fail(error)
      else for (const waiting of batch) await this.#run(lane, [waiting])
    }
  }

  async #attempt(lane: Lane, asks: readonly Ask[], attempt = 1): Promise<Verdict[]> {
    try {
      return await transact(lane, asks, this.#registry, this.#known)
    } catch (error) {
      const taken = isUniqueViolation(error)
      // Which of a batch meant it is known once each is asked alone.
      if (taken === 'transfers_reference' && asks.length === 1) return [refuse('reference_taken')]
      const again = isRetryable(error) || (taken !== undefined && taken !== 'transfers_reference')
      if (!again || attempt >= attempts_max) throw error
      this.counts.retries += 1
      return this.#attempt(lane, asks, attempt + 1)
    }
  }
}

/** One batch, one transaction: load, decide, commit. */
async function transact(
  lane: Lane,
  asks: readonly Ask[],
  registry: FlowRegistry,
  known: AgreementCache,
): Promise<Verdict[]> {
  const begun = lane.query('begin')
  try {
    const [, world] = await Promise.all([begun, load(lane, asks, registry, 'lock', known)])
    const { verdicts, changes } = decide(world, asks, registry)
    const now_ms = Math.max(...asks.map((ask) => ask.now_ms))
    if (changes.events.length === 0) await lane.query('rollback')
    else await commit(lane, world, changes, now_ms)
    for (const agreement of changes.agreements.values()) known.set(agreement)
    return verdicts
  } catch (error) {
    // Also on a connection that is being lost: the lane must know that its transaction is over before the next one begins.
    void lane.query('rollback').catch(() => undefined)
    throw error
  }
}

function refuse(code: 'overloaded' | 'request_in_progress' | 'reference_taken'): Verdict {
  return { outcome: 'refused', problem: problem(code) }
}
