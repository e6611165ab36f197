/** Emulator, PayMongo: somebody pays a checkout session, by a card or by asking a wallet. */

import type { Tx } from '../db.ts'
import { lock } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { openIntent } from './checkout.ts'
import { Reading } from './fields.ts'
import { putMethod, readCard, type Card } from './methods.ts'
import { complaint, refuse, type Refusal } from './refusal.ts'
import { method_types, type Session } from './resources.ts'
import { paidOf } from './settle-payment.ts'
import { startPayment } from './start-payment.ts'

export async function findSession(tx: Tx, client_key: string): Promise<Session | undefined> {
  const [id = ''] = client_key.split('_client_')
  const session = await lock<Session>(tx, 'checkout_session', id)
  return session?.body.client_key === client_key ? session : undefined
}

export async function paySession(
  world: EmulatorContext,
  act: EmulatorTx,
  client_key: string,
  form: URLSearchParams,
): Promise<{ readonly go_to: string | null } | Refusal> {
  const session = await findSession(act.tx, client_key)
  const type = method_types.find((known) => known === form.get('method'))
  if (session === undefined || type === undefined || !session.body.payment_method_types.includes(type)) {
    return no('Choose how to pay.')
  }
  if (session.body.status === 'expired') return no('This checkout has expired.')
  const { session: opened, intent } = await openIntent(act, session)
  if ((await paidOf(act, intent.id)) !== undefined) return { go_to: session.body.success_url }
  if (intent.body.status === 'processing') return no('A payment is under way.')
  const card = type === 'card' ? cardOf(form, act.now_ms) : null
  if (card === 'wrong') return no('Please look at the card details again.')
  const name = form.get('name')
  const billing = name === null || name === '' ? session.body.billing : { ...session.body.billing, name }
  const method = await putMethod(act, type, { ...billing }, card)
  const started = await startPayment(world, act, intent, method, opened.body.success_url)
  if (started.failure !== null) return no(started.failure.message)
  return { go_to: started.authorize_url ?? session.body.success_url }
}

function cardOf(form: URLSearchParams, now_ms: number): Card | 'wrong' {
  const number = (name: string) => Number.parseInt(form.get(name) ?? '', 10)
  const year = number('exp_year')
  const reading = new Reading({
    details: {
      card_number: form.get('card_number') ?? '',
      exp_month: number('exp_month'),
      exp_year: year < 100 ? year + 2_000 : year,
      cvc: form.get('cvc') ?? '',
    },
  })
  const card = readCard(reading, now_ms)
  return card === null || reading.errors.length > 0 ? 'wrong' : card
}

function no(sentence: string): Refusal {
  return refuse(400, complaint('parameter_invalid', sentence))
}
