/** Payments, the desk: one movement of money that we want of a provider, or that it told us of: its row in our words. */

import type { Destination, Method, PaymentKind, Place } from '../providers/port.ts'

/**
 * - `wanted`: not asked for yet, or certainly nothing has happened.
 * - `unknown`: asked for, and no clear answer yet.
 * - `pending` to `returned`: as the provider tells it (port.ts).
 * - `refused`: the provider said no, or none serves it. Nothing has happened, and nothing will.
 * - `lost`: asked for, and the provider knows nothing of it, for so long that it is an operator's to decide; or it cannot
 *   be asked any more where it was made. It is not asked for again, and asked about once a day.
 * - `not_wanted`: the agreement did not want it any more before anybody was asked.
 * - `merged`: told of by another id, and counted under another row.
 */
export const processor_states = [
  'wanted',
  'unknown',
  'pending',
  'succeeded',
  'failed',
  'expired',
  'returned',
  'refused',
  'lost',
  'not_wanted',
  'merged',
] as const

export type ProcessorState = (typeof processor_states)[number]

/** What the create says beside the columns. */
export interface Details {
  readonly description: string
  /** Who is credited where the money cannot go where it was meant to: the payer of a pay-in. */
  readonly party?: string
  readonly return_urls?: { readonly paid: string; readonly cancelled: string }
  readonly payer_number?: string
  readonly destination?: Destination
  /** Of a refund: the pay-in that it gives back. */
  readonly refunds?: string
  /** Shown id of the agreement that it is about, where another one hears of it. */
  readonly about?: string
}

/** Amounts are minor units. */
export interface ProviderPayment {
  readonly id: string
  readonly provider: string
  readonly kind: PaymentKind
  readonly flow: string | null
  readonly agreement: string | null
  readonly token: string
  readonly our_reference: string
  /** What both were worked out from, so that a database that has lost the row makes them again (`derive.ts`). */
  readonly derived_from: string | null
  readonly try: number | null
  /** Where it was asked for; null before that, and for rows from before places were kept. */
  readonly place: Place | null
  readonly method: Method | null
  /** What is wanted. */
  readonly amount: bigint
  readonly currency: string
  readonly details: Details
  readonly state: ProcessorState
  readonly provider_id: string | null
  readonly settled_id: string | null
  /** What really moved, as the provider says. */
  readonly told_amount: bigint | null
  readonly told_currency: string | null
  readonly fee: bigint | null
  readonly status: string | null
  readonly reason: string | null
  readonly checkout_url: string | null
  readonly settled_ms: number | null
  /** The last of the desk's words that the engine has taken: `before`, `offered`, `succeeded`, …, or `set_aside`. */
  readonly heard: string | null
  /** The agreement of the flow `suspense` in which what came lies. */
  readonly suspense: string | null
  readonly next_ms: number | null
  readonly attempts: number
  readonly closing: boolean
  readonly created_ms: number
  readonly called_ms: number | null
  readonly told_ms: number | null
  /** Since when the provider knows nothing of it any more, or cannot be asked. */
  readonly denied_ms: number | null
}

/** The prefix under which its id is shown, and its token as our reference with the provider. */
export const provider_payment_prefix = 'pp'
