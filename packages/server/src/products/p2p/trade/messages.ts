/** P2P messages: what the two sides of an order, and operators, write to each other. Never changed. */

import type { Tx, Verbs } from '../../../platform/postgres/database.ts'
import { newId, readId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'

export const messages_max = 1_000
const id_prefix = 'msg'

export interface Message {
  readonly id: string
  readonly role: string
  readonly given_by: string
  readonly text: string
  readonly at: Date
}

export async function writeMessage(
  tx: Tx,
  order: string,
  { role, given_by, text }: Pick<Message, 'role' | 'given_by' | 'text'>,
  now_ms: number,
): Promise<Message | Problem> {
  // Locked by name, so that two at once do not both find room for the last one.
  await tx.any(`select pg_advisory_xact_lock(hashtextextended('p2p messages ' || $1, 0))`, [order])
  const { count } = await tx.one<{ count: bigint }>(
    'select count(*) as count from p2p_messages where agreement_id = $1',
    [order],
  )
  if (count >= BigInt(messages_max)) return problem('limit_exceeded', { messages_max })
  const id = newId(now_ms)
  await tx.run(
    `insert into p2p_messages (agreement_id, id, role, given_by, text, at)
     values ($1, $2, $3, $4, $5, $6)`,
    [order, id, role, given_by, text, instant(now_ms)],
  )
  return { id, role, given_by, text, at: new Date(now_ms) }
}

/** Oldest first. */
export function listMessages(
  db: Verbs,
  order: string,
  after: string | null,
  limit: number,
): Promise<Message[]> {
  return db.any<Message>(
    `select id, role, given_by, text, at
     from p2p_messages
     where agreement_id = $1
     and ($2::uuid is null or id > $2)
     order by id
     limit $3`,
    [order, after, limit],
  )
}

export function readMessageId(shown: string): string | null {
  return readId(id_prefix, shown)
}

export function showMessage({ id, role, given_by, text, at }: Message): object {
  return { id: showId(id_prefix, id), by: { role, id: given_by }, text, at: instant(at.getTime()) }
}
