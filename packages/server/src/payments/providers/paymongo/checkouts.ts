/** PayMongo: pay-ins by its hosted checkout. A session can be paid by whoever has its address, and by nobody else. */

import { at } from '../json.ts'
import type { Method, Payment, Reply, Sought, WantedPayIn } from '../port.ts'
import { asked, notFound, refused } from '../result.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { readInto, type PaymongoClient } from './client.ts'
import { metadataOf } from './metadata.ts'
import { readCheckout, readIntent, readPayment } from './read-pay-in.ts'

/** Our methods in its words. */
export const method_types = {
  card: 'card',
  gcash: 'gcash',
  maya: 'paymaya',
  grab_pay: 'grab_pay',
  qr_ph: 'qrph',
} as const satisfies Partial<Record<Method, string>>

export async function createCheckout(
  client: PaymongoClient,
  live: boolean,
  wanted: WantedPayIn,
): Promise<Reply<Payment>> {
  const { method, amount, currency, description, return_urls, our_reference, token } = wanted
  const types: Partial<Record<Method, string>> = method_types
  const wanted_types =
    method === null ? Object.values(types) : [types[method]].filter((type) => type !== undefined)
  if (wanted_types.length === 0) return refused('method_not_served', `PayMongo takes no ${method}`)
  const attributes = {
    line_items: [{ name: description, amount: toJson(amount), currency, quantity: 1 }],
    payment_method_types: wanted_types,
    ...(return_urls === null ? {} : { success_url: return_urls.paid, cancel_url: return_urls.cancelled }),
    reference_number: our_reference,
    description,
    send_email_receipt: false,
    show_description: true,
    show_line_items: true,
    metadata: metadataOf(wanted),
  }
  const reply = await client.post(['v2', 'checkout_sessions'], { data: { attributes } }, token)
  return readInto(reply, (json) => readCheckout(at(json, 'data'), live))
}

/** By the session, the intent or the payment: events name any of the three. */
export async function findPayIn(
  client: PaymongoClient,
  live: boolean,
  { provider_id }: Sought,
): Promise<Reply<Payment>> {
  // Nobody has its address, so nobody can have paid it; the same token again brings the same session.
  if (provider_id === null) return notFound('the checkout was never answered')
  if (provider_id.startsWith('pay_')) {
    return told(await client.get(['v1', 'payments', provider_id]), readPayment)
  }
  if (provider_id.startsWith('pi_')) {
    return told(await client.get(['v1', 'payment_intents', provider_id]), (intent) =>
      readIntent(intent, live),
    )
  }
  // The session is read under v1: under v2 only its creation is documented.
  return told(await client.get(['v1', 'checkout_sessions', provider_id]), (session) =>
    readCheckout(session, live),
  )
}

export async function expireCheckout(
  client: PaymongoClient,
  live: boolean,
  sought: Sought,
): Promise<Reply<Payment>> {
  const { provider_id } = sought
  if (provider_id === null) return notFound('the checkout was never answered')
  const path = provider_id.startsWith('pi_')
    ? ['v1', 'payment_intents', provider_id, 'cancel']
    : ['v1', 'checkout_sessions', provider_id, 'expire']
  const reply = await client.post(path, undefined, null)
  if (reply.outcome === 'unavailable' || reply.outcome === 'unknown') return asked(reply)
  // Refused: it was paid meanwhile, or has run out already. Either way it says so itself.
  return findPayIn(client, live, sought)
}

function told(reply: Reply<unknown>, read: (resource: unknown) => Payment | null): Reply<Payment> {
  const payment = readInto(reply, (json) => read(at(json, 'data')))
  return payment.outcome === 'told' ? payment : asked(payment)
}
