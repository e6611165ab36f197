/** Emulator, PayMongo: checkout sessions, v1 and v2. In v2 the intent is made when somebody pays. */

import { paymongo_public_key } from '../keys.ts'
import { letterText, newId } from '../new-id.ts'
import { find, lock, put, save } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { Ask, Endpoint } from './endpoint.ts'
import { attributesOf, billingOf, isFields, Reading } from './fields.ts'
import { payment_centavos_max, payment_centavos_min, putIntent } from './intents.ts'
import { complaint, isRefusal, notFound, refuse, type Refusal } from './refusal.ts'
import { method_types, type Intent, type LineItem, type Session, type SessionBody } from './resources.ts'
import { paidOf } from './settle-payment.ts'
import { shownSession } from './present.ts'

export const checkout_endpoints: readonly Endpoint[] = ['v1', 'v2'].flatMap((version): Endpoint[] => [
  {
    method: 'POST',
    path: `/${version}/checkout_sessions`,
    operation: 'checkout_sessions.create',
    act: (ask) => create(ask, version === 'v1'),
  },
  // Of v2 the path for reading is not documented; v1 knows the same ids.
  {
    method: 'GET',
    path: `/${version}/checkout_sessions/:id`,
    operation: 'checkout_sessions.get',
    act: async ({ act, params: { id = '' } }) => {
      const session = await find<Session>(act.tx, 'checkout_session', id)
      return session === undefined
        ? notFound('checkout_session', id)
        : { data: await shownSession(act.tx, session) }
    },
  },
  {
    method: 'POST',
    path: `/${version}/checkout_sessions/:id/expire`,
    operation: 'checkout_sessions.expire',
    act: expire,
  },
])

const client_key_length = 24
const line_items_max = 100
const quantity_max = 10_000

async function create({ act, world, body }: Ask, has_intent: boolean): Promise<object | Refusal> {
  const attributes = attributesOf(body)
  if (isRefusal(attributes)) return attributes
  const reading = new Reading(attributes)
  const line_items = readLines(reading)
  const wanted = {
    billing: billingOf(reading.fields('billing')),
    cancel_url: attributes['cancel_url'] === undefined ? null : reading.url('cancel_url'),
    description: reading.optionalText('description'),
    payment_method_types: reading.words('payment_method_types', method_types),
    reference_number: reading.optionalText('reference_number'),
    send_email_receipt: reading.flag('send_email_receipt', false),
    show_description: reading.flag('show_description', true),
    show_line_items: reading.flag('show_line_items', true),
    statement_descriptor: reading.optionalText('statement_descriptor'),
    success_url: attributes['success_url'] === undefined ? null : reading.url('success_url'),
    metadata: reading.metadata(),
  }
  if (reading.refusal !== null) return reading.refusal
  const now_s = Math.floor(act.now_ms / 1_000)
  const id = newId('cs')
  const client_key = `${id}_client_${letterText(client_key_length)}`
  const fragment = Buffer.from(paymongo_public_key).toString('base64')
  const session_body: SessionBody = {
    ...wanted,
    billing_information_fields_editable: 'enabled',
    checkout_url: `${world.address()}/paymongo/checkout/${client_key}#${fragment}`,
    client_key,
    customer_email: null,
    line_items,
    livemode: false,
    merchant: null,
    ...(has_intent ? {} : { pass_on_fees: false }),
    status: 'active',
    created_at: now_s,
    updated_at: now_s,
  }
  const session: Session = {
    id,
    kind: 'checkout_session',
    parent: null,
    body: session_body,
    hidden: { faults: act.faults, intent: null },
  }
  await put(act.tx, session, act.now_ms)
  const shown = has_intent ? (await openIntent(act, session)).session : session
  return { data: await shownSession(act.tx, shown) }
}

/** The intent of a session that is locked, or new in this act. */
export async function openIntent(
  act: EmulatorTx,
  session: Session,
): Promise<{ readonly session: Session; readonly intent: Intent }> {
  const known = await lock<Intent>(act.tx, 'payment_intent', session.hidden.intent ?? '')
  if (known !== undefined) return { session, intent: known }
  const { description, statement_descriptor, payment_method_types, metadata } = session.body
  const intent = await putIntent(
    act,
    {
      amount: totalOf(session),
      currency: 'PHP',
      payment_method_allowed: payment_method_types,
      capture_type: 'automatic',
      description,
      statement_descriptor,
      payment_method_options: null,
      metadata,
    },
    session.hidden.faults,
    session.id,
  )
  const opened = { ...session, hidden: { ...session.hidden, intent: intent.id } }
  await save(act.tx, opened)
  return { session: opened, intent }
}

export function totalOf({ body }: Session): number {
  return body.line_items.reduce((sum, { amount, quantity }) => sum + amount * quantity, 0)
}

function readLines(reading: Reading): LineItem[] {
  const given = reading.value('line_items')
  if (!Array.isArray(given) || given.length === 0 || given.length > line_items_max) {
    reading.wrong('parameter_required', 'line_items', 'line_items is required.')
    return []
  }
  const lines = given.map((value: unknown, place): LineItem => {
    const line = new Reading(isFields(value) ? value : {}, `attributes.line_items[${place}]`)
    const read = {
      amount: line.amount('amount', 1, payment_centavos_max),
      currency: line.word('currency', ['PHP']),
      description: line.optionalText('description'),
      images: [],
      name: line.text('name'),
      quantity: line.amount('quantity', 1, quantity_max),
    }
    reading.errors.push(...line.errors)
    return read
  })
  const total = lines.reduce((sum, { amount, quantity }) => sum + amount * quantity, 0)
  if (reading.errors.length === 0 && total < payment_centavos_min) {
    reading.wrong(
      'parameter_below_minimum',
      'line_items',
      `The minimum value for the total is ${payment_centavos_min}.`,
    )
  }
  if (total > payment_centavos_max) {
    reading.wrong(
      'parameter_above_maximum',
      'line_items',
      `The maximum value for the total is ${payment_centavos_max}.`,
    )
  }
  return lines
}

/** Its intent stays: a payer who is at the bank's page already may still pay. */
async function expire({ act, params: { id = '' } }: Ask): Promise<object | Refusal> {
  const session = await lock<Session>(act.tx, 'checkout_session', id)
  if (session === undefined) return notFound('checkout_session', id)
  const paid = session.hidden.intent === null ? undefined : await paidOf(act, session.hidden.intent)
  if (paid !== undefined) {
    return refuse(400, complaint('parameter_invalid', 'A checkout session that is paid cannot expire.', 'id'))
  }
  const body = { ...session.body, status: 'expired' as const, updated_at: Math.floor(act.now_ms / 1_000) }
  const expired = { ...session, body }
  await save(act.tx, expired)
  return { data: await shownSession(act.tx, expired) }
}
