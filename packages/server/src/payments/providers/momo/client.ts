/** MTN MoMo: one call under a token of its product, and what it came to. Refusals come as 500 here, with a code. */

import type { Clock } from '../../../platform/clock.ts'
import type { MomoSettings } from '../../../platform/config/provider-settings.ts'
import { Secret } from '../../../platform/config/secret.ts'
import { textAt } from '../json.ts'
import { type Cached } from '../cached.ts'
import {
  isAnswered,
  openHttpClient,
  too_many,
  type Answered,
  type Call,
  type HttpResult,
  type HttpClient,
} from '../http-client.ts'
import type { Reply } from '../port.ts'
import { asked, beforehand, notFound, refused, ok, unavailable, unknown, type Failure } from '../result.ts'
import type { ProviderRuntime } from '../runtime.ts'
import { keepToken } from './token.ts'

/** Each has its own subscription key and its own tokens; those of one are nothing to the other. */
export type Product = 'collection' | 'disbursement'

export interface MomoClient {
  get(product: Product, path: readonly string[]): Promise<Reply<unknown>>
  /** The token is the id of what is created. `already`: it is there, from an earlier call with the same token. */
  create(call: Creating): Promise<Reply<'accepted' | 'already'>>
}

export interface Creating {
  readonly product: Product
  readonly path: readonly string[]
  readonly token: string
  readonly body: unknown
  readonly callback: string | null
}

interface Desk {
  readonly line: HttpClient
  readonly headers: Readonly<Record<string, string>>
  readonly token: Cached<Secret>
}

export function createMomoClient(settings: MomoSettings, { clock, ...waiting }: ProviderRuntime): MomoClient {
  const desks = {
    collection: openDesk(settings, settings.collection_key, 'collection', waiting),
    disbursement: openDesk(settings, settings.disbursement_key, 'disbursement', waiting),
  }
  return {
    async get(product, path) {
      const heard = await authorised(desks[product], clock, { method: 'GET', path, headers: {} })
      if ('outcome' in heard) return heard
      const reply = judge(heard)
      return reply.outcome === 'told' ? reply : asked(reply)
    },
    async create({ product, path, token, body, callback }) {
      const headers = {
        'x-reference-id': token,
        ...(callback === null ? {} : { 'x-callback-url': callback }),
      }
      const heard = await authorised(desks[product], clock, { method: 'POST', path, headers, body })
      if ('outcome' in heard) return heard
      if (isAnswered(heard) && heard.status === 409) return ok('already')
      if (isAnswered(heard) && heard.status === 202) return ok('accepted')
      const reply = judge(heard)
      if (reply.outcome === 'told') return unknown('malformed_answer', 'a creation is answered with 202')
      // Nothing is sought here: a missing resource is the payer or the payee, and that is a refusal.
      return reply.outcome === 'not_found' ? { ...reply, outcome: 'refused' } : reply
    },
  }
}

function openDesk(
  settings: MomoSettings,
  key: Secret,
  product: Product,
  waiting: Omit<ProviderRuntime, 'clock'>,
): Desk {
  const basic = new Secret(
    Buffer.from(`${settings.api_user}:${settings.api_key.reveal()}`).toString('base64'),
  )
  // The word is told with every callback address.
  const secrets = [key, settings.api_key, basic, ...settings.callback_tokens]
  const line = openHttpClient({ ...waiting, url: settings.url, secrets })
  // MTN's newer platform asks for the environment with every call, that for a token as well.
  const headers = {
    'ocp-apim-subscription-key': key.reveal(),
    'x-target-environment': settings.target_environment,
  }
  return {
    line,
    headers,
    token: keepToken(line, product, { ...headers, authorization: `Basic ${basic.reveal()}` }),
  }
}

/** With a token, and once more with a new one where the old is not taken any more. */
async function authorised(
  { line, headers, token }: Desk,
  clock: Clock,
  call: Call,
): Promise<HttpResult | Failure> {
  let heard: HttpResult | null = null
  for (const last of [false, true]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const bearer = await token.get(clock.now())
    if (bearer.outcome !== 'told') return beforehand(bearer)
    const authorization = `Bearer ${bearer.value.reveal()}`
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    heard = await line.call({ ...call, headers: { ...headers, ...call.headers, authorization } }, isBusy)
    if (last || !isAnswered(heard) || heard.status !== 401) return heard
    token.forget(bearer.value)
  }
  return unavailable('no_token', 'no token was taken')
}

function isBusy({ status }: Answered): boolean {
  return status === too_many
}

/** What comes with 500 and is the provider's own trouble; every other code with 500 is a refusal. */
const no_refusals: ReadonlySet<string> = new Set(['INTERNAL_PROCESSING_ERROR', 'SERVICE_UNAVAILABLE'])

export function judge(heard: HttpResult): Reply<unknown> {
  if (!isAnswered(heard)) {
    return heard.sent ? unknown(heard.code, heard.reason) : unavailable(heard.code, heard.reason)
  }
  const { status, json } = heard
  if (status < 200 || status >= 300) return failure(heard)
  return json === undefined ? unknown('malformed_answer', 'the answer is no JSON') : ok(json)
}

function failure({ status, json }: Answered): Failure {
  const given = textAt(json, 'code')
  const code = given ?? `http_${status}`
  const reason = textAt(json, 'message') ?? `MoMo answered ${status}`
  if (status === too_many) return unavailable('too_many_requests', reason)
  // The keys, or the address that we call from: mended without the payment's doing.
  if (status === 401 || status === 403) return unavailable(code, reason)
  // Without a code it is the gateway that knows no such route, and says nothing of the payment.
  if (status === 404) return given === null ? unavailable(code, reason) : { ...notFound(reason), code }
  if (status === 400) return refused(code, reason)
  if (status === 500 && given !== null && !no_refusals.has(given)) return refused(code, reason)
  return unknown(code, reason)
}
