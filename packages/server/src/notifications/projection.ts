/** Events: notifications. Everyone whom an event tells has a row of it; who has read it is kept beside. */

import type { Tx } from '../platform/postgres/database.ts'
import { bigint, text, time, uuid } from '../platform/postgres/binary-arrays.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'
import { eventId } from '../event-log/event-id.ts'
import type { Projection } from '../event-log/projections.ts'
import type { EventBody, LoggedEvent } from '../event-log/log.ts'
import { learnVersions } from '../event-log/flow-versions.ts'

export interface Notification {
  readonly recipient: string
  readonly id: string
  /** Number of the event; null for what is no event. */
  readonly seq: bigint | null
  readonly agreement_id: string
  readonly flow: string
  readonly transition: string | null
  readonly kind: EventBody['kind'] | 'evidence'
  readonly says: string
  readonly at_ms: number
}

export type Staff = 'operator' | 'service'

/** No id of a person has a star, so a person with the name of a role reads nothing that is not its own. */
export function recipientOf(staff: Staff): string {
  return `*${staff}`
}

export function projectNotifications(registry: FlowRegistry): Projection {
  return {
    name: 'notifications',
    project: async (tx, events) => writeNotifications(tx, await notificationsIn(tx, registry, events)),
  }
}

/** Whom these events tell, and in which words. */
export async function notificationsIn(
  tx: Tx,
  registry: FlowRegistry,
  events: readonly LoggedEvent[],
): Promise<Notification[]> {
  await learnVersions(tx, registry, events)
  return events.flatMap((event) => notificationsOf(event, saysOf(registry, event.body)))
}

/** Those that are there stay as they are, read or not. */
export async function writeNotifications(tx: Tx, rows: readonly Notification[]): Promise<void> {
  if (rows.length === 0) return
  await tx.run(
    `insert into notifications (recipient, id, seq, agreement_id, flow, transition, kind, says, at)
     select *
     from unnest($1::text[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::timestamptz[])
     on conflict do nothing`,
    [
      text(rows, (row) => row.recipient),
      uuid(rows, (row) => row.id),
      bigint(rows, (row) => row.seq),
      uuid(rows, (row) => row.agreement_id),
      text(rows, (row) => row.flow),
      text(rows, (row) => row.transition),
      text(rows, (row) => row.kind),
      text(rows, (row) => row.says),
      time(rows, (row) => row.at_ms),
    ],
  )
}

function notificationsOf(event: LoggedEvent, says: string): Notification[] {
  const { seq, agreement_id, body } = event
  const told = new Map<string, string>()
  for (const role of body.tells) {
    const recipient = role === 'operator' || role === 'service' ? recipientOf(role) : body.parties[role]
    // A party that is left out is told nothing, and who is told under two roles is told once.
    if (recipient !== undefined && !told.has(recipient)) told.set(recipient, body.words?.[role] ?? says)
  }
  return [...told].map(([recipient, words]) => ({
    recipient,
    id: eventId(event, recipient),
    seq,
    agreement_id,
    flow: body.flow,
    transition: body.transition,
    kind: body.kind,
    says: words,
    at_ms: Date.parse(body.at),
  }))
}

/** What an event says to those for whom the flow has no words of their own. */
function saysOf(
  registry: FlowRegistry,
  { flow, flow_version, transition, kind, by, problem }: EventBody,
): string {
  const says = registry.get(flow, flow_version)?.flow.transitions.get(transition)?.says ?? transition
  if (kind === 'reminder') return `Reminder, if nothing happens soon: ${says}`
  if (kind === 'revoked') return `Taken back by ${by.role}, so it does not happen for now: ${says}`
  if (kind === 'mark') return `Asked for by ${by.role}, and waits for others: ${says}`
  if (kind === 'deferred')
    return `Could not be done (${problem ?? 'refused'}) and will be tried again: ${says}`
  return says
}
