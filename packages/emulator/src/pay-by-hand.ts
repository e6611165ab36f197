/** Emulator: somebody pays without a click, also what nobody should: another amount, another currency, after the end. */

import { lock } from './store.ts'
import { openIntent } from './paymongo/checkout.ts'
import { putMethod } from './paymongo/methods.ts'
import { putIntent } from './paymongo/intents.ts'
import { method_types, type Intent, type Payment, type Session } from './paymongo/resources.ts'
import { failIntent, paidOf, payIntent } from './paymongo/settle-payment.ts'
import type { EmulatorTx } from './emulator-tx.ts'
import type { EmulatorContext } from './context.ts'

interface Wanted {
  /** A checkout session, or an intent; neither for a payment that nobody asked for. */
  readonly id?: unknown
  readonly method?: unknown
  readonly outcome?: unknown
  readonly amount?: unknown
  readonly currency?: unknown
}

export async function payByHand(
  world: EmulatorContext,
  act: EmulatorTx,
  wanted: Wanted,
): Promise<{ data: object } | { error: string }> {
  const { id, method = 'gcash', outcome = 'authorize', amount, currency } = wanted
  const type = method_types.find((known) => known === method)
  if (type === undefined) return { error: `method is one of ${method_types.join(', ')}` }
  const intent = await intentOf(act, id, amount)
  if (intent === undefined)
    return { error: `no checkout session or payment intent ${String(id)}, and no amount` }
  const paying = {
    method: await putMethod(act, type, null, null),
    amount: typeof amount === 'number' ? amount : undefined,
    currency: typeof currency === 'string' ? currency : undefined,
  }
  if (outcome !== 'authorize') {
    const failure = { code: 'generic_decline', message: 'The payment was declined.' }
    return { data: await failIntent(world, act, intent, paying, failure) }
  }
  const after = await payIntent(world, act, intent, paying)
  const payment: Payment | undefined = await paidOf(act, after.id)
  return { data: { intent: after.id, payment: payment?.id ?? null } }
}

async function intentOf(act: EmulatorTx, id: unknown, amount: unknown): Promise<Intent | undefined> {
  if (typeof id === 'string') {
    const session = await lock<Session>(act.tx, 'checkout_session', id)
    if (session !== undefined) return (await openIntent(act, session)).intent
    return lock<Intent>(act.tx, 'payment_intent', id)
  }
  if (typeof amount !== 'number') return undefined
  return putIntent(
    act,
    {
      amount,
      currency: 'PHP',
      payment_method_allowed: method_types,
      capture_type: 'automatic',
      description: null,
      statement_descriptor: null,
      payment_method_options: null,
      metadata: null,
    },
    [],
    null,
  )
}
