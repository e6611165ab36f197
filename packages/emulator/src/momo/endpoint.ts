/** Emulator, MTN MoMo: the way of one request: what goes wrong with it, whose key it is, the act, the answer. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { breakOff } from '../break-off.ts'
import { has, no_fault_sentence, readFaults, sortOf, valueOf, type Fault } from '../fault.ts'
import { momo_subscription_keys } from '../keys.ts'
import { find } from '../store.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { answer, denied, refusal, type Answer } from './answer.ts'
import { environments, type Product, type Token } from './resources.ts'

export interface Ask {
  readonly act: EmulatorTx
  readonly world: EmulatorContext
  readonly body: unknown
  readonly params: Readonly<Record<string, string>>
  /** Empty where it was not sent. */
  readonly header: (name: string) => string
  /** Who a bearer token belongs to; empty where none is needed. */
  readonly user: string
}

export interface Endpoint {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** What a fault rule calls it: `requesttopay.create`. */
  readonly operation: string
  /** Whose subscription key is needed; null for either's. */
  readonly product: Product | null
  /** A bearer token of the product and the name of the environment are needed, too. */
  readonly is_guarded: boolean
  act(ask: Ask): Promise<Answer>
}

const slow_ms_default = 1_000

export function serveEndpoints(
  app: FastifyInstance,
  world: EmulatorContext,
  endpoints: readonly Endpoint[],
): void {
  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      handler: (request, reply) => serve(world, endpoint, request, reply),
    })
  }
}

async function serve(
  world: EmulatorContext,
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const asked = readFaults(request.headers['emulator-fault'])
  if (asked === null) return reply.code(400).type('text/plain').send(no_fault_sentence)
  const faults = [...asked, ...(await world.faults.draw(world.db, 'momo', endpoint.operation, 'request'))]
  if (has(faults, 'timeout_before_commit')) return breakOff(request, reply)
  if (has(faults, 'http_429')) return reply.code(429).type('text/plain').send('Rate limit is exceeded.')
  if (has(faults, 'http_500_text'))
    return reply.code(500).type('text/html').send('<h1>Internal Server Error</h1>')
  if (has(faults, 'http_500_json')) return send(reply, refusal('INTERNAL_PROCESSING_ERROR'))
  if (has(faults, 'not_found')) return send(reply, refusal('RESOURCE_NOT_FOUND'))
  const told = await answerTo(world, endpoint, request, asked)
  world.due.nudge()
  const slow_ms = valueOf(faults, 'slow', slow_ms_default)
  if (slow_ms !== null) await sleep(slow_ms, undefined, { signal: world.ending }).catch(() => undefined)
  return has(faults, 'timeout_after_commit') ? breakOff(request, reply) : send(reply, told)
}

async function answerTo(
  world: EmulatorContext,
  endpoint: Endpoint,
  request: FastifyRequest,
  faults: readonly Fault[],
): Promise<Answer> {
  const header = (name: string) => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : ''
  }
  const key = header('ocp-apim-subscription-key')
  if (key === '') {
    return denied(
      'missing subscription key. Make sure to include subscription key when making requests to an API.',
    )
  }
  if (!fits(key, endpoint.product)) {
    return denied('invalid subscription key. Make sure to provide a valid key for an active subscription.')
  }
  const text = typeof request.body === 'string' ? request.body : ''
  const body = text === '' ? null : parsed(text)
  if (body === undefined) return answer(400)
  return world.db.transaction(async (tx) => {
    const act = { tx, now_ms: world.clock.now(), faults }
    const user = endpoint.is_guarded ? await userOf(act, endpoint.product, header('authorization')) : ''
    if (user === null) return denied('an invalid access token.')
    if (endpoint.is_guarded && !Object.hasOwn(environments, header('x-target-environment'))) {
      return refusal('NOT_ALLOWED_TARGET_ENVIRONMENT')
    }
    return endpoint.act({ act, world, body, params: request.params as Record<string, string>, header, user })
  })
}

function fits(key: string, product: Product | null): boolean {
  const { collection, disbursement } = momo_subscription_keys
  const keys = product === null ? [collection, disbursement] : [momo_subscription_keys[product]]
  return keys.some((known) => key.startsWith(known))
}

/** A token of one product opens nothing of the other. */
async function userOf(
  act: EmulatorTx,
  product: Product | null,
  authorization: string,
): Promise<string | null> {
  const [, text = ''] = /^Bearer (\S+)$/i.exec(authorization) ?? []
  const token = await find<Token>(act.tx, 'momo_token', text)
  if (token === undefined || token.body.product !== product || token.body.expires_ms <= act.now_ms)
    return null
  return token.parent
}

export async function outcomeFaults(
  world: EmulatorContext,
  act: EmulatorTx,
  operation: string,
): Promise<Fault[]> {
  const drawn = await world.faults.draw(act.tx, 'momo', operation, 'outcome')
  return [...act.faults.filter(({ name }) => sortOf(name) === 'outcome'), ...drawn]
}

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  if (body === null) return reply.code(status).send()
  return reply.code(status).type('application/json').send(JSON.stringify(body))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
