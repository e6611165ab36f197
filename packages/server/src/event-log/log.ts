/** Events: reading the log. Numbers have no gaps and follow the order of commits, so a reader only keeps the last. */

import type { Database, Verbs } from '../platform/postgres/database.ts'
import type { EventKind } from '@holdfast/kernel/engine/ask.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'

/** What an event tells, as engine/event.ts writes it; the facts that projections read. */
export interface EventBody {
  /** Typed id. */
  readonly agreement: string
  readonly flow: string
  readonly flow_version: number
  readonly kind: EventKind
  readonly transition: string
  readonly from: string
  readonly to: string
  readonly money: string
  readonly by: { readonly kind: string; readonly id: string; readonly role: string }
  readonly reason?: string
  readonly input?: Readonly<Record<string, unknown>>
  readonly parties: Readonly<Record<string, string>>
  readonly currency: string
  /** Accounts as `couple-1.held`; amounts in minor units. */
  readonly postings: readonly { readonly from: string; readonly to: string; readonly amount: number }[]
  /** Roles, and their own words where they have some. */
  readonly tells: readonly string[]
  readonly words?: Readonly<Record<string, string>>
  /** Transitions that some had consented to, and that nobody has any more: state or amounts are others now. */
  readonly consents_ended?: readonly string[]
  /** Why a due timer was put off. */
  readonly problem?: string
  readonly at: string
}

export interface LoggedEvent {
  readonly seq: bigint
  readonly agreement_id: string
  readonly version: number
  readonly body: EventBody
}

/** Events after number `after` up to number `upto`, in order. */
export async function readEvents(db: Verbs, after: bigint, upto: bigint): Promise<LoggedEvent[]> {
  const rows = await db.any<Omit<LoggedEvent, 'body'> & { body: string }>(
    `select seq, agreement_id, version, body
     from events
     where seq > $1 and seq <= $2
     order by seq`,
    [after, upto],
  )
  return rows.map((row) => ({ ...row, body: JSON.parse(row.body) as EventBody }))
}

/** For the API: the bodies with their numbers, after number `after`, in order. */
export async function listEvents(db: Database, after: bigint, limit: number): Promise<object[]> {
  const rows = await db.any<{ seq: bigint; version: number; body: string }>(
    'select seq, version, body from events where seq > $1 order by seq limit $2',
    [after, limit],
  )
  return rows.map(({ seq, version, body }) => ({
    seq: toJson(seq),
    version,
    ...(JSON.parse(body) as object),
  }))
}
