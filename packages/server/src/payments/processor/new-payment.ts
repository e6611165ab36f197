/** Payments, the desk: a new row, before anybody was asked. Pure, but for the ids that chance gives. */

import { randomUUID } from 'node:crypto'
import { newId, showId } from '@holdfast/kernel/ids.ts'
import { provider_payment_prefix, type ProviderPayment } from './provider-payment.ts'

type Given = Pick<
  ProviderPayment,
  'provider' | 'kind' | 'flow' | 'agreement' | 'method' | 'amount' | 'currency' | 'details' | 'state'
> &
  Partial<Pick<ProviderPayment, 'provider_id' | 'reason'>>

export function newPayment(given: Given, now_ms: number): ProviderPayment {
  const id = newId(now_ms)
  return {
    ...blank,
    ...given,
    id,
    // Of version 4, as providers want it.
    token: randomUUID(),
    our_reference: showId(provider_payment_prefix, id),
    next_ms: now_ms,
    created_ms: now_ms,
  }
}

const blank = {
  provider_id: null,
  settled_id: null,
  told_amount: null,
  told_currency: null,
  fee: null,
  status: null,
  reason: null,
  checkout_url: null,
  settled_ms: null,
  heard: null,
  suspense: null,
  attempts: 0,
  closing: false,
  called_ms: null,
  told_ms: null,
} satisfies Partial<ProviderPayment>
