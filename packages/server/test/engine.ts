// The harness room of tests over HTTP: a real engine on a database of its own, on a free port, with keys and the first steps.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { createKey, type NewKey } from '../src/access/keys.ts'
import { readConfig, type Config } from '../src/platform/config/config.ts'
import { start, type Running, type StartOptions } from '../src/assemble.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'

export type Json = Record<string, any> // oxlint-disable-line typescript/no-explicit-any -- answers are read freely

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Empty where the answer is not a JSON object. */
  readonly body: Json
}

export interface Asking {
  /** By default GET without a body, POST with one. */
  readonly method?: string
  /** The service's by default; null for none. */
  readonly key?: string | null
  /** Whom a service acts for. */
  readonly party?: string
  /** A string goes as it is, everything else as JSON. */
  readonly body?: unknown
  readonly idempotency?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of this engine's. */
  readonly address?: string
}

export interface Engine {
  readonly address: string
  readonly running: Running
  readonly service: string
  readonly admin: string
  /** The log as JSON lines: warnings and errors, or what `log_level` of the configuration says. */
  readonly log: readonly string[]
  ask(path: string, asking?: Asking): Promise<Answer>
  /** The same, and it must come to this status. */
  must(status: number, path: string, asking?: Asking): Promise<Json>
  /** A POST as an operator. */
  operate(path: string, body?: Json): Promise<Json>
  newKey(is: NewKey): Promise<string>
  token(party: string, expires_in?: number): Promise<string>
  topUp(party: string, amount: number, currency?: string): Promise<void>
  wallet(party: string, currency?: string): Promise<Json>
  /** An order taken as far as the last of these transitions; pays itself a wallet that suffices. */
  order(as: { buyer: string; seller: string; amount: number }, ...path: Step[]): Promise<string>
  /** A step of an order by the one who takes it in the ordinary course. */
  step(id: string, step: Step, body?: Json): Promise<Answer>
  advance(seconds: number): Promise<Json>
  integrity(): Promise<Json>
  /** Every event of the log, or of one agreement, in order. */
  events(agreement?: string): Promise<Json[]>
  stop(): Promise<void>
}

export type Step =
  | 'pay'
  | 'ship'
  | 'deliver'
  | 'confirm-delivery'
  | 'reject'
  | 'accept-return'
  | 'cancel'
  | 'dispute'

/** Who takes a step when all goes its ordinary way, and what it needs to be told. */
const steps: Readonly<Record<Step, { readonly by: 'buyer' | 'seller'; readonly body?: Json }>> = {
  pay: { by: 'buyer' },
  ship: { by: 'seller' },
  deliver: { by: 'seller' },
  'confirm-delivery': { by: 'buyer' },
  reject: { by: 'buyer', body: { reject_reason: 'wrong colour' } },
  'accept-return': { by: 'seller' },
  cancel: { by: 'buyer' },
  dispute: { by: 'buyer', body: { dispute_reason: 'damaged', dispute_text: 'Broken glass' } },
}

export const currency = 'PKR'
export const customer = { buyer: 'ayesha', seller: 'bilal' } as const

export interface EngineOptions extends StartOptions {
  /** A database that somebody else made and drops; its keys must be given too, unless it is empty. */
  readonly url?: string
  readonly keys?: NonNullable<Running['keys']>
  readonly config?: Partial<Config>
}

/** Another engine on the same database, with timers and jobs of its own. */
export function startBeside({ running, service, admin }: Engine): Promise<Engine> {
  const keys = { service_key: service, operator_key: admin }
  return startEngine({ url: running.database_url, keys })
}

export async function startEngine({
  url,
  keys: given,
  config,
  ...options
}: EngineOptions = {}): Promise<Engine> {
  const fresh: FreshDatabase | null = url === undefined ? await freshDatabase() : null
  const log: string[] = []
  const logger = pino(
    { level: config?.log_level ?? 'warn', base: null },
    { write: (line: string) => void log.push(line) },
  )
  const settings = readConfig({}, { port: 0, lanes: 3, database_url: url ?? fresh?.url ?? null, ...config })
  const running = await start(settings, logger, options)
  const keys = given ?? running.keys
  assert(keys !== null, 'the keys of a database that is not empty must be given')
  // A worker alone has none, and is not asked.
  const address = running.address ?? ''
  const { service_key: service, operator_key: admin } = keys
  const people = new Map<string, { buyer: string; seller: string }>()

  async function ask(path: string, asking: Asking = {}): Promise<Answer> {
    const { key = service, party, body, idempotency, method = body === undefined ? 'GET' : 'POST' } = asking
    const response = await fetch(`${asking.address ?? address}${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(party === undefined ? {} : { 'holdfast-party': party }),
        ...(idempotency === undefined ? {} : { 'idempotency-key': idempotency }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...asking.headers,
      },
      ...(body === undefined ? {} : { body: bytesOf(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: jsonOf(text) }
  }
  async function must(status: number, path: string, asking: Asking = {}): Promise<Json> {
    const answer = await ask(path, asking)
    assert.equal(
      answer.status,
      status,
      `${path} came to ${answer.status}: ${answer.text}\n${log.slice(-3).join('')}`,
    )
    return answer.body
  }
  const operate = (path: string, body: Json = {}) =>
    ask(path, { key: admin, body: { reason: 'a test', ...body } }).then(
      ({ status, text, body: answered }) => {
        assert(status < 300, `${path} came to ${status}: ${text}`)
        return answered
      },
    )
  async function topUp(party: string, amount: number, of = currency): Promise<void> {
    await operate(`/v1/wallets/${party}/${of}/top-ups`, { amount, reference: `topup-${randomUUID()}` })
  }
  const step = (id: string, name: Step, body: Json = {}) => {
    const party = people.get(id)?.[steps[name].by]
    assert(party !== undefined, `${id} was not made by this engine's order()`)
    return ask(`/orders/${id}/${name}`, { party, body: { ...steps[name].body, ...body } })
  }
  async function order(
    { buyer, seller, amount }: { buyer: string; seller: string; amount: number },
    ...path: Step[]
  ): Promise<string> {
    if (path[0] === 'pay') await topUp(buyer, amount)
    const { id } = await must(201, '/orders', { body: { buyer, seller, amount, currency } })
    people.set(id, { buyer, seller })
    for (const name of path) {
      const { status, text } = await step(id, name)
      assert.equal(status, 200, `${name} came to ${status}: ${text}`)
    }
    return id
  }
  async function events(agreement?: string): Promise<Json[]> {
    const all: Json[] = []
    for (let page: Json = { has_more: true }; page['has_more'];) {
      page = await must(200, `/v1/events?limit=100&after=${all.at(-1)?.['seq'] ?? 0}`)
      all.push(...page['data'])
    }
    return agreement === undefined ? all : all.filter((event) => event['agreement'] === agreement)
  }

  return {
    address,
    running,
    service,
    admin,
    log,
    ask,
    must,
    operate,
    newKey: (is) => createKey(running.db, is, Date.now()),
    token: async (party, expires_in = 900) =>
      (await must(201, '/v1/party-tokens', { body: { party, expires_in } }))['token'],
    topUp,
    wallet: (party, of = currency) => must(200, `/v1/wallets/${party}/${of}`),
    order,
    step,
    advance: (seconds) => must(200, '/v1/test-clock/advance', { body: { seconds } }),
    integrity: () => must(200, '/v1/integrity'),
    events,
    async stop() {
      await running.stop()
      await fresh?.drop()
    },
  }
}

function bytesOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body)
}

function jsonOf(text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** Everything in every table of ours, as one hash: what is equal twice has not changed. */
export async function contentsOf(db: FreshDatabase['db']): Promise<string> {
  const tables = [
    'agreements',
    'agreement_parties',
    'accounts',
    'transfers',
    'events',
    'batches',
    'log_head',
    'answers',
    'flows',
    'fee_schedules',
    'schedule_runs',
    'files',
    'evidence',
    'p2p_payment_methods',
    'p2p_messages',
    'contacts',
    'manual_payments',
    'reconciliations',
    'reconciliation_exceptions',
    'api_keys',
    'settings',
  ]
  const hashes = tables.map(
    (table) =>
      `select '${table}' as name, count(*) as n, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as hash from ${table} t`,
  )
  const { contents } = await db.one<{ contents: string }>(
    `select string_agg(name || ' ' || n || ' ' || hash, e'\\n' order by name) as contents from (${hashes.join(' union all ')}) all_tables`,
  )
  return contents
}
