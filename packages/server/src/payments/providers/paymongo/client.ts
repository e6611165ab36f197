/** PayMongo: one call, and what it came to. Only a clear no is a refusal; what is not clear may have happened. */

import type { PaymongoSettings } from '../../../platform/config/provider-settings.ts'
import { Secret } from '../../../platform/config/secret.ts'
import { arrayAt, textAt } from '../json.ts'
import {
  isAnswered,
  openHttpClient,
  too_many,
  type Answered,
  type HttpResult,
  type Waiter,
} from '../http-client.ts'
import type { Reply } from '../port.ts'
import { asked, notFound, refused, ok, unavailable, unknown, type Failure } from '../result.ts'

export interface PaymongoClient {
  get(path: readonly string[], query?: Readonly<Record<string, string>>): Promise<Reply<unknown>>
  /**
   * The same token and body again is answered as the first time. Null for what may be done twice. Whatever is missing
   * is what the body names, so a create is refused where its GET would find nothing.
   */
  post(path: readonly string[], body: unknown, token: string | null): Promise<Reply<unknown>>
}

export function createPaymongoClient(settings: PaymongoSettings, waiting: Waiter): PaymongoClient {
  const basic = Buffer.from(`${settings.secret_key.reveal()}:`).toString('base64')
  const secrets = [settings.secret_key, new Secret(basic)]
  const line = openHttpClient({ ...waiting, url: settings.url, secrets })
  const headers = { authorization: `Basic ${basic}` }
  return {
    async get(path, query = {}) {
      const reply = judge(await line.call({ method: 'GET', path, query, headers }, isBusy))
      return reply.outcome === 'told' ? reply : asked(reply)
    },
    async post(path, body, token) {
      const named = token === null ? headers : { ...headers, 'idempotency-key': token }
      const reply = judge(await line.call({ method: 'POST', path, body, headers: named }, isBusy))
      return reply.outcome === 'not_found' ? { ...reply, outcome: 'refused' } : reply
    },
  }
}

/** What was told as a payment; an answer that is none says nothing certain. */
export function readInto<T>(reply: Reply<unknown>, read: (json: unknown) => T | null): Reply<T> {
  if (reply.outcome !== 'told') return reply
  const value = read(reply.value)
  return value === null
    ? unknown('malformed_answer', 'the answer lacks an id, an amount or a currency')
    : ok(value)
}

/** The first with this token is still under way. */
const in_progress = 'idempotency_in_progress'

/** Codes that blame the provider, whatever the status they come with. */
const no_fault_of_ours: ReadonlySet<string> = new Set(['internal_server_error', 'provider_processing_error'])

/** With these it says no. Whatever else it answers, it may have happened. */
const refusing_statuses: ReadonlySet<number> = new Set([400, 402, 422])

function isBusy(answer: Answered): boolean {
  return answer.status === too_many || codeOf(answer) === in_progress
}

function codeOf({ json }: Answered): string | null {
  return textAt(arrayAt(json, 'errors')[0], 'code')
}

function judge(heard: HttpResult): Reply<unknown> {
  if (!isAnswered(heard)) {
    return heard.sent ? unknown(heard.code, heard.reason) : unavailable(heard.code, heard.reason)
  }
  const { status, json } = heard
  if (status < 200 || status >= 300) return failure(heard)
  return json === undefined ? unknown('malformed_answer', 'the answer is no JSON') : ok(json)
}

function failure(answer: Answered): Failure {
  const { status } = answer
  const code = codeOf(answer) ?? `http_${status}`
  const reason = textAt(arrayAt(answer.json, 'errors')[0], 'detail') ?? `PayMongo answered ${status}`
  if (status === too_many || code === 'too_many_requests') return unavailable('too_many_requests', reason)
  // A wrong key is no word about the payment: it is mended, and the same is asked again.
  if (status === 401 || status === 403) return unavailable(code, reason)
  // Without a code the route is not there: the address is wrong, and says nothing about what it would have known.
  if (status === 404)
    return code === 'resource_not_found' ? { ...notFound(reason), code } : unavailable(code, reason)
  // A token that was used for something else stands for that other thing, which may have happened.
  if (status === 409 || /idempoten/i.test(`${code} ${reason}`)) return unknown(code, reason)
  const is_clear = refusing_statuses.has(status) && !no_fault_of_ours.has(code)
  return is_clear ? refused(code, reason) : unknown(code, reason)
}
