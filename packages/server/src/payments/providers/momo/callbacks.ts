/**
 * MTN MoMo: its callbacks. They are not signed. What protects them is a word in the path that only MTN was told, and
 * that they are believed nothing: one says no more than that it is time to ask.
 */

import { timingSafeEqual } from 'node:crypto'
import type { MomoSettings } from '../../../platform/config/provider-settings.ts'
import { idAt, parsed, textAt } from '../json.ts'
import type { Incoming, PaymentKind, Verified } from '../port.ts'

const kinds: readonly PaymentKind[] = ['pay_in', 'refund', 'pay_out']

/** Null where none are wanted. */
export function callbackAddress(
  { callback_url, callback_tokens: [newest] }: MomoSettings,
  kind: PaymentKind,
): string | null {
  if (callback_url === null || newest === undefined) return null
  return `${callback_url.href.replace(/\/$/, '')}/${newest.reveal()}/${kind}`
}

export function verifyCallback({ body, path }: Incoming, { callback_tokens }: MomoSettings): Verified {
  const [word = '', kind_word, ...more] = path.split('/')
  if (!callback_tokens.some((token) => equal(word, token.reveal()))) return { refused: 'forged' }
  const kind = kinds.find((name) => name === kind_word)
  const resource = parsed(Buffer.from(body).toString('utf8'))
  const id = idAt(resource, 'externalId')
  if (kind === undefined || more.length > 0 || id === null || !isUuid(id)) return { refused: 'malformed' }
  const status = textAt(resource, 'status')?.toUpperCase() ?? ''
  if (!/^[A-Z_]{1,30}$/.test(status)) return { refused: 'malformed' }
  // They have no id. The same news of the same payment is the same event.
  return {
    event_id: `${kind}:${id}:${status}`,
    type: `${kind}.${status.toLowerCase()}`,
    about: [{ kind, provider_id: id, our_reference: null }],
  }
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text)
}

function equal(a: string, b: string): boolean {
  const [given, right] = [Buffer.from(a), Buffer.from(b)]
  return given.length === right.length && timingSafeEqual(given, right)
}
