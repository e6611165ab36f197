/** P2P proofs of payment: a file that was already used on another order is told to whom it concerns. */

import type { Verbs } from '../../../platform/postgres/database.ts'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { fileUses } from '../../../files/uses.ts'
import { findFile, type StoredFile } from '../../../files/files.ts'
import { eventId } from '../../../event-log/event-id.ts'
import type { Projection } from '../../../event-log/projections.ts'
import type { LoggedEvent } from '../../../event-log/log.ts'
import { recipientOf, writeNotifications, type Notification } from '../../../notifications/projection.ts'
import type { Actor } from '@holdfast/kernel/engine/ask.ts'
import { p2pTrade } from './flow.ts'

/** Of this person, and nobody else's: a file that one may read is not one's own proof. */
export async function ownFile(db: Verbs, actor: Actor, shown: string): Promise<StoredFile | null> {
  const file = await findFile(db, actor, shown)
  const own = file?.uploaded_by_kind === 'party' && file.uploaded_by === actor.party
  return file !== null && own && /^(image\/|application\/pdf$)/.test(file.media_type) ? file : null
}

/** Typed ids of the other orders in which the very content of a file was given, oldest first. */
export async function otherOrders(db: Verbs, sha256: Buffer, order: string): Promise<string[]> {
  const uses = await fileUses(db, sha256)
  const ids = [...new Set(uses.map(({ agreement_id }) => agreement_id))].filter((id) => id !== order)
  if (ids.length === 0) return []
  const orders = await db.any<{ id: string }>(
    `select id from agreements where id = any($1::uuid[]) and flow = $2 order by id`,
    [ids, p2pTrade.name],
  )
  return orders.map(({ id }) => showId(p2pTrade.id_prefix, id))
}

/** The same, by the proof that an order keeps in its data. */
export async function ordersWithProof(db: Verbs, proof: unknown, order: string): Promise<string[]> {
  const named = (proof as { file?: string } | undefined)?.file
  const id = named === undefined ? null : readId('fil', named)
  const file =
    id === null
      ? undefined
      : await db.maybeOne<{ sha256: Buffer }>('select sha256 from files where id = $1', [id])
  return file === undefined ? [] : otherOrders(db, file.sha256, order)
}

/** Operators and the payer are told apart from the payment itself. */
export const projectProofs: Projection = {
  name: 'p2p-proofs',
  flows: [p2pTrade.name],
  project: (tx, events) => writeNotifications(tx, events.filter(isReused).flatMap(warningsOf)),
}

function isReused({ body: { kind, transition, input } }: LoggedEvent): boolean {
  return kind === 'transition' && transition === 'pay' && input?.['proof_reused'] === true
}

function warningsOf(event: LoggedEvent): Notification[] {
  const { seq, agreement_id, body } = event
  const recipients = [recipientOf('operator'), body.parties['payer']].filter((who) => who !== undefined)
  return recipients.map((recipient) => ({
    recipient,
    id: eventId(event, recipient, 'proof reused'),
    seq,
    agreement_id,
    flow: body.flow,
    transition: body.transition,
    kind: body.kind,
    says: 'The proof of payment was used on another order before: look closely',
    at_ms: Date.parse(body.at),
  }))
}
