/**
 * Payments, the inbox: a page of events that nobody has looked at yet. Nothing moves on their word: they only make
 * payments due, so that the desk asks the provider.
 */

import { text, uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Tx, Verbs } from '../../platform/postgres/database.ts'
import type { Logger } from '../../platform/log.ts'
import type { Providers } from '../providers/index.ts'
import type { About } from '../providers/port.ts'
import { insertUnsolicited, lockMatching, makeDue } from './match.ts'
import { planFor } from './plan.ts'
import type { EventOutcome } from './provider-event.ts'

export const page_events_max = 500

interface Unhandled {
  readonly id: string
  readonly provider: string
  readonly event_id: string
  readonly about: readonly About[]
}

export interface EventPage {
  readonly events: number
  /** Whether the desk has anything new to ask. */
  readonly isDue: boolean
}

interface Taking {
  readonly providers: Providers
  readonly log: Logger
  readonly now_ms: number
  /** The id of the one event to take; null for the first of all. */
  readonly only: string | null
}

/** Others who look at the same time take other events. */
export async function claimPage(tx: Tx, { providers, log, now_ms, only }: Taking): Promise<EventPage> {
  const events = await tx.any<Unhandled>(
    `select id, provider, event_id, about
     from provider_events
     where handled_at is null
     and ($1::uuid is null or id = $1)
     order by id
     limit $2
     for update skip locked`,
    [only, page_events_max],
  )
  if (events.length === 0) return { events: 0, isDue: false }
  const told = events.flatMap(({ id, provider, about }) =>
    about.map((one) => ({ ...one, event: id, provider })),
  )
  const meant = told.length === 0 ? [] : await lockMatching(tx, told)
  const plan = planFor(told, meant, providers)
  await makeDue(tx, plan.due, now_ms)
  await insertUnsolicited(tx, [...plan.news.values()], now_ms)
  await markHandled(
    tx,
    events.map(({ id }) => ({ id, outcome: plan.outcomes.get(id) ?? 'nothing' })),
    now_ms,
  )
  for (const { id, event_id, provider, about } of events)
    if (plan.outcomes.get(id) === 'unknown')
      log.warn({ provider, event_id, about }, 'an event tells of money that we have not moved')
  return { events: events.length, isDue: plan.due.size > 0 || plan.news.size > 0 }
}

export async function markHandled(
  db: Verbs,
  events: readonly { readonly id: string; readonly outcome: EventOutcome }[],
  now_ms: number,
): Promise<void> {
  await db.run(
    `update provider_events e
     set handled_at = $1, outcome = handled.outcome
     from unnest($2::uuid[], $3::text[]) as handled (id, outcome)
     where e.id = handled.id`,
    [new Date(now_ms), uuid(events, ({ id }) => id), text(events, ({ outcome }) => outcome)],
  )
}
