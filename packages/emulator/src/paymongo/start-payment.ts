/** Emulator, PayMongo: a method is attached to an intent. A card is charged, or its bank asked; a wallet's owner is asked. */

import { has } from '../fault.ts'
import { newId } from '../new-id.ts'
import { put } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { outcomeOf, type Failure } from './cards.ts'
import { outcomeFaults } from './endpoint.ts'
import type { Authorization, Intent, Method } from './resources.ts'
import { changeIntent, failIntent, payIntent } from './settle-payment.ts'

export interface Started {
  readonly intent: Intent
  /** Where the payer has to go first. */
  readonly authorize_url: string | null
  readonly failure: Failure | null
}

/** The intent is locked by whoever calls this. */
export async function startPayment(
  world: EmulatorContext,
  act: EmulatorTx,
  intent: Intent,
  method: Method,
  return_url: string | null,
): Promise<Started> {
  if (method.body.type !== 'card') return askPayer(world, act, intent, method, return_url)
  const { three_d_secure, failure } = outcomeOf(method.hidden.card_number ?? '')
  const asks = three_d_secure === 'yes' || (three_d_secure === 'optional' && wantsAny(intent))
  if (asks) return askPayer(world, act, intent, method, return_url)
  if (failure !== null) {
    return { intent: await failIntent(world, act, intent, { method }, failure), authorize_url: null, failure }
  }
  return { intent: await charge(world, act, intent, method), authorize_url: null, failure: null }
}

/** All is well with the payer: paid now, later by `capture`, or never where a fault says so. */
export async function charge(
  world: EmulatorContext,
  act: EmulatorTx,
  intent: Intent,
  method: Method,
): Promise<Intent> {
  const faults = [...intent.hidden.faults, ...(await outcomeFaults(world, act, 'payment_intents.pay'))]
  if (has(faults, 'never_final'))
    return changeIntent(act, intent, { status: 'processing', next_action: null })
  const { capture_type } = intent.body
  if (capture_type === 'automatic' || method.body.type !== 'card')
    return payIntent(world, act, intent, { method })
  const held = { ...intent, hidden: { ...intent.hidden, method: method.id } }
  return changeIntent(act, held, { status: 'awaiting_capture', next_action: null })
}

async function askPayer(
  world: EmulatorContext,
  act: EmulatorTx,
  intent: Intent,
  method: Method,
  return_url: string | null,
): Promise<Started> {
  const { type } = method.body
  const id = newId('src')
  const authorize_url = `${world.address()}/paymongo/authorize?id=${id}`
  const authorization: Authorization = {
    id,
    kind: 'authorization',
    parent: intent.id,
    body: { status: 'pending', method: method.id, return_url },
    hidden: {},
  }
  await put(act.tx, authorization, act.now_ms)
  await world.due.later(act.tx, act.now_ms + (patience_ms[type] ?? patience_ms_default), 'paymongo.expire', {
    id,
  })
  const next_action =
    type === 'qrph'
      ? {
          type: 'consume_qr',
          code: { id: newId('code'), amount: intent.body.amount, label: 'Test', test_url: authorize_url },
        }
      : { type: 'redirect', redirect: { url: authorize_url, return_url } }
  const asked = await changeIntent(act, intent, { status: 'awaiting_next_action', next_action })
  return { intent: asked, authorize_url, failure: null }
}

const patience_ms_default = 1_800_000
const patience_ms: Readonly<Record<string, number>> = {
  gcash: 4 * 3_600_000,
  paymaya: 1_800_000,
}

function wantsAny({ body }: Intent): boolean {
  const { payment_method_options } = body
  return JSON.stringify(payment_method_options ?? {}).includes('"request_three_d_secure":"any"')
}
