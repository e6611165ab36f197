/** Emulator, PayMongo: refunds. Pending first; paid back to the source from what is to be credited to us. */

import { has, type Fault } from '../fault.ts'
import { newId } from '../new-id.ts'
import { children, find, lock, put, save } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { emit } from './emit.ts'
import { outcomeFaults, type Ask, type Endpoint } from './endpoint.ts'
import { attributesOf, Reading } from './fields.ts'
import { listOf } from './paging.ts'
import { shownPayment } from './payments.ts'
import { complaint, isRefusal, notFound, refuse, type Refusal } from './refusal.ts'
import { shown, type Payment, type Refund, type RefundBody } from './resources.ts'
import { changeWallet, lockWallet } from './wallet.ts'

export const refund_endpoints: readonly Endpoint[] = [
  { method: 'POST', path: '/v1/refunds', operation: 'refunds.create', act: create },
  {
    method: 'GET',
    path: '/v1/refunds/:id',
    operation: 'refunds.get',
    act: async ({ act, params: { id = '' } }) => {
      const refund = await find<Refund>(act.tx, 'refund', id)
      return refund === undefined ? notFound('refund', id) : { data: shown(refund) }
    },
  },
  {
    method: 'GET',
    path: '/v1/refunds',
    operation: 'refunds.list',
    act: (ask) => listOf<Refund>(ask, 'refund', shown, { parent: ask.query['payment_id'] }),
  },
]

const reasons = ['duplicate', 'fraudulent', 'requested_by_customer', 'others'] as const
const notes_length_max = 255
const day_s = 86_400

/** How long after the payment it can be given back. */
const window_days: Readonly<Record<string, number>> = { card: 60, grab_pay: 90, gcash: 180, paymaya: 365 }
const window_days_default = 365

async function create({ act, world, body }: Ask): Promise<object | Refusal> {
  const attributes = attributesOf(body)
  if (isRefusal(attributes)) return attributes
  const reading = new Reading(attributes)
  const amount = reading.amount('amount', 1, Number.MAX_SAFE_INTEGER)
  const payment_id = reading.text('payment_id')
  const reason = reading.word('reason', reasons)
  const notes = reading.optionalText('notes', notes_length_max)
  const metadata = reading.metadata()
  if (reading.refusal !== null) return reading.refusal
  const payment = await lock<Payment>(act.tx, 'payment', payment_id)
  if (payment === undefined) return notFound('payment', payment_id)
  const refusal = await refundable(act, payment, amount)
  if (refusal !== null) return refusal
  const now_s = Math.floor(act.now_ms / 1_000)
  const faults: readonly Fault[] = [...act.faults, ...(await outcomeFaults(world, act, 'refunds.create'))]
  const refund: Refund = {
    // Clients write `ref_`, a catalogue `re_`: nobody should look at it.
    id: newId('ref'),
    kind: 'refund',
    parent: payment_id,
    body: {
      amount,
      balance_transaction_id: newId('bal_txn'),
      currency: payment.body.currency,
      livemode: false,
      metadata,
      notes,
      payment_id,
      payout_id: null,
      reason,
      status: 'pending',
      available_at: now_s + 2 * day_s,
      refunded_at: null,
      created_at: now_s,
      updated_at: now_s,
    },
    hidden: { faults },
  }
  await put(act.tx, refund, act.now_ms)
  await emit(world, act, 'refund.created', shown(refund), faults)
  if (!has(faults, 'never_final')) {
    const due_ms = act.now_ms + world.settings.pending_ms
    await world.due.later(act.tx, due_ms, 'paymongo.refund', { id: refund.id })
  }
  return { data: shown(refund) }
}

/** The codes of these three are not documented, but for the amount of a capture. */
async function refundable(act: EmulatorTx, payment: Payment, amount: number): Promise<Refusal | null> {
  const { status, source, paid_at, amount: paid } = payment.body
  if (status !== 'paid' || paid_at === null) {
    return refuse(
      400,
      complaint('parameter_invalid', 'Only paid payments can be refunded.', 'attributes.payment_id'),
    )
  }
  const days = window_days[source.type] ?? window_days_default
  if (act.now_ms > (paid_at + days * day_s) * 1_000) {
    return refuse(
      400,
      complaint('parameter_invalid', `Refunds end ${days} days after the payment.`, 'attributes.payment_id'),
    )
  }
  const refunds = await children<Refund>(act.tx, 'refund', payment.id)
  const given = refunds
    .filter(({ body }) => body.status !== 'failed')
    .reduce((sum, { body }) => sum + body.amount, 0)
  if (given + amount <= paid) return null
  return refuse(
    400,
    complaint('allowed_amount_exceeded', 'More than is left of the payment.', 'attributes.amount'),
  )
}

const funds_wait_ms = 3_600_000

export function defineRefunds(world: EmulatorContext): void {
  world.due.define('paymongo.refund', {
    settle: async (act, { id }) => {
      const refund = await lock<Refund>(act.tx, 'refund', String(id))
      if (refund?.body.status !== 'pending') return
      await settleRefund(
        world,
        act,
        refund,
        has(refund.hidden.faults, 'ends_failed') ? 'failed' : 'succeeded',
      )
    },
  })
}

/** A refund for which there is not enough waits until there is. */
export async function settleRefund(
  world: EmulatorContext,
  act: EmulatorTx,
  refund: Refund,
  status: 'succeeded' | 'failed',
): Promise<void> {
  const { amount, payment_id } = refund.body
  if (status === 'succeeded') {
    const { body: wallet } = await lockWallet(act)
    if (wallet.pending + wallet.available < amount) {
      await world.due.later(act.tx, act.now_ms + funds_wait_ms, 'paymongo.refund', { id: refund.id })
      return
    }
    const from_pending = Math.max(0, Math.min(wallet.pending, amount))
    await changeWallet(act, { pending: -from_pending, available: from_pending - amount })
  }
  const now_s = Math.floor(act.now_ms / 1_000)
  const body: RefundBody = {
    ...refund.body,
    status,
    refunded_at: status === 'succeeded' ? now_s : null,
    updated_at: now_s,
  }
  const settled = { ...refund, body }
  await save(act.tx, settled)
  const { faults } = refund.hidden
  await emit(world, act, 'payment.refund.updated', shown(settled), faults)
  if (status === 'failed') return
  const payment = await find<Payment>(act.tx, 'payment', payment_id)
  if (payment === undefined) return
  // What this event carries is not documented: the payment, with its refunds inside.
  await emit(world, act, 'payment.refunded', await shownPayment(act.tx, payment), faults)
  await emit(world, act, 'refund.succeeded', shown(settled), faults)
}
