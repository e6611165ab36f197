/** Demo: the API as its callers use it: the backend and an operator with keys, people with tokens of their own. */

import { randomUUID } from 'node:crypto'

const request_timeout_ms = 30_000

export type Facts = Readonly<Record<string, unknown>>

export interface Answer {
  readonly status: number
  /** To the letter. */
  readonly text: string
  readonly body: Facts
  readonly replayed: boolean
}

export interface Caller {
  get(path: string): Promise<Answer>
  /** Every request carries an Idempotency-Key, a new one unless it is given. */
  post(path: string, body?: Facts, key?: string): Promise<Answer>
}

export interface Keys {
  readonly service_key: string
  readonly operator_key: string
}

export class Api {
  requests = 0
  /** Agreements that were answered as created, dry runs and replays left out. */
  created = 0
  readonly service: Caller
  readonly operator: Caller
  readonly #address: string
  readonly #tokens = new Map<string, Promise<string>>()

  constructor(address: string, { service_key, operator_key }: Keys) {
    this.#address = address
    this.service = this.#caller(() => Promise.resolve(service_key))
    this.operator = this.#caller(() => Promise.resolve(operator_key))
  }

  /** A person, with a party token that the backend mints. */
  as(party: string): Caller {
    return this.#caller(() => {
      const token = this.#tokens.get(party) ?? this.#mint(party)
      this.#tokens.set(party, token)
      return token
    })
  }

  /** Tokens live by the engine's clock: who moved it needs new ones. */
  forgetTokens(): void {
    this.#tokens.clear()
  }

  async #mint(party: string): Promise<string> {
    const { status, text, body } = await this.service.post('/v1/party-tokens', { party })
    if (status !== 201) throw new Error(`no token for ${party}: ${text}`)
    return String(body['token'])
  }

  #caller(bearer: () => Promise<string>): Caller {
    const send = async (method: string, path: string, body?: Facts, key?: string) =>
      this.#send(method, path, { authorization: `Bearer ${await bearer()}` }, body, key)
    return {
      get: (path) => send('GET', path),
      post: (path, body = {}, key = randomUUID()) => send('POST', path, body, key),
    }
  }

  async #send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: Facts | undefined,
    key: string | undefined,
  ): Promise<Answer> {
    this.requests += 1
    const response = await fetch(`${this.#address}${path}`, {
      method,
      headers: {
        ...headers,
        ...(key === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(request_timeout_ms),
    })
    const text = await response.text()
    const replayed = response.headers.get('idempotent-replayed') === 'true'
    const body_of_answer: Facts = JSON.parse(text)
    const answer = { status: response.status, text, body: body_of_answer, replayed }
    if (answer.status === 201 && !replayed && 'state' in answer.body) this.created += 1
    return answer
  }
}

/** "409 transition_not_open" for a refusal, "200" for anything else. */
export function outcome({ status, body }: Answer): string {
  return typeof body['code'] === 'string' ? `${status} ${body['code']}` : String(status)
}

/** The fact at a path like `if_nothing_happens.sentence`. */
export function pick(facts: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (found, name) => (typeof found === 'object' && found !== null ? Reflect.get(found, name) : undefined),
      facts,
    )
}

/** The rows of an answered list. */
export function rowsOf({ text }: Answer): readonly Facts[] {
  const { data }: { data: Facts[] } = JSON.parse(text)
  return data
}
