/**
 * Payments, the inbox: takes in the events of providers. Each is stored before it is answered, and once; a loop looks at
 * what is stored and makes payments due for the desk, which asks the provider. Nothing here moves money.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../platform/clock.ts'
import {
  DatabaseUnavailable,
  isRetryable,
  isUniqueViolation,
  type Database,
} from '../../platform/postgres/database.ts'
import { Batcher } from '../../platform/batcher.ts'
import { newId, showId } from '@holdfast/kernel/ids.ts'
import { Failures } from '../../platform/failures.ts'
import type { Logger } from '../../platform/log.ts'
import type { Providers } from '../providers/index.ts'
import type { Incoming, Verified } from '../providers/port.ts'
import { markHandled, page_events_max, claimPage } from './page.ts'
import { provider_event_prefix } from './provider-event.ts'
import { headersKept, listUnhandled, storeEvents, type ReceivedEvent } from './store.ts'

export const batch_events_max = 250
export const batch_bytes_max = 4 * 1_048_576
/** More than this is refused: the provider sends it again. */
export const waiting_events_max = 5_000
export const waiting_bytes_max = 64 * 1_048_576
/** How long what another process stored may lie here. */
export const idle_ms = 500
/** After a failure. */
const pause_ms = 1_000
/** How often a page is tried again at once after a collision. */
const attempts_max = 5

export type ReceivedOutcome = 'stored' | 'duplicate' | 'forged' | 'stale' | 'malformed'

export interface WebhookNeeds {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly providers: Providers
  /** Called when the desk has something new to ask. */
  readonly onDue: () => void
}

export class WebhookReceiver {
  /** What came of requests, by provider. */
  readonly counts = new Map<string, Record<ReceivedOutcome, number>>()
  readonly #needs: WebhookNeeds
  /** Answers whether the event is new. */
  readonly #gathering: Batcher<ReceivedEvent, boolean>
  #resting = new AbortController()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(needs: WebhookNeeds) {
    this.#needs = needs
    this.#gathering = new Batcher({
      write: (came) => this.#store(came),
      batch_items_max: batch_events_max,
      weigh: ({ body }) => body.length,
      batch_weight_max: batch_bytes_max,
    })
  }

  /** Resolves after the commit. `overloaded`: nothing was kept, and the provider is to send it again. */
  async receive(
    provider: string,
    { event_id, type, about }: Exclude<Verified, { refused: unknown }>,
    { body, headers }: Incoming,
  ): Promise<'stored' | 'duplicate' | 'overloaded'> {
    const { length, weight } = this.#gathering
    if (length >= waiting_events_max || weight >= waiting_bytes_max) return 'overloaded'
    const received_ms = this.#needs.clock.now()
    const isNew = await this.#gathering.add({
      id: newId(received_ms),
      provider,
      event_id,
      type,
      about,
      body,
      headers: headersKept(headers),
      received_ms,
    })
    const outcome = isNew ? 'stored' : 'duplicate'
    this.count(provider, outcome)
    return outcome
  }

  count(provider: string, outcome: ReceivedOutcome): void {
    let counts = this.counts.get(provider)
    if (counts === undefined) {
      counts = { stored: 0, duplicate: 0, forged: 0, stale: 0, malformed: 0 }
      this.counts.set(provider, counts)
    }
    counts[outcome] += 1
  }

  /** Looks at all that lies here now, and says how many events that were. One after another in this process. */
  drain(): Promise<number> {
    const turn = this.#turn.catch(() => undefined).then(() => this.#drain())
    this.#turn = turn
    return turn
  }

  /** Until told to stop: at once when something was stored here, and now and then for what others stored. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#resting.abort(), { once: true })
    const failures = new Failures(this.#needs.log)
    while (!signal.aborted) {
      const resting = new AbortController()
      this.#resting = resting
      const rest_ms = await this.drain().then(
        () => {
          failures.over()
          return idle_ms
        },
        (error: unknown) => {
          failures.note({ err: error }, 'events of providers could not be taken; trying again')
          return pause_ms
        },
      )
      await sleep(rest_ms, undefined, { signal: resting.signal }).catch(() => undefined)
    }
  }

  async #store(came: readonly ReceivedEvent[]): Promise<readonly boolean[]> {
    const fresh = await storeEvents(this.#needs.db, came)
    if (fresh.size > 0) this.#resting.abort()
    return came.map(({ id }) => fresh.has(id))
  }

  async #drain(): Promise<number> {
    let drained = 0
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a page after another
      const events = await this.#page()
      drained += events
      if (events < page_events_max) return drained
    }
  }

  async #page(): Promise<number> {
    try {
      return await this.#take(null)
    } catch (error) {
      if (isPassing(error)) throw error
      return this.#oneByOne()
    }
  }

  /** One that cannot be taken does not hold up those behind it: the desk asks about its payment without it, only later. */
  async #oneByOne(): Promise<number> {
    const { db, clock, log } = this.#needs
    const ids = await listUnhandled(db, page_events_max)
    for (const id of ids) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one by one is the purpose
        await this.#take(id)
      } catch (error) {
        if (isPassing(error)) throw error
        log.error({ err: error, event: showId(provider_event_prefix, id) }, 'an event could not be taken')
        // oxlint-disable-next-line no-await-in-loop -- one by one is the purpose
        await markHandled(db, [{ id, outcome: 'failed' }], clock.now())
      }
    }
    return ids.length
  }

  async #take(only: string | null, attempt = 1): Promise<number> {
    const { db, clock, providers, log, onDue } = this.#needs
    try {
      const { events, isDue } = await db.transaction((tx) =>
        claimPage(tx, { providers, log, now_ms: clock.now(), only }),
      )
      if (isDue) onDue()
      return events
    } catch (error) {
      if (attempt === attempts_max || !isCollision(error)) throw error
      return this.#take(only, attempt + 1)
    }
  }
}

/** Two wrote the same at once: whoever comes second finds what the first wrote. */
function isCollision(error: unknown): boolean {
  return isRetryable(error) || isUniqueViolation(error) !== undefined
}

/** Gone by itself when it is tried again later. */
function isPassing(error: unknown): boolean {
  return error instanceof DatabaseUnavailable || isCollision(error)
}
