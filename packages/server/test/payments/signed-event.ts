// The harness room of events as PayMongo sends them: made up by a test, signed with a secret that the engine knows.
import { randomUUID } from 'node:crypto'
import { signatureOf } from '../../src/payments/providers/paymongo/signature.ts'
import { old_secret } from './settings.ts'

export interface EventFacts {
  readonly id?: string
  readonly type?: string
  /** What it is about. */
  readonly resource?: { readonly type: string; readonly id: string; readonly reference?: string | undefined }
  readonly livemode?: boolean
  readonly secret?: string
  readonly at_ms?: number
}

export interface SignedEvent {
  readonly id: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

export function paymongoEvent({
  id = `evt_${randomUUID()}`,
  type = 'payment.paid',
  resource = { type: 'payment', id: `pay_${randomUUID()}` },
  livemode = false,
  secret = old_secret,
  at_ms = Date.now(),
}: EventFacts = {}): SignedEvent {
  const { reference, ...named } = resource
  const metadata = reference === undefined ? {} : { holdfast_reference: reference }
  const data = { ...named, attributes: { status: 'paid', amount: 5_000, currency: 'PHP', metadata } }
  const body = JSON.stringify({ data: { id, type: 'event', attributes: { type, livemode, data } } })
  return { id, body, headers: signedBy(secret, body, at_ms) }
}

export function signedBy(secret: string, body: string, at_ms = Date.now()): Record<string, string> {
  const signature = signatureOf(secret, Math.floor(at_ms / 1_000), body, 'test')
  return { 'content-type': 'application/json', 'paymongo-signature': signature }
}
