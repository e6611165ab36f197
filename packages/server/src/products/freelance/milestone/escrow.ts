/** Freelance milestone, pure: its escrow record and statuses in the words of the document, with shares as they were frozen. */

import { showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { basisPoints } from '@holdfast/kernel/flow/compile.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { divide } from '@holdfast/kernel/money/divide.ts'
import { freelanceProject } from '../project/flow.ts'
import { freelanceMilestone } from './flow.ts'

/** A milestone has one escrow, so one id serves both under two names. */
export const escrow_id_prefix = 'esc'

export function escrowId(milestone: string): string {
  return showId(escrow_id_prefix, milestone)
}

/** State → the milestone's status, and its escrow's. What is retained after the approval is in escrow still. */
const statuses: Readonly<Record<string, readonly [milestone: string, escrow: string]>> = {
  pending: ['PENDING', 'PENDING'],
  funded: ['FUNDED', 'FUNDED'],
  completed: ['COMPLETED', 'FUNDED'],
  changes_requested: ['CHANGES_REQUESTED', 'FUNDED'],
  retained: ['PAID', 'FUNDED'],
  disputed: ['DISPUTED', 'DISPUTED'],
  paid: ['PAID', 'RELEASED'],
  refunded: ['REFUNDED', 'REFUNDED'],
}

export function statusOf({ state }: Agreement): string | undefined {
  return statuses[state]?.[0]
}

export function escrowOf(agreement: Agreement): Record<string, unknown> {
  const { id, under, state, parties, terms, ended_ms, data } = agreement
  const amount = amountOf(agreement, 'amount')
  const platform_bps = basisPoints(terms['platform_share'] ?? '0%')
  const broker_bps = parties['broker'] === undefined ? 0n : basisPoints(terms['broker_share'] ?? '0%')
  const [broker = 0n, platform = 0n, developer = 0n] = divide(amount, [broker_bps, platform_bps, 'rest'])
  const approved_at = approvedAt(agreement)
  return {
    id: escrowId(id),
    project_id: under === null ? null : showId(freelanceProject.id_prefix, under),
    milestone_id: showId(freelanceMilestone.id_prefix, id),
    total_amount: toJson(amount),
    funded_amount: data['funded_at'] === undefined ? 0 : toJson(amount),
    released_amount: toJson(amountOf(agreement, 'released')),
    refunded_amount: toJson(amountOf(agreement, 'refunded')),
    developer_share: toJson(developer),
    broker_share: toJson(broker),
    platform_fee: toJson(platform),
    developer_percentage: percentage(10_000n - broker_bps - platform_bps),
    broker_percentage: percentage(broker_bps),
    platform_percentage: percentage(platform_bps),
    status: statuses[state]?.[1],
    client_approved: approved_at !== null,
    client_approved_at: approved_at,
    funded_at: data['funded_at'] ?? null,
    released_at: state === 'paid' && ended_ms !== null ? instant(ended_ms) : null,
  }
}

/** By itself, not by its silence or a decision. A part that left nothing was an approval as well. */
function approvedAt({ state, ended_ms, data }: Agreement): unknown {
  const { client_approved_at, part_released_at } = data
  if (client_approved_at !== undefined) return client_approved_at
  const last_part = state === 'paid' && ended_ms !== null && part_released_at === instant(ended_ms)
  return last_part ? part_released_at : null
}

/** 250 basis points are 2.5. */
function percentage(bps: bigint): number {
  return toJson(bps) / 100
}
