/** Payments, the desk: a new row, before anybody was asked. Pure, but for the ids that chance gives. */

import { randomUUID } from 'node:crypto'
import { newId } from '@holdfast/kernel/ids.ts'
import { referenceOf, tokenOf } from './derive.ts'
import type { ProviderPayment } from './provider-payment.ts'

type Given = Pick<
  ProviderPayment,
  'provider' | 'kind' | 'flow' | 'agreement' | 'method' | 'amount' | 'currency' | 'details' | 'state'
> &
  Partial<Pick<ProviderPayment, 'provider_id' | 'reason'>> & {
    /** Absent for what a provider told of: that is never asked for, so chance may give its token. */
    readonly derived?: { readonly from: string; readonly try: number }
  }

export function newPayment({ derived, ...given }: Given, now_ms: number): ProviderPayment {
  const from = derived === undefined ? null : { derived_from: derived.from, try: derived.try }
  const token = from === null ? randomUUID() : tokenOf({ ...from, kind: given.kind })
  return {
    ...blank,
    ...given,
    ...from,
    id: newId(now_ms),
    token,
    our_reference: referenceOf(token),
    next_ms: now_ms,
    created_ms: now_ms,
  }
}

/** The same, as the next try. */
export function nextTry(payment: ProviderPayment): ProviderPayment {
  const { derived_from, try: before, kind } = payment
  if (derived_from === null || before === null) return payment
  const token = tokenOf({ derived_from, kind, try: before + 1 })
  return { ...payment, try: before + 1, token, our_reference: referenceOf(token) }
}

const blank = {
  derived_from: null,
  try: null,
  place: null,
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
  denied_ms: null,
} satisfies Partial<ProviderPayment>
