/** Payments, the inbox: what is taken in at all. Whatever is not verified leaves no trace but a count. */

import type { Incoming, Provider, Verified } from '../providers/port.ts'

/** What the database cannot keep as text was not sent by anybody who means well. */
const unkept = '\u0000'

export function verifyEvent(provider: Provider, incoming: Incoming, now_ms: number): Verified {
  const verified = provider.verify(incoming, now_ms)
  if ('refused' in verified) return verified
  const texts = [
    verified.event_id,
    verified.type,
    ...verified.about.flatMap(({ provider_id, our_reference }) => [provider_id, our_reference ?? '']),
  ]
  return texts.some((text) => text.includes(unkept)) ? { refused: 'malformed' } : verified
}
