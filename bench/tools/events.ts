/** Events as PayMongo sends them: of its length, each with an id of its own, signed now with the secret of the emulator's webhook. */
import { signatureOf } from '../../packages/server/src/payments/providers/paymongo/signature.ts'
import type { Ask, Script } from './script.ts'

/** One of the payments that a run tells of. */
export function paymentId(n: number): string {
  return `pay_bench${String(n).padStart(19, '0')}`
}

let sent = 0

export function* eventsOf(plan: { run: string; secret: string; payments: number }, host: string): Script {
  for (;;) {
    sent += 1
    const id = paymentId(sent % plan.payments)
    yield eventOf(plan, host, sent, { id, reference: `pp_${id}` })
  }
}

/** A payment, and what we had called it. */
export interface Told {
  id: string
  reference: string
}

export function* tellOf(plan: { run: string; secret: string; told: Told[] }, host: string): Script {
  for (const [n, told] of plan.told.entries()) yield eventOf(plan, host, n, told)
}

function eventOf(
  { run, secret }: { run: string; secret: string },
  host: string,
  n: number,
  { id, reference }: Told,
): Ask {
  const body = bodyOf(`evt_${run}${n}`, id, reference)
  const signature = signatureOf(secret, Math.floor(Date.now() / 1000), body, 'test')
  const head = `POST /v1/providers/paymongo/events HTTP/1.1\r\nhost: ${host}\r\nuser-agent: PayMongo\r\ncontent-type: application/json\r\n`
  return {
    text: `${head}paymongo-signature: ${signature}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    expect: 200,
    says: 'event',
  }
}

function bodyOf(event: string, payment: string, reference: string): string {
  const billing = {
    address: {
      city: 'Makati',
      country: 'PH',
      line1: '1 Test St',
      line2: '',
      postal_code: '1200',
      state: 'NCR',
    },
    email: 'payer@example.test',
    name: 'Test Payer',
    phone: '+639170000000',
  }
  const attributes = {
    access_url: null,
    amount: 150_000,
    balance_transaction_id: 'bal_txn_bench000000000000000001',
    billing,
    currency: 'PHP',
    description: 'Booking of a photographer',
    disputed: false,
    fee: 3_345,
    livemode: false,
    net_amount: 146_655,
    origin: 'api',
    payment_intent_id: `pi_${payment}`,
    payout: null,
    source: { id: `src_${payment}`, type: 'gcash' },
    statement_descriptor: 'HOLDFAST',
    status: 'paid',
    tax_amount: null,
    metadata: { holdfast_reference: reference },
    refunds: [],
    taxes: [],
    available_at: 1_763_600_400,
    created_at: 1_763_600_010,
    paid_at: 1_763_600_010,
    updated_at: 1_763_600_010,
  }
  const data = { id: payment, type: 'payment', attributes }
  const told = { type: 'payment.paid', livemode: false, data, previous_data: {}, pending_webhooks: 1 }
  return JSON.stringify({ data: { id: event, type: 'event', attributes: told } })
}
