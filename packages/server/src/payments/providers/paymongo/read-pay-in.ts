/** PayMongo: sessions, intents and payments as payments of ours. Null where what must be there is not. */

import { checkoutAddress } from '../checkout-address.ts'
import { arrayAt, at, idAt, instantAt, minorAt, textAt } from '../json.ts'
import type { Payment, PaymentState } from '../port.ts'
import { readV1, referenceOf } from './read-v1.ts'

/** A checkout session. It is paid when a payment of it is: its own status need not say so. */
export function readCheckout(session: unknown, live: boolean): Payment | null {
  const attributes = at(session, 'attributes')
  const payments = [
    ...arrayAt(attributes, 'payments'),
    ...arrayAt(attributes, 'payment_intent', 'attributes', 'payments'),
  ].map((payment) => at(payment, 'data') ?? payment)
  const paid = payments.find((payment) => textAt(payment, 'attributes', 'status') === 'paid')
  if (paid !== undefined) return settledBy(paid, session)
  const status = textAt(attributes, 'status') ?? ''
  const intent = at(attributes, 'payment_intent')
  const failed = payments.findLast((payment) => textAt(payment, 'attributes', 'status') === 'failed')
  return pendingOf(session, lineTotal(attributes), {
    state: checkoutState(status, textAt(intent, 'attributes', 'status')),
    status,
    reason:
      textAt(failed, 'attributes', 'failed_code') ??
      textAt(intent, 'attributes', 'last_payment_error', 'failed_code'),
    checkout_url: checkoutAddress(addressAt(attributes, 'checkout_url'), live),
  })
}

/** One that waits for the payer, or that the payer left after a failure: it may be tried again. */
export function readIntent(intent: unknown, live: boolean): Payment | null {
  const attributes = at(intent, 'attributes')
  const payments = arrayAt(attributes, 'payments').map((payment) => at(payment, 'data') ?? payment)
  const paid = payments.find((payment) => textAt(payment, 'attributes', 'status') === 'paid')
  if (paid !== undefined) return settledBy(paid, intent)
  const status = textAt(attributes, 'status') ?? ''
  return pendingOf(
    intent,
    { amount: minorAt(attributes, 'amount'), currency: textAt(attributes, 'currency') },
    {
      // Succeeded, but its payment is not in it: the payment itself must be asked for, so it is not yet certain.
      state: intent_states[status] ?? 'unknown',
      status,
      reason: textAt(attributes, 'last_payment_error', 'failed_code'),
      checkout_url: checkoutAddress(addressAt(attributes, 'next_action', 'redirect', 'url'), live),
    },
  )
}

export function readPayment(payment: unknown): Payment | null {
  const id = idAt(payment, 'id')
  const attributes = at(payment, 'attributes')
  const status = textAt(attributes, 'status') ?? ''
  const state = payment_states[status] ?? 'unknown'
  return readV1('pay_in', payment, {
    state,
    reason: textAt(attributes, 'failed_code'),
    settled_id: state === 'succeeded' ? id : null,
    settled_ms: instantAt(attributes, 'paid_at'),
  })
}

const payment_states: Readonly<Record<string, PaymentState>> = {
  pending: 'pending',
  paid: 'succeeded',
  failed: 'failed',
}

const intent_states: Readonly<Record<string, PaymentState>> = {
  awaiting_payment_method: 'pending',
  awaiting_next_action: 'pending',
  awaiting_capture: 'pending',
  processing: 'pending',
  cancelled: 'expired',
}

/** In these the payer may be on the way, and pay although the session has run out. */
const under_way: ReadonlySet<string> = new Set([
  'awaiting_next_action',
  'awaiting_capture',
  'processing',
  'succeeded',
])

function checkoutState(status: string, intent_status: string | null): PaymentState {
  if (intent_status !== null && under_way.has(intent_status)) return 'pending'
  if (status === 'active' || status === 'paid') return 'pending'
  return status === 'expired' ? 'expired' : 'unknown'
}

/** A payment told under the id of what was paid by it. */
function settledBy(paid: unknown, of: unknown): Payment | null {
  const payment = readPayment(paid)
  const id = idAt(of, 'id')
  if (payment === null || id === null) return null
  return { ...payment, provider_id: id, our_reference: referenceOf(of) ?? payment.our_reference }
}

function pendingOf(
  resource: unknown,
  { amount, currency }: { readonly amount: bigint | null; readonly currency: string | null },
  told: Pick<Payment, 'state' | 'status' | 'reason' | 'checkout_url'>,
): Payment | null {
  const id = idAt(resource, 'id')
  if (id === null || amount === null || currency === null) return null
  return {
    kind: 'pay_in',
    provider_id: id,
    our_reference: referenceOf(resource),
    amount,
    currency,
    fee: null,
    settled_id: null,
    created_ms: instantAt(resource, 'attributes', 'created_at'),
    settled_ms: null,
    ...told,
  }
}

/** A session tells its amount only by its lines. */
function lineTotal(attributes: unknown): {
  readonly amount: bigint | null
  readonly currency: string | null
} {
  const lines = arrayAt(attributes, 'line_items')
  const amounts = lines.map((line) => (minorAt(line, 'amount') ?? -1n) * (minorAt(line, 'quantity') ?? 1n))
  const known = amounts.length > 0 && amounts.every((amount) => amount >= 0n)
  return {
    amount: known ? amounts.reduce((sum, amount) => sum + amount) : null,
    currency: textAt(lines[0], 'currency'),
  }
}

/** Whole, however long: an address cut short is another address. */
function addressAt(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : null
}
