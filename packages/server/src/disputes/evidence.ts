/** HTTP: evidence in a dispute: a statement, a file, or both. Both sides and operators see it; it is never changed. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Tx, Verbs } from '../platform/postgres/database.ts'
import { newId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { noteFileUses } from '../files/uses.ts'
import { findFile, showFile, type StoredFile } from '../files/files.ts'
import { recipientOf, writeNotifications } from '../notifications/projection.ts'
import type { Context } from '../http/context.ts'
import { whyNoEvidence } from './actions.ts'
import type { Found } from './find.ts'
import { idempotent } from '../http/idempotent.ts'
import { text_length_max } from '../http/schemas.ts'

export const evidence_max = 100
const id_prefix = 'evd'

export const EvidenceBody = Type.Object(
  {
    text: Type.Optional(Type.String({ minLength: 1, maxLength: text_length_max })),
    file: Type.Optional(Type.String({ maxLength: 100, description: 'Id of a file, see POST /v1/files' })),
  },
  { additionalProperties: false },
)

interface Given {
  readonly text?: string
  readonly file?: string
}

type Row = StoredFile & {
  readonly evidence_id: string
  readonly role: string
  readonly given_by: string
  readonly text: string | null
  readonly given_at: Date
  readonly file_id: string | null
}

export function giveEvidence(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  found: Found,
): Promise<FastifyReply> {
  const given = request.body as Given
  return idempotent(context, request, reply, 201, async (tx) => {
    const now_ms = context.clock.now()
    const { dispute, role } = found
    // Locked, so that it does not end while this is written, and the count below is the last word.
    const { state } = await tx.one<{ state: Found['dispute']['state'] }>(
      'select state from disputes where id = $1 for no key update',
      [dispute.id],
    )
    const refusal = await whyRefused(tx, { ...found, dispute: { ...dispute, state } }, given, now_ms)
    if (refusal !== null) return refusal
    const file = given.file === undefined ? null : await findFile(tx, request.caller.actor, given.file)
    if (given.file !== undefined && file === null)
      return problem('invalid_request', { pointer: '/file', reason: 'no such file of yours' })
    const id = newId(now_ms)
    const { actor } = request.caller
    await tx.run(
      `insert into evidence (dispute_id, id, role, given_by, text, file_id, at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [dispute.id, id, role, actor.party ?? actor.id, given.text ?? null, file?.id ?? null, instant(now_ms)],
    )
    if (file !== null) {
      const use = { agreement: dispute.agreement_id, file: file.id, party: actor.party, at_ms: now_ms }
      await noteFileUses(tx, [use])
    }
    await tell(tx, found, id, now_ms)
    return {
      id: showId(id_prefix, id),
      by: { role, id: actor.party ?? actor.id },
      text: given.text ?? null,
      file: file === null ? null : showFile(file),
      at: instant(now_ms),
    }
  })
}

async function whyRefused(tx: Tx, found: Found, given: Given, now_ms: number): Promise<Problem | null> {
  if (given.text === undefined && given.file === undefined)
    return problem('invalid_request', { pointer: '', reason: 'a text, a file, or both' })
  const { dispute, role } = found
  if (role === 'service') return problem('not_your_transition', { by: ['sides', 'operator'], you_are: role })
  const reason = whyNoEvidence(found, now_ms)
  if (reason !== null) return problem('transition_not_open', { state: dispute.state, reason, allowed: [] })
  const { count } = await tx.one<{ count: bigint }>(
    'select count(*) as count from evidence where dispute_id = $1',
    [dispute.id],
  )
  return count >= BigInt(evidence_max) ? problem('limit_exceeded', { evidence_max }) : null
}

/** The other side, and the operators, unless it comes from one of them. */
async function tell(
  tx: Tx,
  { dispute, agreement, words, role }: Found,
  id: string,
  at_ms: number,
): Promise<void> {
  const others = Object.keys(words.parts).filter((side) => side !== role)
  const people = others.flatMap((side) => agreement.parties[side] ?? [])
  const recipients = role === 'operator' ? people : [...people, recipientOf('operator')]
  await writeNotifications(
    tx,
    recipients.map((recipient) => ({
      recipient,
      id,
      seq: null,
      agreement_id: dispute.agreement_id,
      flow: dispute.flow,
      transition: null,
      kind: 'evidence',
      says: `New evidence in the dispute, from ${role}`,
      at_ms,
    })),
  )
}

/** In the order in which it was given. */
export async function listEvidence(db: Verbs, dispute: string): Promise<Record<string, unknown>[]> {
  const rows = await db.any<Row>(
    `select e.id as evidence_id, e.role, e.given_by, e.text, e.at as given_at, e.file_id,
       f.id, f.sha256, f.media_type, f.bytes, f.at
     from evidence e
     left join files f on f.id = e.file_id
     where e.dispute_id = $1
     order by e.id`,
    [dispute],
  )
  return rows.map((row) => ({
    id: showId(id_prefix, row.evidence_id),
    by: { role: row.role, id: row.given_by },
    text: row.text,
    file: row.file_id === null ? null : showFile(row),
    at: instant(row.given_at.getTime()),
  }))
}
