/**
 * Payments, the desk: the token of a payment, worked out from what wants it. Whoever has lost the row, by a backup that
 * was restored or a failover, works out the same token again, and the provider itself refuses to do it twice. Pure.
 */

import { hash } from 'node:crypto'
import { showId } from '@holdfast/kernel/ids.ts'
import type { PaymentKind } from '../providers/port.ts'
import { provider_payment_prefix } from './provider-payment.ts'

export interface Derivation {
  /** What wants it, in words that are the same in every copy of the database: `agreement 0198…`, `pay-in momo 7d2a…`. */
  readonly derived_from: string
  readonly kind: PaymentKind
  /** From 1: what was refused or came back may be wanted once more. */
  readonly try: number
}

/** A UUID of the form of version 4, as providers want it. The words in front keep it apart from all other hashes. */
export function tokenOf({ derived_from, kind, try: nth }: Derivation): string {
  const words = ['holdfast payment', derived_from, kind, String(nth)]
  const hex = hash('sha256', words.join('\u0000'), 'hex')
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

/** Our reference with the provider: the token as people read it. */
export function referenceOf(token: string): string {
  return showId(provider_payment_prefix, token)
}

/** What a payment derives from that is wanted for nothing but its agreement. */
export function agreementWords(agreement: string): string {
  return `agreement ${agreement}`
}

/** What a refund derives from: the money that it gives back, as the provider knows it, whichever agreement it came to. */
export function payInWords({ provider, settled_id }: { provider: string; settled_id: string }): string {
  return `pay-in ${provider} ${settled_id}`
}
