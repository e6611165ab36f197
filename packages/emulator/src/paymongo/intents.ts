/** Emulator, PayMongo: payment intents. */

import type { Fault } from '../fault.ts'
import { letterText, newId } from '../new-id.ts'
import { find, lock, put } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { Ask, Endpoint } from './endpoint.ts'
import { attributesOf, Reading, type Fields } from './fields.ts'
import { complaint, fail, isRefusal, notFound, refuse, type Refusal } from './refusal.ts'
import { method_types, type Intent, type IntentBody, type Method, type MethodType } from './resources.ts'
import { changeIntent, payIntent } from './settle-payment.ts'
import { shownIntent } from './present.ts'
import { startPayment } from './start-payment.ts'

export const intent_endpoints: readonly Endpoint[] = [
  { method: 'POST', path: '/v1/payment_intents', operation: 'payment_intents.create', act: create },
  {
    method: 'GET',
    path: '/v1/payment_intents/:id',
    operation: 'payment_intents.get',
    is_public: true,
    act: get,
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/attach',
    operation: 'payment_intents.attach',
    is_public: true,
    act: attach,
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/capture',
    operation: 'payment_intents.capture',
    act: capture,
  },
  {
    method: 'POST',
    path: '/v1/payment_intents/:id/cancel',
    operation: 'payment_intents.cancel',
    act: cancel,
  },
]

export const payment_centavos_min = 2_000
export const payment_centavos_max = 9_999_999_999
const client_key_length = 24

async function create({ act, body }: Ask): Promise<object | Refusal> {
  const attributes = attributesOf(body)
  if (isRefusal(attributes)) return attributes
  const reading = new Reading(attributes)
  const wanted = {
    amount: reading.amount('amount', payment_centavos_min, payment_centavos_max),
    currency: reading.word('currency', ['PHP']),
    payment_method_allowed: reading.words('payment_method_allowed', method_types),
    capture_type: reading.word('capture_type', ['automatic', 'manual'], 'automatic'),
    description: reading.optionalText('description'),
    statement_descriptor: reading.optionalText('statement_descriptor'),
    payment_method_options: reading.fields('payment_method_options'),
    metadata: reading.metadata(),
  }
  if (reading.refusal !== null) return reading.refusal
  const intent = await putIntent(act, wanted, act.faults, null)
  return { data: await shownIntent(act.tx, intent) }
}

export type WantedIntent = Pick<
  IntentBody,
  | 'amount'
  | 'currency'
  | 'payment_method_allowed'
  | 'capture_type'
  | 'description'
  | 'statement_descriptor'
  | 'payment_method_options'
  | 'metadata'
>

export async function putIntent(
  act: EmulatorTx,
  wanted: WantedIntent,
  faults: readonly Fault[],
  session: string | null,
): Promise<Intent> {
  const id = newId('pi')
  const now_s = Math.floor(act.now_ms / 1_000)
  const body: IntentBody = {
    ...wanted,
    client_key: `${id}_client_${letterText(client_key_length)}`,
    livemode: false,
    status: 'awaiting_payment_method',
    last_payment_error: null,
    next_action: null,
    setup_future_usage: null,
    created_at: now_s,
    updated_at: now_s,
  }
  const intent: Intent = { id, kind: 'payment_intent', parent: null, body, hidden: { faults, session } }
  await put(act.tx, intent, act.now_ms)
  return intent
}

async function get({ act, params: { id = '' }, query, caller }: Ask): Promise<object | Refusal> {
  const intent = await find<Intent>(act.tx, 'payment_intent', id)
  if (intent === undefined) return notFound('payment_intent', id)
  if (caller === 'public' && query['client_key'] !== intent.body.client_key) return wrongClientKey()
  return { data: await shownIntent(act.tx, intent) }
}

async function attach({ act, world, body, params: { id = '' }, caller }: Ask): Promise<object | Refusal> {
  const attributes = attributesOf(body)
  if (isRefusal(attributes)) return attributes
  const reading = new Reading(attributes)
  const method_id = reading.text('payment_method')
  const return_url = attributes['return_url'] === undefined ? null : reading.url('return_url')
  if (reading.refusal !== null) return reading.refusal
  const intent = await lock<Intent>(act.tx, 'payment_intent', id)
  if (intent === undefined) return notFound('payment_intent', id)
  const method = await find<Method>(act.tx, 'payment_method', method_id)
  if (method === undefined) return notFound('payment_method', method_id)
  if (caller === 'public' && attributes['client_key'] !== intent.body.client_key) return wrongClientKey()
  const { status, payment_method_allowed } = intent.body
  if (status !== 'awaiting_payment_method' && status !== 'awaiting_next_action')
    return wrongState('attach', status)
  if (!allows(payment_method_allowed, method.body.type)) {
    return refuse(
      400,
      complaint('parameter_invalid', 'The payment method is not allowed.', 'attributes.payment_method'),
    )
  }
  if (method.body.type !== 'card' && return_url === null) {
    return refuse(400, complaint('parameter_required', 'return_url is required.', 'attributes.return_url'))
  }
  const { intent: after, failure } = await startPayment(world, act, intent, method, return_url)
  if (failure === null) return { data: await shownIntent(act.tx, after) }
  // The name of this code comes from clients; the sub_codes are documented.
  return fail(400, {
    code: 'resource_failed_state',
    detail: failure.message,
    sub_code: failure.code,
  })
}

async function capture({ act, world, body, params: { id = '' } }: Ask): Promise<object | Refusal> {
  const attributes = attributesOf(body)
  const fields: Fields = isRefusal(attributes) ? {} : attributes
  const intent = await lock<Intent & { hidden: { method?: string } }>(act.tx, 'payment_intent', id)
  if (intent === undefined) return notFound('payment_intent', id)
  const { status, amount: authorized } = intent.body
  const method = await find<Method>(act.tx, 'payment_method', intent.hidden.method ?? '')
  if (status !== 'awaiting_capture' || method === undefined) return wrongState('capture', status)
  const reading = new Reading({ amount: authorized, ...fields })
  const amount = reading.amount('amount', payment_centavos_min, payment_centavos_max)
  if (reading.refusal !== null) return reading.refusal
  if (amount > authorized) {
    return refuse(400, complaint('allowed_amount_exceeded', 'More than was authorized.', 'attributes.amount'))
  }
  return { data: await shownIntent(act.tx, await payIntent(world, act, intent, { method, amount })) }
}

async function cancel({ act, params: { id = '' } }: Ask): Promise<object | Refusal> {
  const intent = await lock<Intent>(act.tx, 'payment_intent', id)
  if (intent === undefined) return notFound('payment_intent', id)
  const { status } = intent.body
  if (status === 'succeeded' || status === 'cancelled' || status === 'processing')
    return wrongState('cancel', status)
  const cancelled = await changeIntent(act, intent, { status: 'cancelled', next_action: null })
  return { data: await shownIntent(act.tx, cancelled) }
}

function allows(allowed: readonly MethodType[], type: MethodType): boolean {
  return allowed.includes(type)
}

function wrongClientKey(): Refusal {
  return refuse(400, complaint('parameter_invalid', 'The client_key does not belong to it.', 'client_key'))
}

/** Which code this has is not documented. */
function wrongState(verb: string, status: string): Refusal {
  return refuse(400, complaint('parameter_invalid', `Cannot ${verb} a payment intent that is ${status}.`))
}
