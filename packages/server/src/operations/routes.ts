/** HTTP: what the program says of itself: health, metrics, flows, integrity, the sandbox clock, party tokens, OpenAPI. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { token_seconds_default, token_seconds_max } from '../access/tokens.ts'
import { isParty } from '../access/caller.ts'
import { problem } from '@holdfast/kernel/problem.ts'
import { clock_ahead_ms_max, realClock } from '../platform/clock.ts'
import { pageOf } from '@holdfast/kernel/flow/draw.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { advance } from '../scheduling/advance.ts'
import { checkIntegrity } from '../ledger/integrity.ts'
import { sendJson } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { metricsOf } from './metrics.ts'
import { onceLong } from '../http/idempotent.ts'
import { Instant, Party } from '../http/schemas.ts'

const strict = { additionalProperties: false }
const MintBody = Type.Object(
  {
    party: Party,
    expires_in: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: token_seconds_max,
        description: `Seconds, default ${token_seconds_default}`,
      }),
    ),
  },
  strict,
)
const AdvanceBody = Type.Object(
  {
    to: Type.Optional(Instant),
    seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: Math.floor(clock_ahead_ms_max / 1000) })),
  },
  strict,
)

export function systemRoutes(app: FastifyInstance, context: Context): void {
  /** The way that the clock is on now, or was last. */
  let moving: Promise<unknown> = Promise.resolve()
  const tags = ['system']
  app.get('/healthz', { schema: { tags, summary: 'The process lives' } }, (_request, reply) =>
    sendJson(reply, 200, '{"status":"ok"}'),
  )
  app.get(
    '/readyz',
    { schema: { tags, summary: 'It can do its work: the database answers' } },
    async (_request, reply) => {
      await context.db.one('select 1 as ready')
      return sendJson(reply, 200, '{"status":"ready"}')
    },
  )
  app.get('/openapi.json', { schema: { tags, summary: 'This API' } }, (_request, reply) =>
    sendJson(reply, 200, JSON.stringify(app.swagger())),
  )
  app.get(
    '/metrics',
    {
      schema: { tags, summary: 'For Prometheus' },
      config: { scope: 'metrics:read', answers_in_outage: true },
    },
    async (_request, reply) =>
      reply.header('content-type', 'text/plain; version=0.0.4').send(await metricsOf(context)),
  )

  app.get(
    '/v1/flows',
    { schema: { tags, summary: 'The flows in the box' }, config: { scope: 'agreements:read' } },
    (_request, reply) => {
      const flows = [...context.registry.current.values()].map(({ flow }) => ({
        ...flow.flow,
        version: flow.version,
      }))
      return sendJson(reply, 200, JSON.stringify({ data: flows, has_more: false }))
    },
  )
  app.get<{ Params: { name: string } }>(
    '/v1/flows/:name',
    { schema: { tags, summary: 'One flow, with its diagram' }, config: { scope: 'agreements:read' } },
    (request, reply) => {
      const flow = context.registry.current.get(request.params.name)?.flow
      if (flow === undefined) return reply.refuse(problem('not_found', { what: 'flow' }))
      return sendJson(
        reply,
        200,
        JSON.stringify({ ...flow.flow, version: flow.version, page: pageOf(flow.flow) }),
      )
    },
  )
  app.get(
    '/v1/integrity',
    {
      schema: { tags, summary: 'Proves that nothing was created, lost or stranded' },
      config: { scope: 'integrity:read' },
    },
    async (_request, reply) =>
      sendJson(reply, 200, JSON.stringify(await checkIntegrity(context.db, context.clock.now()))),
  )

  app.post(
    '/v1/party-tokens',
    {
      schema: { tags, summary: 'A short-lived token for one person', body: MintBody },
      config: { scope: 'party_tokens:create' },
    },
    async (request, reply) => {
      const { party, expires_in = token_seconds_default } = request.body as {
        party: string
        expires_in?: number
      }
      if (!isParty(party))
        return reply.refuse(problem('invalid_request', { pointer: '/party', reason: 'a reserved name' }))
      const now_ms = context.clock.now()
      const token = await context.tokens.mint(party, expires_in, now_ms)
      return sendJson(
        reply,
        201,
        JSON.stringify({ party, token, expires_at: instant(now_ms + expires_in * 1000) }),
      )
    },
  )

  const clock = ['clock']
  app.get(
    '/v1/test-clock',
    { schema: { tags: clock, summary: 'The time here' }, config: { scope: 'agreements:read' } },
    (_request, reply) =>
      sendJson(
        reply,
        200,
        JSON.stringify({ now: instant(context.clock.now()), movable: context.sandbox !== null }),
      ),
  )
  app.post(
    '/v1/test-clock/advance',
    {
      schema: {
        tags: clock,
        summary: 'Moves the sandbox clock; what falls due happens before the answer',
        body: AdvanceBody,
      },
      config: { scope: 'clock:move' },
    },
    async (request, reply) => {
      const { sandbox } = context
      if (sandbox === null)
        return reply.refuse(problem('clock_not_movable', { reason: 'this is not a sandbox' }))
      const { to, seconds } = request.body as { to?: string; seconds?: number }
      if ((to === undefined) === (seconds === undefined))
        return reply.refuse(problem('invalid_request', { pointer: '', reason: 'give either to or seconds' }))
      const now_ms = sandbox.now()
      const to_ms = to === undefined ? now_ms + (seconds ?? 0) * 1000 : Date.parse(to)
      // A leap second is a valid instant that no clock here can show.
      if (Number.isNaN(to_ms))
        return reply.refuse(problem('invalid_request', { pointer: '/to', reason: 'not an instant' }))
      if (to_ms < now_ms || to_ms - realClock.now() > clock_ahead_ms_max)
        return reply.refuse(
          problem('clock_not_movable', {
            now: instant(now_ms),
            reason: 'forward only, and at most 20 years ahead of real time',
          }),
        )
      const move = () =>
        onceLong(context, request, reply, 200, async () => {
          const { fired, runs } = await advance(context, sandbox, to_ms)
          return { now: instant(sandbox.now()), fired, runs }
        })
      // One after the other: each holds a connection, and what falls due needs others.
      const moved = moving.then(move, move)
      moving = moved.catch(() => undefined)
      return moved
    },
  )
}
