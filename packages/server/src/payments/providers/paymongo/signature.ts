/** PayMongo: the signature of its webhooks, both ways. Pure: who signs and who verifies bring the time and the secret. */

import { createHmac, timingSafeEqual } from 'node:crypto'

/** Test deliveries are signed in the part `te`, live ones in `li`; the other part stays empty. */
export type Livemode = 'test' | 'live'

/** How far the time in a signature may be from ours, before or after. */
export const signature_age_s_max = 300

/** The value of the header `Paymongo-Signature`. */
export function signatureOf(
  secret: string,
  signed_at_s: number,
  body: string | Uint8Array,
  mode: Livemode,
): string {
  const digest = digestOf(secret, signed_at_s, body)
  return mode === 'test' ? `t=${signed_at_s},te=${digest},li=` : `t=${signed_at_s},te=,li=${digest}`
}

export interface Signed {
  readonly header: string | undefined
  /** The bytes as they came. What was parsed and written again is another text. */
  readonly body: string | Uint8Array
  /** More than one while a secret is being replaced. */
  readonly secrets: readonly string[]
  readonly mode: Livemode
  readonly now_ms: number
}

export type SignatureFault = 'missing' | 'malformed' | 'stale' | 'mismatch'

/** Null where it is right. The mode is ours: a body that says otherwise does not choose the part that counts. */
export function verifySignature({ header, body, secrets, mode, now_ms }: Signed): SignatureFault | null {
  if (header === undefined || header === '') return 'missing'
  const parts = partsOf(header)
  const time = parts.get('t') ?? ''
  const given = parts.get(mode === 'test' ? 'te' : 'li') ?? ''
  if (!/^\d{1,12}$/.test(time) || !/^[0-9a-f]{64}$/.test(given)) return 'malformed'
  const signed_at_s = Number.parseInt(time, 10)
  const right = secrets.some((secret) => equal(digestOf(secret, signed_at_s, body), given))
  if (!right) return 'mismatch'
  return Math.abs(now_ms - signed_at_s * 1_000) > signature_age_s_max * 1_000 ? 'stale' : null
}

function digestOf(secret: string, signed_at_s: number, body: string | Uint8Array): string {
  return createHmac('sha256', secret).update(`${signed_at_s}.`).update(body).digest('hex')
}

function partsOf(header: string): Map<string, string> {
  return new Map(
    header.split(',').map((part) => {
      const [name = '', ...rest] = part.trim().split('=')
      return [name, rest.join('=')]
    }),
  )
}

/** In constant time, so that a forger learns nothing from how long the refusal takes. */
function equal(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
