/** PayMongo: what its older resources have in common: an amount, a currency, a status, an id outside of them. */

import { at, idAt, instantAt, minorAt, textAt } from '../json.ts'
import type { Payment, PaymentKind } from '../port.ts'
import { referenceIn } from './metadata.ts'

export function readV1(
  kind: PaymentKind,
  resource: unknown,
  told: Pick<Payment, 'state' | 'reason' | 'settled_id' | 'settled_ms'>,
): Payment | null {
  const id = idAt(resource, 'id')
  const attributes = at(resource, 'attributes')
  const amount = minorAt(attributes, 'amount')
  const currency = textAt(attributes, 'currency')
  if (id === null || amount === null || currency === null) return null
  return {
    kind,
    provider_id: id,
    our_reference: referenceOf(resource),
    amount,
    currency,
    fee: minorAt(attributes, 'fee'),
    status: textAt(attributes, 'status') ?? '',
    checkout_url: null,
    created_ms: instantAt(attributes, 'created_at'),
    ...told,
  }
}

export function referenceOf(resource: unknown): string | null {
  const attributes = at(resource, 'attributes')
  return (
    referenceIn(attributes) ??
    textAt(attributes, 'reference_number') ??
    textAt(attributes, 'external_reference_number')
  )
}
