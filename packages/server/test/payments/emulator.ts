// The harness room of the payment emulator: one on a database of its own, a clock that tests move, and somebody it can call.
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import type { Clock } from '../../src/platform/clock.ts'
import {
  momo_api_key,
  momo_api_user,
  momo_subscription_keys,
  paymongo_secret_key,
} from '@holdfast/payment-emulator/keys.ts'
import { startEmulator, type Emulator } from '@holdfast/payment-emulator/emulator.ts'
import type { EmulatorSettings } from '@holdfast/payment-emulator/context.ts'
import { freshDatabase } from '../fixtures/database.ts'
import type { Json } from '../fixtures/engine.ts'
import { until } from '../fixtures/patience.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Empty where the answer is no JSON. */
  readonly body: Json
}

export interface Asking {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Town {
  readonly clock: Clock & { ahead(ms: number): void }
  readonly receiver: Receiver
  /** Warnings and errors of the emulator. */
  readonly log: readonly string[]
  address(): string
  /** JSON, by default GET without a body and POST with one. Redirects are not followed. */
  ask(path: string, asking?: Asking): Promise<Answer>
  /** With PayMongo's secret key. */
  paymongo(path: string, asking?: Asking): Promise<Answer>
  /** With the pre-provisioned user's token of that product. */
  momo(product: 'collection' | 'disbursement', path: string, asking?: Asking): Promise<Answer>
  /** An admin call that must be taken. */
  admin(path: string, body?: Json): Promise<Json>
  /** Moves the clock there, step by step, with all that falls due on the way. */
  advance(ms: number): Promise<void>
  /** As it was at the start. */
  reset(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Json
}

export interface Receiver {
  readonly url: string
  readonly received: Received[]
  /** What it answers from now on. */
  answers(status: number, text?: string): void
  /** Waits until it has heard so many. */
  heard(count: number): Promise<readonly Received[]>
}

export const start_ms = Date.UTC(2026, 10, 20, 4)

export async function startTown(settings: Partial<EmulatorSettings> = {}): Promise<Town> {
  const database = await freshDatabase('template0')
  const log: string[] = []
  const logger = pino({ level: 'warn', base: null }, { write: (line: string) => void log.push(line) })
  let now_ms = start_ms
  const clock = { now: () => now_ms, ahead: (ms: number) => void (now_ms += ms) }
  const { receiver, close } = await startReceiver()
  const start = (port: number): Promise<Emulator> =>
    startEmulator({
      db_url: database.url,
      clock,
      port,
      host: '127.0.0.1',
      log: logger,
      settings: { requests_per_second_max: 0, ...settings },
    })
  let emulator = await start(0)

  async function ask(path: string, { method, body, headers }: Asking = {}): Promise<Answer> {
    const response = await fetch(new URL(path, emulator.address), {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      headers: { ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: jsonOf(text) }
  }

  const tokens = new Map<string, string>()
  async function tokenOf(product: 'collection' | 'disbursement'): Promise<string> {
    const known = tokens.get(product)
    if (known !== undefined) return known
    const { body } = await ask(`/momo/${product}/token/`, {
      method: 'POST',
      headers: {
        'ocp-apim-subscription-key': momo_subscription_keys[product],
        authorization: basic(momo_api_user, momo_api_key),
      },
    })
    tokens.set(product, body['access_token'])
    return body['access_token']
  }

  return {
    clock,
    receiver,
    log,
    address: () => emulator.address,
    ask,
    paymongo: (path, { headers, ...asking } = {}) =>
      ask(`/paymongo${path}`, {
        ...asking,
        headers: { authorization: basic(paymongo_secret_key, ''), ...headers },
      }),
    momo: async (product, path, { headers, ...asking } = {}) =>
      ask(`/momo/${product}${path}`, {
        ...asking,
        headers: {
          'ocp-apim-subscription-key': momo_subscription_keys[product],
          authorization: `Bearer ${await tokenOf(product)}`,
          'x-target-environment': 'sandbox',
          ...headers,
        },
      }),
    admin: async (path, body) => {
      const answer = await ask(`/__emulator${path}`, body === undefined ? {} : { body })
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`)
      return answer.body
    },
    async advance(ms) {
      const to_ms = now_ms + ms
      for (;;) {
        const due_ms = await emulator.nextDue()
        if (due_ms === null || due_ms > to_ms) break
        now_ms = Math.max(now_ms, due_ms)
        await emulator.fireDue(now_ms)
      }
      now_ms = to_ms
    },
    async reset() {
      await emulator.fireDue(now_ms)
      now_ms = start_ms
      tokens.clear()
      receiver.answers(200)
      const { status } = await ask('/__emulator/reset', { method: 'POST' })
      if (status !== 200) throw new Error('not reset')
      receiver.received.splice(0)
    },
    async restart() {
      await emulator.stop()
      emulator = await start(Number.parseInt(new URL(emulator.address).port, 10))
    },
    async stop() {
      await emulator.stop()
      await close()
      await database.drop()
    },
  }
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

async function startReceiver(): Promise<{ receiver: Receiver; readonly close: () => Promise<void> }> {
  const received: Received[] = []
  let reply = { status: 200, text: '{"received":true}' }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const { method = '', url: path = '', headers } = request
      received.push({ method, path, headers, text, body: jsonOf(text) })
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    receiver: {
      url: `http://127.0.0.1:${port}`,
      received,
      answers: (status, text = '{}') => void (reply = { status, text }),
      async heard(count) {
        await until(
          () => received.length,
          (length) => length >= count,
          `${count} heard`,
        )
        return received
      },
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function jsonOf(text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
