/** HTTP: disputes as they are read: a list, and one with its evidence, its standing offer and what the caller may do. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import type { Proposal } from '@holdfast/kernel/engine/agreement.ts'
import { distributionIn } from './story.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { sendJson } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { actionsOf } from './actions.ts'
import { listEvidence } from './evidence.ts'
import {
  dispute_columns,
  dispute_id_prefix,
  offerId,
  standingOf,
  type DisputeRow,
  type Found,
} from './find.ts'
import { pageOf } from '../http/page.ts'

export async function showFound(context: Context, found: Found): Promise<Record<string, unknown>> {
  const { dispute, agreement, words, role } = found
  const side = role in agreement.parties ? { your_side: role } : {}
  const offer = standingOf(found, words.settle)
  const decisions = { release: words.release, refund: words.refund, split: words.split }
  return {
    ...showDispute(context, dispute),
    ...side,
    currency: agreement.currency,
    held: toJson(agreement.amounts['held'] ?? 0n),
    sides: Object.keys(words.parts),
    evidence: await listEvidence(context.db, dispute.id),
    offer: offer === null ? null : { id: offerId(offer), ...showProposal(found, offer) },
    /** Decisions of one operator that wait for a second. */
    decisions_waiting: Object.entries(decisions).flatMap(([decision, transition]) => {
      const standing = standingOf(found, transition)
      return standing === null ? [] : [{ decision, ...showProposal(found, standing) }]
    }),
    actions: actionsOf(found, context.clock.now()),
  }
}

function showProposal({ agreement, words }: Found, proposal: Proposal): Record<string, unknown> {
  const { role, by, input, reason, at } = proposal
  return {
    by: { role, id: agreement.parties[role] ?? by },
    distribution: Object.keys(input).length === 0 ? null : distributionIn(input, words),
    reason: reason ?? null,
    at,
  }
}

export async function listDisputes(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const { state, flow, agreement } = request.query as Record<string, string | undefined>
  const after = page.starting_after === null ? null : readId(dispute_id_prefix, page.starting_after)
  if (page.starting_after !== null && after === null) return reply.refuse(notAnId('/starting_after'))
  const of_agreement = agreement === undefined ? null : agreementId(context, agreement)
  if (agreement !== undefined && of_agreement === null) return reply.refuse(notAnId('/agreement'))
  await context.projections.catchUp('disputes')
  const { party } = request.caller.actor
  const id = party === null ? 'd.id' : 's.dispute_id'
  const rows = await context.db.any<DisputeRow>(
    `select ${dispute_columns}
     from ${party === null ? 'disputes d' : 'dispute_sides s join disputes d on d.id = s.dispute_id'}
     where ($1::text is null or d.state = $1)
     and ($2::text is null or d.flow = $2)
     and ($3::uuid is null or d.agreement_id = $3)
     and ($4::uuid is null or ${id} < $4)
     and ${party === null ? '$5::text is null' : 's.party = $5'}
     order by ${id} desc
     limit $6`,
    [state ?? null, flow ?? null, of_agreement, after, party, page.limit + 1],
  )
  const data = rows.slice(0, page.limit).map((row) => showDispute(context, row))
  return sendJson(reply, 200, JSON.stringify({ data, has_more: rows.length > page.limit }))
}

function showDispute({ registry }: Context, row: DisputeRow): Record<string, unknown> {
  const prefix = registry.current.get(row.flow)?.flow.flow.id_prefix
  return {
    id: showId(dispute_id_prefix, row.id),
    flow: row.flow,
    agreement: prefix === undefined ? row.agreement_id : showId(prefix, row.agreement_id),
    state: row.state,
    raised_by: { role: row.raised_role, id: row.raised_by },
    raised_at: instant(row.raised_at.getTime()),
    reason_code: row.reason_code,
    text: row.text,
    evidence_due_at: instant(row.evidence_due_at.getTime()),
    outcome: row.outcome,
    decided_by: row.decided_role === null ? null : { role: row.decided_role, id: row.decided_by },
    decided_at: row.decided_at === null ? null : instant(row.decided_at.getTime()),
    notes: row.notes,
    distribution: row.distribution,
  }
}

function agreementId({ registry }: Context, shown: string): string | null {
  for (const { flow } of registry.current.values()) {
    const id = readId(flow.flow.id_prefix, shown)
    if (id !== null) return id
  }
  return null
}

function notAnId(pointer: string) {
  return problem('invalid_request', { in: 'querystring', pointer, reason: 'not an id' })
}
