/** HTTP: one dispute and its agreement, if the caller may see it. */

import assert from 'node:assert/strict'
import type { Caller } from '../access/caller.ts'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { proposalsOf, type Agreement, type Proposal } from '@holdfast/kernel/engine/agreement.ts'
import type { FlowVersion } from '@holdfast/kernel/engine/product.ts'
import type { DisputeState } from './story.ts'
import type { DisputeWords } from '@holdfast/kernel/flow/define.ts'
import type { Context } from '../http/context.ts'
import { readAgreement } from '../http/read-agreement.ts'

export const dispute_id_prefix = 'dsp'
const offer_id_prefix = 'ofr'

export interface DisputeRow {
  readonly id: string
  readonly agreement_id: string
  readonly flow: string
  readonly state: DisputeState
  readonly raised_role: string
  readonly raised_by: string
  readonly raised_at: Date
  readonly reason_code: string | null
  readonly text: string | null
  readonly evidence_due_at: Date
  readonly outcome: string | null
  readonly decided_role: string | null
  readonly decided_by: string | null
  readonly decided_at: Date | null
  readonly notes: string | null
  readonly distribution: Record<string, number> | null
}

export const dispute_columns = `d.id, d.agreement_id, d.flow, d.state, d.raised_role, d.raised_by, d.raised_at, d.reason_code, d.text,
  d.evidence_due_at, d.outcome, d.decided_role, d.decided_by, d.decided_at, d.notes, d.distribution`

/** A dispute that the caller may see, with its agreement. */
export interface Found {
  readonly dispute: DisputeRow
  readonly agreement: Agreement
  readonly edition: FlowVersion
  readonly words: DisputeWords
  /** The caller's: a side's name, `operator` or `service`. */
  readonly role: string
}

/** Null where it is not there, or not the caller's to see: its sides see it, and the staff. */
export async function findDispute(context: Context, caller: Caller, shown: string): Promise<Found | null> {
  const id = readId(dispute_id_prefix, shown)
  if (id === null) return null
  await context.projections.catchUp('disputes')
  const { db, engine } = context
  const { party, kind } = caller.actor
  const dispute = await db.maybeOne<DisputeRow & { role: string | null }>(
    `select ${dispute_columns}, s.role
     from disputes d
     left join dispute_sides s on s.dispute_id = d.id and s.party = $2
     where d.id = $1`,
    [id, party],
  )
  if (dispute === undefined || (party !== null && dispute.role === null)) return null
  const agreement = await readAgreement(context, dispute.agreement_id)
  assert(agreement, 'a dispute without its agreement')
  const edition = await engine.flowVersion(agreement)
  const words = edition.flow.flow.dispute
  return words === undefined ? null : { dispute, agreement, edition, words, role: dispute.role ?? kind }
}

/** The offer or the operator's ask that waits for others, by the transition's name. */
export function standingOf({ agreement, dispute }: Found, transition: string): Proposal | null {
  return dispute.state === 'open' ? (proposalsOf(agreement)[transition] ?? null) : null
}

export function offerId(proposal: Proposal): string {
  return showId(offer_id_prefix, proposal.id)
}
