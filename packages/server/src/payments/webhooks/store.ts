/** Payments, the inbox: writes events, many in one statement, and reads them for operators. */

import { bytes, json, text, time, uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Database, Verbs } from '../../platform/postgres/database.ts'
import type { About } from '../providers/port.ts'
import type { EventOutcome, ProviderEvent } from './provider-event.ts'

export interface ReceivedEvent {
  readonly id: string
  readonly provider: string
  readonly event_id: string
  readonly type: string
  readonly about: readonly About[]
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
  readonly received_ms: number
}

/** The ids of those that are new; the others have come before, or twice in here. */
export async function storeEvents(
  db: Database,
  came: readonly ReceivedEvent[],
): Promise<ReadonlySet<string>> {
  const rows = await db.any<{ id: string }>(
    `insert into provider_events (provider, event_id, id, type, about, body, headers, received_at)
     select *
     from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::json[], $6::bytea[], $7::json[], $8::timestamptz[])
     on conflict (provider, event_id) do nothing
     returning id`,
    [
      text(came, (event) => event.provider),
      text(came, (event) => event.event_id),
      uuid(came, (event) => event.id),
      text(came, (event) => event.type),
      json(came, (event) => event.about),
      bytes(came, (event) => event.body),
      json(came, (event) => event.headers),
      time(came, (event) => event.received_ms),
    ],
  )
  return new Set(rows.map(({ id }) => id))
}

const columns = 'id, provider, event_id, type, about, received_at, handled_at, outcome'

export interface Filters {
  readonly provider: string | null
  readonly outcome: EventOutcome | 'unhandled' | null
}

/** Newest first; `before` is the id of the last one seen. */
export function listProviderEvents(
  db: Verbs,
  {
    provider,
    outcome,
  }: { readonly provider: string | null; readonly outcome: EventOutcome | 'unhandled' | null },
  before: string | null,
  limit: number,
): Promise<ProviderEvent[]> {
  // In the letters of the statement, so that the index of the few is seen to serve.
  const which =
    outcome === null ? '' : outcome === 'unhandled' ? 'and handled_at is null' : `and outcome = '${outcome}'`
  return db.any<ProviderEvent>(
    `select ${columns}
     from provider_events
     where ($1::text is null or provider = $1)
     ${which}
     and ($2::uuid is null or id < $2)
     order by id desc
     limit $3`,
    [provider, before, limit],
  )
}

export interface WholeEvent extends ProviderEvent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export async function findEvent(db: Verbs, id: string): Promise<WholeEvent | null> {
  const row = await db.maybeOne<WholeEvent>(
    `select ${columns}, headers, body from provider_events where id = $1`,
    [id],
  )
  return row ?? null
}

/** The first that nobody has looked at yet. */
export async function listUnhandled(db: Verbs, limit: number): Promise<string[]> {
  const rows = await db.any<{ id: string }>(
    'select id from provider_events where handled_at is null order by id limit $1',
    [limit],
  )
  return rows.map(({ id }) => id)
}

export async function countUnhandled(db: Verbs): Promise<bigint> {
  const { count } = await db.one<{ count: bigint }>(
    'select count(*) from provider_events where handled_at is null',
  )
  return count
}

/** Which headers are kept with an event: what it was signed with, and who says to have sent it. */
export function headersKept(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(
    ([name]) => name === 'content-type' || name === 'user-agent' || name.endsWith('-signature'),
  )
  return Object.fromEntries(kept.map(([name, value]) => [name, [value].flat().join(', ')]))
}
