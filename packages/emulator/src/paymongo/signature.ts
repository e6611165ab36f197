/** PayMongo: how it signs its webhooks: HMAC-SHA256 of the time, a point and the body (developers.paymongo.com, webhooks). */

import { createHmac } from 'node:crypto'

/** The value of the header `Paymongo-Signature`; test deliveries are signed in `te`, live ones in `li`. */
export function signatureOf(
  secret: string,
  signed_at_s: number,
  body: string,
  mode: 'test' | 'live',
): string {
  const digest = createHmac('sha256', secret).update(`${signed_at_s}.${body}`).digest('hex')
  return mode === 'test' ? `t=${signed_at_s},te=${digest},li=` : `t=${signed_at_s},te=,li=${digest}`
}
