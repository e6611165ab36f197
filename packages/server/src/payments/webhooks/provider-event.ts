/** Payments, the inbox: an event of a provider, as it lies in provider_events. */

import type { About } from '../providers/port.ts'

/**
 * - `asked`: payments were made due, so that the desk asks about them.
 * - `told_of`: the provider tells of money that nobody here had asked for; it is asked about as well.
 * - `nothing`: about no money of ours, or about what is settled.
 * - `unknown`: about a refund or a pay-out that we have not made. For an operator.
 * - `failed`: it could not be taken, and is out of the way of the others. For an operator.
 */
export const event_outcomes = ['asked', 'told_of', 'nothing', 'unknown', 'failed'] as const
export type EventOutcome = (typeof event_outcomes)[number]

export interface ProviderEvent {
  readonly id: string
  readonly provider: string
  readonly event_id: string
  readonly type: string
  readonly about: readonly About[]
  readonly received_at: Date
  readonly handled_at: Date | null
  readonly outcome: EventOutcome | null
}

/** The prefix under which its id is shown. */
export const provider_event_prefix = 'pev'
