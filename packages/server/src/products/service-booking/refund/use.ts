/** Refund: how it uses providers: each payment of a booking that gives back goes back through the provider that brought it. */

import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { Tx, Verbs } from '../../../platform/postgres/database.ts'
import { newId, showId } from '@holdfast/kernel/ids.ts'
import type { LoggedEvent } from '../../../event-log/log.ts'
import { fromJson } from '@holdfast/kernel/money/amount.ts'
import { agreementWords, payInWords } from '../../../payments/processor/derive.ts'
import type { ProviderPayment } from '../../../payments/processor/provider-payment.ts'
import type {
  MayWant,
  ProviderBinding,
  EngineCommand,
  PaymentRequest,
} from '../../../payments/processor/binding.ts'
import { payment as paymentFlow } from '../payment/flow.ts'
import { serviceBooking } from '../booking/flow.ts'
import { refund as flow } from './flow.ts'

export const refundUse: ProviderBinding = {
  flow: flow.name,
  kind: 'refund',
  on: {
    flow: serviceBooking.name,
    transitions: ['cancel_paid', 'cancel_together', 'refund', 'split', 'settle'],
  },
  async wants(event, booking, tx) {
    const in_transit = sumInTransit(event)
    if (in_transit === 0n) return []
    const payments = await settledUnder(tx, booking.id)
    const given_back = payments.reduce((sum, { amount }) => sum + amount, 0n)
    assert(
      given_back === in_transit,
      `${booking.id}: ${in_transit} in transit, and ${given_back} to give back`,
    )
    return payments.map((paid) => wanted(event, paid, booking.currency))
  },
  mayWant,
  while: ['pending'],
  before: opening,
  says: {
    succeeded: () => ({ transition: 'complete', input: {} }),
    failed: ({ reason }) => ({ transition: 'fail', input: noteOf(reason) }),
    refused: ({ reason }) => ({ transition: 'fail', input: noteOf(reason) }),
    // The money is ours to look after again, so it goes where a refund goes that never left.
    returned: ({ reason }) => ({ transition: 'come_back', input: noteOf(reason) }),
    unclear: ({ reason }) => ({ transition: 'deny', input: noteOf(reason) }),
  },
}

/** What left the booking and has not arrived. What it held from the wallet is in the wallet again. */
function sumInTransit({ body }: LoggedEvent): bigint {
  return body.postings
    .filter(({ to }) => to === 'outside.transit')
    .reduce((sum, { amount }) => sum + fromJson(amount), 0n)
}

interface Paid {
  readonly id: string
  readonly amount: bigint
  readonly payer: string
  /** Null where an operator had said that it was paid. */
  readonly pay_in: string | null
  readonly provider: string | null
  readonly settled_id: string | null
}

/** Nothing is paid for a booking that has given back, so these are all there will ever be. */
function settledUnder(tx: Tx, booking: string): Promise<Paid[]> {
  return tx.any<Paid>(
    `select distinct on (a.id) a.id, (a.amounts ->> 'amount')::bigint as amount, a.parties ->> 'payer' as payer,
       p.id as pay_in, p.provider, p.settled_id
     from agreements a
     left join provider_payments p on p.agreement_id = a.id and p.kind = 'pay_in'
       and (p.settled_id = a.reference or p.token::text = a.reference)
       and p.suspense_id is null
     where a.under = $1 and a.flow = '${paymentFlow.name}' and a.state = 'settled'
     order by a.id`,
    [booking],
  )
}

/** Of whatever this provider has brought for a booking: given back later, it would be under the token that it has now. */
async function mayWant(db: Verbs, provider: string, since_ms: number): Promise<readonly MayWant[]> {
  const rows = await db.any<{ agreement_id: string; settled_id: string; currency: string }>(
    `select agreement_id, settled_id, currency
     from provider_payments
     where provider = $1
     and kind = 'pay_in'
     and flow = '${paymentFlow.name}'
     and settled_id is not null
     and suspense_id is null
     and created_at >= $2
     order by id`,
    [provider, new Date(since_ms)],
  )
  return rows.map(({ agreement_id, settled_id, currency }) => ({
    agreement: agreement_id,
    of: payInWords({ provider, settled_id }),
    settled_id,
    method: null,
    currency,
  }))
}

function wanted(event: LoggedEvent, paid: Paid, currency: string): PaymentRequest {
  const payment = showId(paymentFlow.id_prefix, paid.id)
  const { provider, settled_id } = paid
  return {
    agreement: refundId(event, paid.id),
    // Not from the refund: cancelled once more after a backup was restored, the booking would have another.
    of:
      provider === null || settled_id === null
        ? agreementWords(paid.id)
        : payInWords({ provider, settled_id }),
    provider: provider ?? 'manual',
    method: null,
    amount: paid.amount,
    currency,
    details: {
      description: `Refund of ${payment}`,
      party: paid.payer,
      about: payment,
      ...(paid.pay_in === null ? {} : { refunds: paid.pay_in }),
    },
  }
}

/** The same whenever the event is read. */
function refundId({ body }: LoggedEvent, payment: string): string {
  const bytes = hash('sha256', `refund ${payment}`, 'buffer')
  return newId(Date.parse(body.at), (length) => bytes.subarray(0, length))
}

/** A payment goes back once: the refund has its id as reference. */
function opening({ amount, currency, details }: ProviderPayment): EngineCommand {
  const { party, about } = details
  assert(party !== undefined && about !== undefined, 'a refund says whose payment it gives back')
  return {
    transition: 'create',
    input: { payment: about },
    creation: { parties: { payer: party }, currency, amounts: { amount }, terms: {}, reference: about },
  }
}

function noteOf(reason: string | null): { note?: string } {
  return reason ? { note: reason } : {}
}
