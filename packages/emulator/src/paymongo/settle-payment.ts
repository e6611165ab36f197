/** Emulator, PayMongo: an intent is paid, or an attempt to pay it fails; and everybody is told. */

import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { newId } from '../new-id.ts'
import { children, find, put, save } from '../store.ts'
import { emit } from './emit.ts'
import { feeOf } from './fees.ts'
import type { Failure } from './cards.ts'
import { shown, type Intent, type Method, type Payment, type PaymentBody, type Session } from './resources.ts'
import { changeWallet } from './wallet.ts'
import { shownIntent, shownSession } from './present.ts'

export interface Paying {
  readonly method: Method
  /** Where a test wants another amount or currency to arrive than was asked for. */
  readonly amount?: number | undefined
  readonly currency?: string | undefined
}

/** Gives the intent as it stands after. */
export async function payIntent(
  world: EmulatorContext,
  act: EmulatorTx,
  intent: Intent,
  paying: Paying,
): Promise<Intent> {
  const payment = await putPayment(act, intent, paying, null)
  const { net_amount, credited_at } = payment.body
  const paid = await changeIntent(act, intent, {
    status: 'succeeded',
    next_action: null,
    last_payment_error: null,
  })
  await world.due.later(act.tx, credited_at * 1_000, 'paymongo.credit', { centavos: net_amount })
  const { faults } = intent.hidden
  const session = await sessionOf(act, paid)
  if (session !== null) {
    const body = {
      ...session.body,
      payment_method_used: payment.body.source.type,
      paid_at: payment.body.created_at,
    }
    const changed = { ...session, body }
    await save(act.tx, changed)
    await emit(world, act, 'checkout_session.payment.paid', await shownSession(act.tx, changed), faults)
  }
  await changeWallet(act, { pending: net_amount })
  await emit(world, act, 'payment.paid', shown(payment), faults)
  await emit(world, act, 'payment_intent.succeeded', await shownIntent(act.tx, paid), faults)
  return paid
}

/** It may be tried again, with the same method or another. */
export async function failIntent(
  world: EmulatorContext,
  act: EmulatorTx,
  intent: Intent,
  paying: Paying,
  failure: Failure,
): Promise<Intent> {
  const payment = await putPayment(act, intent, paying, failure)
  const failed = await changeIntent(act, intent, {
    status: 'awaiting_payment_method',
    next_action: null,
    last_payment_error: {
      payment: payment.id,
      failed_code: failure.code,
      failed_message: failure.message,
      payment_method: paying.method.id,
    },
  })
  await emit(world, act, 'payment.failed', shown(payment), intent.hidden.faults)
  const told = await shownIntent(act.tx, failed)
  await emit(world, act, 'payment_intent.awaiting_payment_method', told, intent.hidden.faults)
  return failed
}

export async function changeIntent(
  act: EmulatorTx,
  intent: Intent,
  changes: Partial<Intent['body']>,
): Promise<Intent> {
  const body = { ...intent.body, ...changes, updated_at: Math.floor(act.now_ms / 1_000) }
  const changed = { ...intent, body }
  await save(act.tx, changed)
  return changed
}

async function putPayment(
  act: EmulatorTx,
  intent: Intent,
  { method, amount = intent.body.amount, currency = intent.body.currency }: Paying,
  failure: Failure | null,
): Promise<Payment> {
  const now_s = Math.floor(act.now_ms / 1_000)
  const { type, billing } = method.body
  const fee = failure === null ? feeOf(type, amount) : 0
  const session = await sessionOf(act, intent)
  const available_at = businessDaysLater(now_s, type === 'card' ? 3 : 2)
  const body: PaymentBody = {
    access_url: null,
    amount,
    balance_transaction_id: newId('bal_txn'),
    billing,
    currency,
    description: intent.body.description,
    disputed: false,
    external_reference_number: session?.body.reference_number ?? null,
    ...(failure === null ? {} : { failed_code: failure.code, failed_message: failure.message }),
    fee,
    instant_settlement: null,
    livemode: false,
    net_amount: amount - fee,
    origin: 'api',
    payment_intent_id: intent.id,
    payout: null,
    source: { id: newId(type === 'card' ? 'card' : 'src'), type, ...cardOf(method) },
    statement_descriptor: intent.body.statement_descriptor,
    status: failure === null ? 'paid' : 'failed',
    tax_amount: null,
    metadata: intent.body.metadata,
    refunds: [],
    taxes: [],
    available_at,
    created_at: now_s,
    credited_at: available_at + settlement_s,
    paid_at: failure === null ? now_s : null,
    updated_at: now_s,
  }
  const hidden = { faults: intent.hidden.faults }
  const payment: Payment = { id: newId('pay'), kind: 'payment', parent: intent.id, body, hidden }
  await put(act.tx, payment, act.now_ms)
  return payment
}

/** Payments that are paid are credited to the wallet a week after they are available. */
const settlement_s = 604_800
const day_s = 86_400
const first_business_weekday = 1
const last_business_weekday = 5
const morning_s = 3_600

/** 09:00 in Manila, so many weekdays later. Holidays are not known here. */
function businessDaysLater(from_s: number, days: number): number {
  let day = Math.floor(from_s / day_s)
  for (let left = days; left > 0; left -= isBusinessDay(day) ? 1 : 0) day += 1
  return day * day_s + morning_s
}

function isBusinessDay(day: number): boolean {
  // The first of January 1970 was a Thursday.
  const weekday = (day + 4) % 7
  return weekday >= first_business_weekday && weekday <= last_business_weekday
}

function cardOf({ body }: Method): object {
  if (body.type !== 'card' || body.details === null) return {}
  return { brand: 'visa', country: 'PH', last4: body.details.last4 }
}

async function sessionOf(act: EmulatorTx, intent: Intent): Promise<Session | null> {
  const { session } = intent.hidden
  if (session === null) return null
  return (await find<Session>(act.tx, 'checkout_session', session)) ?? null
}

export async function paidOf(act: EmulatorTx, intent_id: string): Promise<Payment | undefined> {
  const payments = await children<Payment>(act.tx, 'payment', intent_id)
  return payments.find(({ body }) => body.status === 'paid')
}
