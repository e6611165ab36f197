/**
 * Payments: a line to one provider. Calls go below its configured address and nowhere else: no redirect is followed.
 * Whatever goes wrong comes back as a value that says whether anything can have happened.
 */

import assert from 'node:assert/strict'
import { Secret, without } from '../../platform/config/secret.ts'
import { parsed } from './json.ts'

export const call_timeout_ms = 10_000
export const answer_bytes_max = 1_048_576
/** Of one call, the first included. */
export const call_attempts_max = 4
export const backoff_ms_min = 250
export const backoff_ms_max = 4_000

export const too_many = 429

export interface Call {
  readonly method: 'GET' | 'POST'
  /** Parts of the path below the address; an empty one at the end stands for a slash. */
  readonly path: readonly string[]
  readonly query?: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface Answered {
  readonly status: number
  readonly text: string
  /** Undefined where the text is no JSON. */
  readonly json: unknown
}

export interface Unanswered {
  /** False only where certainly nothing has left this machine. */
  readonly sent: boolean
  readonly code: string
  readonly reason: string
}

export type HttpResult = Answered | Unanswered

export interface Waiter {
  wait(ms: number): Promise<void>
  /** From 0 up to 1: so that many who were sent away do not come back together. */
  jitter(): number
}

export interface HttpClientOptions extends Waiter {
  readonly url: URL
  /** What no reason may repeat. */
  readonly secrets: readonly Secret[]
  readonly timeout_ms?: number
}

export interface HttpClient {
  /** `isBusy`: the provider wants the same again a little later. */
  call(call: Call, isBusy: (answer: Answered) => boolean): Promise<HttpResult>
}

export function openHttpClient(options: HttpClientOptions): HttpClient {
  return {
    async call(call, isBusy) {
      let begun = false
      for (let attempt = 1; ; attempt += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after another
        const heard = await callOnce(options, call)
        if (!isAnswered(heard)) return { ...heard, sent: heard.sent || begun }
        if (!isBusy(heard) || attempt === call_attempts_max) return heard
        // Sent away at the door, nothing has begun; whoever is busy for another reason may be busy with just this.
        begun ||= heard.status !== too_many
        // oxlint-disable-next-line no-await-in-loop -- that is what waiting is
        await options.wait(backoff(attempt, options.jitter()))
      }
    },
  }
}

export function isAnswered(heard: HttpResult): heard is Answered {
  return 'status' in heard
}

/** Between half of the step and all of it; steps double. */
export function backoff(attempt: number, jitter: number): number {
  const step = Math.min(backoff_ms_max, backoff_ms_min * 2 ** (attempt - 1))
  return Math.round((step * (1 + jitter)) / 2)
}

async function callOnce(
  { url, secrets, timeout_ms = call_timeout_ms }: HttpClientOptions,
  call: Call,
): Promise<HttpResult> {
  try {
    const response = await fetch(below(url, call), {
      method: call.method,
      headers: {
        accept: 'application/json',
        'user-agent': 'holdfast',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout_ms),
    })
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel()
      return unanswered('redirected', `the provider answered ${response.status}; redirects are not followed`)
    }
    const text = await textOf(response)
    if (text === null) return unanswered('answer_too_large', `more than ${answer_bytes_max} bytes`)
    const kept = response.ok ? text : without([...secrets, ...proofIn(call)], text)
    return { status: response.status, text: kept, json: parsed(kept) }
  } catch (error) {
    return nothingHeard(error, timeout_ms)
  }
}

/** The address and the parts below it. Each part stays one part, whatever stands in it. */
function below(base: URL, { path, query = {} }: Call): URL {
  const last = path.length - 1
  assert(
    path.every((part, n) => !/^\.{0,2}$/.test(part) || (part === '' && n === last)),
    'a part of a path leads nowhere else',
  )
  const url = new URL(base)
  url.pathname = [base.pathname.replace(/\/$/, ''), ...path.map(encodeURIComponent)].join('/')
  url.search = new URLSearchParams(query).toString()
  return url
}

async function textOf(response: Response): Promise<string | null> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    // Leaving the loop closes the stream, and with it the connection.
    if (bytes > answer_bytes_max) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** What the call itself was authorised with: a token is younger than any secret that the line was opened with. */
function proofIn({ headers: { authorization } }: Call): readonly Secret[] {
  const proof = authorization?.split(' ').at(-1)
  return proof === undefined || proof === '' ? [] : [new Secret(proof)]
}

/** Where no connection came about, nothing was sent. Everything else may have arrived. */
const unsent_codes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

function nothingHeard(error: unknown, timeout_ms: number): Unanswered {
  if (error instanceof assert.AssertionError) throw error
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return unanswered('timeout', `no answer in ${timeout_ms} ms`)
  }
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'connection_lost'
  return { sent: !unsent_codes.has(code), code: code.toLowerCase(), reason: 'the connection failed' }
}

function unanswered(code: string, reason: string): Unanswered {
  return { sent: true, code, reason }
}
