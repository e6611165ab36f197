/** Payments, the desk: the one call that a row needs now. It only speaks; what the answer means, judge.ts says. */

import assert from 'node:assert/strict'
import type { Payment, Provider, Reply, Sought } from '../providers/port.ts'
import type { ProviderPayment } from './provider-payment.ts'

/** Asks for it; the same again, with the same token, never asks for a second one. */
export function create(
  provider: Provider,
  payment: ProviderPayment,
  settled_id: string | null,
): Promise<Reply<Payment>> {
  const { kind, token, our_reference, amount, currency, method, details } = payment
  const wanted = { token, our_reference, amount, currency }
  const { description, return_urls = null, payer_number = null, destination } = details
  if (kind === 'pay_in')
    return provider.createPayIn({ ...wanted, method, description, return_urls, payer_number })
  if (kind === 'refund')
    return provider.createRefund({ ...wanted, settled_id: settled_id ?? '', notes: description })
  assert(destination !== undefined && method !== null, 'a pay-out has a method and goes somewhere')
  return provider.createPayOut({ ...wanted, method, description, destination })
}

/** What has become of it. */
export function ask(
  provider: Provider,
  payment: ProviderPayment,
  settled_id: string | null,
): Promise<Reply<Payment>> {
  const { kind, provider_id, token, our_reference, place, closing, state } = payment
  const sought: Sought = { provider_id, token, our_reference, settled_id, place }
  return kind === 'pay_in' && closing && state === 'pending'
    ? provider.expirePayIn(sought)
    : provider.find(kind, sought)
}
