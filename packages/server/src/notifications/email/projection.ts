/** Events: e-mail. Who is told by an event, and has an address at that moment, gets one, with the words of the notification. */

import { bigint, text, time, uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Database, Tx } from '../../platform/postgres/database.ts'
import { newId } from '@holdfast/kernel/ids.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'
import { emailText, movedText, type EmailText } from './text.ts'
import type { Projection } from '../../event-log/projections.ts'
import { notificationsIn, recipientOf, type Notification } from '../projection.ts'

/** What is older than this when e-mail is set up again after a pause is not told any more: it would only alarm. */
export const told_late_days_max = 3

const name = 'emails'

export interface EmailWants {
  readonly registry: FlowRegistry
  /** The address of the operators; null for none. */
  readonly operator: string | null
  readonly time_zone: string
  /** When this process starts. */
  readonly now_ms: number
}

/** At the end of the log, where e-mail is set up for the first time: its past is told to nobody. Called before the API listens. */
export async function beginEmails(db: Database): Promise<void> {
  await db.run(
    `insert into projections (name, seq)
     select $1, seq
     from log_head
     on conflict do nothing`,
    [name],
  )
}

export function projectEmails({ registry, operator, time_zone, now_ms }: EmailWants): Projection {
  const oldest_ms = now_ms - told_late_days_max * 86_400_000
  return {
    name,
    async project(tx, events) {
      const told = events.filter(({ body }) => Date.parse(body.at) >= oldest_ms)
      const bodies = new Map(told.map(({ seq, body }) => [seq, body]))
      const notifications = await notificationsIn(tx, registry, told)
      const addresses = await addressesOf(tx, notifications, operator)
      await writeEmails(
        tx,
        notifications.flatMap((told_of) => {
          const body = told_of.seq === null ? undefined : bodies.get(told_of.seq)
          const address = addresses.get(told_of.recipient)
          if (body === undefined || address === undefined) return []
          return [{ ...told_of, ...emailText(told_of.says, body, told_of.recipient, time_zone), address }]
        }),
      )
    },
  }
}

async function addressesOf(
  tx: Tx,
  notifications: readonly Notification[],
  operator: string | null,
): Promise<Map<string, string>> {
  const recipients = [...new Set(notifications.map(({ recipient }) => recipient))]
  const contacts = await tx.any<{ party: string; email: string }>(
    'select party, email from contacts where party = any($1::text[])',
    [recipients],
  )
  const addresses = new Map(contacts.map(({ party, email }) => [party, email]))
  if (operator !== null) addresses.set(recipientOf('operator'), operator)
  return addresses
}

/** Told at the old address: else whoever took over an account would first move the warnings away. */
export async function mailAddressChange(
  tx: Tx,
  {
    party,
    address,
    time_zone,
    now_ms,
  }: { party: string; address: string; time_zone: string; now_ms: number },
): Promise<void> {
  const about = { seq: null, agreement_id: null, flow: null }
  await writeEmails(tx, [
    {
      id: newId(now_ms),
      recipient: party,
      address,
      ...about,
      ...movedText(now_ms, time_zone),
      at_ms: now_ms,
    },
  ])
}

interface Written extends EmailText {
  readonly id: string
  readonly recipient: string
  readonly address: string
  readonly seq: bigint | null
  readonly agreement_id: string | null
  readonly flow: string | null
  readonly at_ms: number
}

/** Due at once. Those that are there stay as they are, sent or not. */
async function writeEmails(tx: Tx, rows: readonly Written[]): Promise<void> {
  if (rows.length === 0) return
  await tx.run(
    `insert into emails (id, recipient, address, seq, agreement_id, flow, subject, text, at, state, attempts, next_at)
     select id, recipient, address, seq, agreement_id, flow, subject, text, at, 'queued', 0, at
     from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::text[],
       $9::timestamptz[]) as told (id, recipient, address, seq, agreement_id, flow, subject, text, at)
     on conflict do nothing`,
    [
      uuid(rows, (row) => row.id),
      text(rows, (row) => row.recipient),
      text(rows, (row) => row.address),
      bigint(rows, (row) => row.seq),
      uuid(rows, (row) => row.agreement_id),
      text(rows, (row) => row.flow),
      text(rows, (row) => row.subject),
      text(rows, (row) => row.text),
      time(rows, (row) => row.at_ms),
    ],
  )
}
