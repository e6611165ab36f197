/** Emulator, PayMongo: the payer says yes or no, or nothing until it is too late. */

import { find, lock, save } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { outcomeOf, type Failure } from './cards.ts'
import type { Authorization, Intent, Method, Session } from './resources.ts'
import { failIntent } from './settle-payment.ts'
import { charge } from './start-payment.ts'

export type Word = 'authorize' | 'fail' | 'expire'

export interface Authorized {
  readonly intent: Intent
  readonly session: Session | null
  readonly failure: Failure | null
  readonly return_url: string | null
}

/** Null where there is no such page. What was said once stands: saying it again changes nothing. */
export async function authorize(
  world: EmulatorContext,
  act: EmulatorTx,
  id: string,
  word: Word,
): Promise<Authorized | null> {
  const found = await find<Authorization>(act.tx, 'authorization', id)
  const { hidden } = (await find<Intent>(act.tx, 'payment_intent', found?.parent ?? '')) ?? {}
  // Session, intent, page, wallet: everybody locks in this order.
  const session = (await lock<Session>(act.tx, 'checkout_session', hidden?.session ?? '')) ?? null
  const intent = await lock<Intent>(act.tx, 'payment_intent', found?.parent ?? '')
  const authorization = await lock<Authorization>(act.tx, 'authorization', id)
  const method = await find<Method>(act.tx, 'payment_method', authorization?.body.method ?? '')
  if (authorization === undefined || intent === undefined || method === undefined) return null
  const { return_url, status } = authorization.body
  if (status !== 'pending' || intent.body.status !== 'awaiting_next_action') {
    const failure =
      status === 'authorized' || intent.body.status === 'succeeded' ? null : failureOf(method, 'expire')
    return { intent, session, failure, return_url }
  }
  const failure = word === 'authorize' ? late(intent, method) : failureOf(method, word)
  const body = { ...authorization.body, status: statuses[word] }
  await save(act.tx, { ...authorization, body })
  const after =
    failure === null
      ? await charge(world, act, intent, method)
      : await failIntent(world, act, intent, { method }, failure)
  return { intent: after, session, failure, return_url }
}

const statuses = { authorize: 'authorized', fail: 'failed', expire: 'expired' } as const

const gcash_centavos_max = 10_000_000

/** What goes wrong although the payer agreed. */
function late({ body }: Intent, method: Method): Failure | null {
  if (method.body.type === 'gcash' && body.amount > gcash_centavos_max) {
    return { code: 'AMOUNT_EXCEED_LIMIT', message: 'The amount exceeds the limit of the wallet.' }
  }
  return method.hidden.card_number === null ? null : outcomeOf(method.hidden.card_number).failure
}

/** GCash and Maya have codes of their own; which of them stands for a plain no is not documented. */
function failureOf({ body }: Method, word: 'fail' | 'expire'): Failure {
  const message = word === 'fail' ? 'The payer did not authorize the payment.' : 'The payment has expired.'
  if (body.type === 'gcash') return { code: word === 'fail' ? 'SYSTEM_ERROR' : 'CLOSED', message }
  if (body.type === 'paymaya') return { code: word === 'fail' ? 'PY0105' : 'PY0119', message }
  return { code: 'generic_decline', message }
}
