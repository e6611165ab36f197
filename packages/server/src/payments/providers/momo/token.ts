/** MTN MoMo: the bearer token of one product, kept until shortly before it ends. */

import { Secret } from '../../../platform/config/secret.ts'
import { at } from '../json.ts'
import { cached, type Cached } from '../cached.ts'
import { isAnswered, too_many, type HttpClient } from '../http-client.ts'
import { ok, unavailable } from '../result.ts'

/** So that a token does not end between here and there. */
export const token_early_ms = 60_000

export function keepToken(
  line: HttpClient,
  product: string,
  headers: Readonly<Record<string, string>>,
): Cached<Secret> {
  return cached(async (now_ms) => {
    const call = { method: 'POST', path: [product, 'token', ''], headers } as const
    const heard = await line.call(call, ({ status }) => status === too_many)
    // No payment hangs on this call, so whatever went wrong, nothing has happened.
    if (!isAnswered(heard)) return unavailable(heard.code, heard.reason)
    const text = at(heard.json, 'access_token')
    const seconds = at(heard.json, 'expires_in')
    if (heard.status !== 200 || typeof text !== 'string') {
      return unavailable('no_token', `MoMo answered ${heard.status} to the request for a token`)
    }
    const life_ms = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : 0
    return ok({ value: new Secret(text), until_ms: now_ms + life_ms - token_early_ms })
  })
}
