/** HTTP: the app. Thin: it checks the shape and the caller, asks, and answers. It knows no rule of money. */

import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import swagger from '@fastify/swagger'
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type onRequestHookHandler,
} from 'fastify'
import { needScope, type Caller } from '../access/caller.ts'
import type { Scope } from '../access/scopes.ts'
import { DatabaseUnavailable } from '../platform/postgres/database.ts'
import { version } from '../platform/version.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { agreementRoutes, productRoutes } from './agreements.ts'
import { closeGently } from './graceful-close.ts'
import type { Context, Routes } from './context.ts'
import { parseJson } from './json.ts'
import { methodsOf, noteRoutes } from './methods.ts'
import { documented } from './openapi.ts'
import { problem_table, problemJson, retry_after_s } from './problems.ts'
import { tellable } from './tellable.ts'
import { schemaProblem } from './validation.ts'

export const body_bytes_max = 64 * 1024
const request_timeout_ms = 30_000

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
    /** The body to the letter, for the hash that tells a repeat from another request. */
    text: string
  }
  interface FastifyReply {
    refuse(refusal: Problem): this
  }
  interface FastifyContextConfig {
    /** The scope that the route needs; without one it is open to all. */
    scope?: Scope
    /** Also while the database is away, to a key that was seen before. */
    answers_in_outage?: boolean
  }
  interface FastifySchema {
    tags?: readonly string[]
    summary?: string
    /** Where it is not JSON. */
    consumes?: readonly string[]
  }
}

/** `routes`: those of all rooms and products, beside the ones that come from the flows. */
export async function createApp(context: Context, routes: readonly Routes[]): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: body_bytes_max,
    // What is refused before there is a route, or even a request, is told like everything else.
    frameworkErrors: (error, _request, reply) => void sendProblem(context, reply, refusalOf(error)),
    clientErrorHandler: refuseSocket,
    requestTimeout: request_timeout_ms,
    // A graceful stop waits for requests, not for idle connections, and answers what still arrives.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allErrors: false,
        verbose: true,
      },
    },
    genReqId: (() => {
      let count = 0
      const start = context.clock.now().toString(36)
      return () => `req_${start}_${(count += 1).toString(36)}`
    })(),
  })
  decorate(app, context)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Holdfast',
        version,
        description: 'Escrow and wallet engine. Amounts are integers in minor units.',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'API key or party token' },
        },
      },
      security: [{ bearer: [] }],
    },
    transform: documented,
  })
  noteRoutes(app)
  closeGently(app)
  app.addHook('onRoute', (route) => {
    const scope = route.config?.scope
    const lasts = route.config?.answers_in_outage === true
    if (scope !== undefined) route.onRequest = admit(context, scope, lasts)
  })
  await app.register(async (rooms) => {
    for (const edition of context.registry.current.values()) productRoutes(rooms, context, edition)
    agreementRoutes(rooms, context)
    for (const brought of routes) brought(rooms, context)
  })
  await app.ready()
  return app
}

/** Lets in who may; without a promise where the key is remembered, since this is every request. */
function admit({ access, clock }: Context, scope: Scope, lasts: boolean): onRequestHookHandler {
  return (request, reply, next) => {
    const settle = (caller: Caller | Problem) => {
      const refusal = isProblem(caller) ? caller : needScope(caller, scope)
      if (refusal !== null) return void reply.refuse(refusal)
      request.caller = caller as Caller
      return next()
    }
    const { authorization, 'holdfast-party': party } = request.headers
    const found = access.caller(authorization, typeof party === 'string' ? party : undefined, clock.now())
    const failed = (error: Error) => {
      const seen = lasts && error instanceof DatabaseUnavailable ? access.lastSeen(authorization) : null
      return seen === null ? next(error) : settle(seen)
    }
    if (found instanceof Promise) found.then(settle, failed)
    else settle(found)
  }
}

function decorate(app: FastifyInstance, context: Context): void {
  app.decorateRequest('caller')
  app.decorateRequest('text', '')
  app.decorateReply('refuse', function refuse(refusal: Problem) {
    return sendProblem(context, this, refusal)
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    // Decoded with replacement characters, two different bodies would be one.
    if (!isUtf8(body))
      return done(
        new Refusal(problem('invalid_request', { pointer: '', reason: 'the body is not UTF-8' })),
        undefined,
      )
    const text = body.toString()
    request.text = text
    if (text === '') return done(null, undefined)
    const parsed = parseJson(text)
    if (isProblem(parsed)) return done(new Refusal(parsed), undefined)
    return done(null, parsed.value)
  })
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?')
    const allowed = methodsOf(app, path)
    if (allowed.length === 0) return reply.refuse(problem('not_found', { what: 'path', path }))
    return reply.header('allow', allowed.join(', ')).refuse(problem('method_not_allowed', { allowed }))
  })
  // A transition that needs no word may be asked for without a body.
  app.addHook('preValidation', (request, _reply, next) => {
    if (request.body === undefined && request.method === 'POST') request.body = {}
    next()
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = refusalOf(error)
    if (refusal.code === 'internal_error')
      context.log.error({ err: error, request_id: request.id, url: request.url }, 'internal error')
    return reply.refuse(refusal)
  })
}

function sendProblem(context: Context, reply: FastifyReply, refused: Problem): FastifyReply {
  context.refusals.set(refused.code, (context.refusals.get(refused.code) ?? 0) + 1)
  const refusal = tellable(refused, reply.request.caller)
  const { status } = problem_table[refusal.code]
  if (status === 503 || refusal.code === 'request_in_progress')
    reply.header('retry-after', String(retry_after_s))
  // RFC 6750: who sent a token that is not good is told so, who sent none is asked for one.
  if (status === 401)
    reply.header(
      'www-authenticate',
      reply.request.headers.authorization === undefined ? 'Bearer' : 'Bearer error="invalid_token"',
    )
  return reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problemJson(refusal, reply.request.id)))
}

/** A problem found where only an error can be handed on. */
class Refusal extends Error {
  readonly problem: Problem
  constructor(refusal: Problem) {
    super(refusal.code)
    this.problem = refusal
  }
}

function refusalOf(error: FastifyError): Problem {
  if (error instanceof Refusal) return error.problem
  if (error instanceof DatabaseUnavailable) return problem('database_unavailable')
  if (error.validation) return schemaProblem(error.validation[0], error.validationContext)
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return problem('payload_too_large', { bytes_max: body_bytes_max })
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH') return problem('not_found', { what: 'path' })
  // Its own words repeat the address, which may have a secret in it.
  if (error.code === 'FST_ERR_BAD_URL') return problem('invalid_request', { reason: 'not a valid address' })
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return problem('unsupported_media_type')
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return problem('invalid_request', { reason: error.message })
  return problem('internal_error')
}

/** Not even a request: headers too large, a broken line, a sender too slow. Written by hand, since there is no reply yet. */
function refuseSocket(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const reason =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'the headers are too large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'the request took too long to arrive'
        : 'this is not HTTP'
  const text = JSON.stringify(problemJson(problem('invalid_request', { reason }), 'none'))
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  )
}
