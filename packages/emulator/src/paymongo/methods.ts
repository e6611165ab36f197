/** Emulator, PayMongo: payment methods. A card's number is forgotten but for its last digits, as far as anybody can see. */

import { newId } from '../new-id.ts'
import { find, lock, put, save } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import { isCardNumber } from './cards.ts'
import type { Ask, Endpoint } from './endpoint.ts'
import { attributesOf, billingOf, Reading, type Fields } from './fields.ts'
import { isRefusal, notFound, type Refusal } from './refusal.ts'
import { method_types, shown, type Method, type MethodType } from './resources.ts'

export const method_endpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/v1/payment_methods',
    operation: 'payment_methods.create',
    is_public: true,
    act: create,
  },
  {
    method: 'GET',
    path: '/v1/payment_methods/:id',
    operation: 'payment_methods.get',
    is_public: true,
    act: async ({ act, params: { id = '' } }) => {
      const method = await find<Method>(act.tx, 'payment_method', id)
      return method === undefined ? notFound('payment_method', id) : { data: shown(method) }
    },
  },
  // It can be changed, but by which verb is not documented.
  { method: 'PUT', path: '/v1/payment_methods/:id', operation: 'payment_methods.update', act: update },
  { method: 'POST', path: '/v1/payment_methods/:id', operation: 'payment_methods.update', act: update },
]

async function create({ act, body }: Ask): Promise<object | Refusal> {
  const attributes = attributesOf(body)
  if (isRefusal(attributes)) return attributes
  const reading = new Reading(attributes)
  const type = reading.word('type', method_types)
  const metadata = reading.metadata()
  const card = type === 'card' && reading.errors.length === 0 ? readCard(reading, act.now_ms) : null
  const billing = reading.fields('billing')
  if (reading.refusal !== null) return reading.refusal
  const method = await putMethod(act, type, billing, card, metadata)
  return { data: shown(method) }
}

export interface Card {
  readonly card_number: string
  readonly exp_month: number
  readonly exp_year: number
}

export async function putMethod(
  act: EmulatorTx,
  type: MethodType,
  billing: Fields | null,
  card: Card | null,
  metadata: Readonly<Record<string, string>> | null = null,
): Promise<Method> {
  const now_s = Math.floor(act.now_ms / 1_000)
  const details =
    card === null
      ? null
      : { exp_month: card.exp_month, exp_year: card.exp_year, last4: card.card_number.slice(-4) }
  const method: Method = {
    id: newId('pm'),
    kind: 'payment_method',
    parent: null,
    body: {
      livemode: false,
      type,
      billing: billingOf(billing),
      details,
      metadata,
      created_at: now_s,
      updated_at: now_s,
    },
    hidden: { card_number: card?.card_number ?? null },
  }
  await put(act.tx, method, act.now_ms)
  return method
}

/** Any future expiry, any three digits: what is no card at all is refused before a bank is asked. */
export function readCard(reading: Reading, now_ms: number): Card | null {
  const fields = reading.fields('details')
  if (fields === null) {
    reading.wrong('parameter_required', 'details', 'details is required for cards.')
    return null
  }
  const details = new Reading(fields, 'attributes.details')
  const card_number = details.text('card_number').replaceAll(/[ -]/g, '')
  const exp_month = details.amount('exp_month', 1, 12)
  const exp_year = details.amount('exp_year', 2_000, 2_099)
  const cvc = details.text('cvc')
  if (card_number !== '' && !isCardNumber(card_number)) {
    details.wrong('parameter_format_invalid', 'card_number', 'card_number is not a card number.')
  }
  if (cvc !== '' && !/^\d{3,4}$/.test(cvc)) {
    details.wrong('parameter_format_invalid', 'cvc', 'cvc should have three digits.')
  }
  // The month after the one on the card, in which it is no longer valid.
  if (details.errors.length === 0 && Date.UTC(exp_year, exp_month) <= now_ms) {
    details.wrong('parameter_invalid', 'exp_year', 'The card has expired.')
  }
  reading.errors.push(...details.errors)
  return { card_number, exp_month, exp_year }
}

async function update({ act, body, params: { id = '' } }: Ask): Promise<object | Refusal> {
  const attributes = attributesOf(body)
  if (isRefusal(attributes)) return attributes
  const reading = new Reading(attributes)
  const billing = reading.fields('billing')
  const metadata = reading.metadata()
  if (reading.refusal !== null) return reading.refusal
  const method = await lock<Method>(act.tx, 'payment_method', id)
  if (method === undefined) return notFound('payment_method', id)
  const changed: Method = {
    ...method,
    body: {
      ...method.body,
      ...(billing === null ? {} : { billing: billingOf(billing) }),
      ...(metadata === null ? {} : { metadata }),
      updated_at: Math.floor(act.now_ms / 1_000),
    },
  }
  await save(act.tx, changed)
  return { data: shown(changed) }
}
