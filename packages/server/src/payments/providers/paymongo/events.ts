/** PayMongo: its events. The signature says that one is from PayMongo; what it is about must still be asked for. */

import type { Secret } from '../../../platform/config/secret.ts'
import { arrayAt, at, idAt, parsed, textAt } from '../json.ts'
import type { About, Incoming, PaymentKind, Verified } from '../port.ts'
import { referenceIn } from './metadata.ts'
import { verifySignature } from './signature.ts'

const signature_header = 'paymongo-signature'

export function verifyEvent(
  { body, headers }: Incoming,
  settings: { readonly webhook_secrets: readonly Secret[]; readonly live: boolean },
  now_ms: number,
): Verified {
  const given = headers[signature_header]
  const fault = verifySignature({
    header: typeof given === 'string' ? given : undefined,
    body,
    secrets: settings.webhook_secrets.map((secret) => secret.reveal()),
    mode: settings.live ? 'live' : 'test',
    now_ms,
  })
  if (fault !== null) return { refused: fault === 'stale' ? 'stale' : 'forged' }
  const event = at(parsed(Buffer.from(body).toString('utf8')), 'data')
  const event_id = idAt(event, 'id')
  const type = textAt(event, 'attributes', 'type')
  if (event_id === null || type === null) return { refused: 'malformed' }
  // Signed for our mode, and yet of the other one: whatever that is, no money of ours.
  if (at(event, 'attributes', 'livemode') !== settings.live) return { refused: 'malformed' }
  return { event_id, type, about: aboutOf(type, at(event, 'attributes', 'data')) }
}

/** Kinds by the type of the resource. What is not in here moves no money of ours. */
const kinds: Readonly<Record<string, PaymentKind>> = {
  payment: 'pay_in',
  payment_intent: 'pay_in',
  checkout_session: 'pay_in',
  refund: 'refund',
}

function aboutOf(type: string, resource: unknown): readonly About[] {
  // What comes in may be a pay-out that a bank sent back.
  if (/^transfer\.(outward|inward)\./.test(type)) return transfersIn(resource)
  const kind = kinds[textAt(resource, 'type') ?? '']
  return [
    ...(kind === undefined ? [] : named(kind, idAt(resource, 'id'), at(resource, 'attributes'))),
    ...arrayAt(resource, 'attributes', 'refunds')
      .map((refund) => at(refund, 'data') ?? refund)
      .flatMap((refund) => named('refund', idAt(refund, 'id'), at(refund, 'attributes'))),
  ]
}

/** A transfer itself, flat or wrapped, or the movement of the wallet that names it. */
function transfersIn(resource: unknown): readonly About[] {
  const attributes = at(resource, 'attributes') ?? resource
  return named('pay_out', idAt(attributes, 'transfer_id') ?? idAt(resource, 'id'), attributes)
}

function named(kind: PaymentKind, provider_id: string | null, resource: unknown): readonly About[] {
  return provider_id === null ? [] : [{ kind, provider_id, our_reference: referenceIn(resource) }]
}
