/** Emulator, PayMongo: the way of one request: what goes wrong with it, who asks, whether it was asked before, the act. */

import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { has, no_fault_sentence, readFaults, sortOf, valueOf, type Fault } from '../fault.ts'
import { breakOff } from '../break-off.ts'
import type { EmulatorTx } from '../emulator-tx.ts'
import type { EmulatorContext } from '../context.ts'
import { callerOf, type Caller } from './caller.ts'
import { Once } from './idempotent.ts'
import { createRate } from './rate.ts'
import { complaint, isRefusal, refuse, type Refusal } from './refusal.ts'
import { reply as tell, type Reply } from './reply.ts'

export interface Ask {
  readonly act: EmulatorTx
  readonly world: EmulatorContext
  readonly body: unknown
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly caller: Caller
}

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  /** What a fault rule calls it: `refunds.create`. */
  readonly operation: string
  /** A browser's key may ask, too. */
  readonly is_public?: true
  /** Of wallets and transfers, where a key that was used for something else is answered as it was the first time. */
  readonly is_movement?: true
  act(ask: Ask): Promise<object | Refusal>
}

export function serveEndpoints(
  app: FastifyInstance,
  world: EmulatorContext,
  endpoints: readonly Endpoint[],
): void {
  const once = new Once(world)
  const isTooMuch = createRate(world.settings.requests_per_second_max)
  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      handler: async (request, reply) => {
        if (isTooMuch()) return tooMany(reply)
        return serve(world, once, endpoint, request, reply)
      },
    })
  }
}

const slow_ms_default = 1_000

async function serve(
  world: EmulatorContext,
  once: Once,
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const asked = readFaults(request.headers['emulator-fault'])
  if (asked === null) return reply.code(400).type('text/plain').send(no_fault_sentence)
  const drawn = await world.faults.draw(world.db, 'paymongo', endpoint.operation, 'request')
  const faults = [...asked, ...drawn]
  if (has(faults, 'timeout_before_commit')) return breakOff(request, reply)
  if (has(faults, 'http_429')) return tooMany(reply)
  if (has(faults, 'http_500_text'))
    return reply.code(500).type('text/html').send('<h1>Internal Server Error</h1>')
  if (has(faults, 'http_500_json')) {
    return answer(
      reply,
      500,
      JSON.stringify({ errors: [complaint('internal_server_error', 'Something broke.')] }),
    )
  }
  if (has(faults, 'not_found')) {
    return answer(reply, 404, JSON.stringify({ errors: [complaint('resource_not_found', 'No such thing.')] }))
  }
  const told = await answerTo(world, once, endpoint, request, asked)
  world.due.nudge()
  const slow_ms = valueOf(faults, 'slow', slow_ms_default)
  if (slow_ms !== null) await sleep(slow_ms, undefined, { signal: world.ending }).catch(() => undefined)
  if (has(faults, 'timeout_after_commit')) return breakOff(request, reply)
  return answer(reply, told.status, told.body)
}

async function answerTo(
  world: EmulatorContext,
  once: Once,
  endpoint: Endpoint,
  request: FastifyRequest,
  asked: readonly Fault[],
): Promise<Reply> {
  const caller = callerOf(request.headers.authorization)
  if (isRefusal(caller)) return tell(caller)
  // Which code this has is not documented; the status is.
  if (caller === 'public' && endpoint.is_public !== true) {
    return tell(refuse(403, complaint('secret_key_required', 'This needs a secret API key.')))
  }
  const text = typeof request.body === 'string' ? request.body : ''
  const body = text === '' ? {} : parsed(text)
  if (body === undefined) {
    return tell(refuse(400, complaint('parameter_format_invalid', 'The body is not JSON.')))
  }
  const { 'idempotency-key': key } = request.headers
  const act = (faulty: EmulatorTx) =>
    endpoint.act({
      act: faulty,
      world,
      body,
      params: request.params as Record<string, string>,
      query: request.query as Record<string, string>,
      caller,
    })
  if (endpoint.method === 'GET' || typeof key !== 'string' || key === '') {
    return world.db.transaction(async (tx) =>
      tell(await act({ tx, now_ms: world.clock.now(), faults: asked })),
    )
  }
  return once.answer({
    key: `paymongo ${key}`,
    request: hash('sha256', `${request.method} ${request.url}\n${text}`, 'hex'),
    replays_all: endpoint.is_movement === true,
    key_length: key.length,
    act: (tx, now_ms) => act({ tx, now_ms, faults: asked }),
  })
}

/** What goes wrong with the outcome: asked for by this request, by the one that made the resource, or by a rule. */
export async function outcomeFaults(
  world: EmulatorContext,
  act: EmulatorTx,
  operation: string,
): Promise<Fault[]> {
  const drawn = await world.faults.draw(act.tx, 'paymongo', operation, 'outcome')
  return [...act.faults.filter(({ name }) => sortOf(name) === 'outcome'), ...drawn]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function answer(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).type('application/json').send(body)
}

function tooMany(reply: FastifyReply): FastifyReply {
  return reply.code(429).type('text/plain').send('Too many requests, please try again later.')
}
