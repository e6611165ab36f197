/** HTTP: fee schedules: the terms that a marketplace sets for a flow, in versions. New agreements take the newest. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { problem, type Problem } from '../base/problem.ts'
import type { ReadFlow } from '../flow/read.ts'
import { basisPoints, defaultOf, isPercent } from '../flow/read.ts'
import { listSchedules, publishSchedule, termsInForce } from '../engine/schedules.ts'
import { sendJson } from './asking.ts'
import type { Context } from './context.ts'
import { once } from './once.ts'
import { Reason } from './schemas.ts'

const Body = Type.Object(
  {
    flow: Type.String({ maxLength: 60 }),
    terms: Type.Record(Type.String(), Type.String({ maxLength: 30 })),
    reason: Reason,
  },
  { additionalProperties: false },
)

export function feeScheduleRoutes(app: FastifyInstance, context: Context): void {
  const tags = ['fee schedules']
  app.post(
    '/v1/fee-schedules',
    {
      schema: { tags, summary: 'Publish a new version', body: Body },
      config: { scope: 'fee_schedules:write' },
    },
    async (request, reply) => {
      const {
        flow: name,
        terms,
        reason,
      } = request.body as { flow: string; terms: Record<string, string>; reason: string }
      const flow = context.catalogue.current.get(name)?.flow
      if (flow === undefined)
        return reply.refuse(problem('invalid_request', { pointer: '/flow', reason: 'no such flow' }))
      return once(context, request, reply, 201, async (tx) => {
        const refusal = checkTerms(flow, { ...(await termsInForce(tx, name)), ...terms }, terms)
        if (refusal !== null) return refusal
        return publishSchedule(
          tx,
          { flow: name, terms, reason, created_by: request.caller.actor.id },
          context.clock.now(),
        )
      })
    },
  )
  app.get(
    '/v1/fee-schedules',
    { schema: { tags, summary: 'All versions, newest first' }, config: { scope: 'fee_schedules:read' } },
    async (_request, reply) =>
      sendJson(reply, 200, JSON.stringify({ data: await listSchedules(context.db), has_more: false })),
  )
}

/** Terms that the flow knows, each of its kind, and percentages that leave something for the rest. */
function checkTerms(
  flow: ReadFlow,
  terms: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Problem | null {
  for (const [name, value] of Object.entries(given)) {
    const term = Object.hasOwn(flow.flow.terms, name) ? flow.flow.terms[name] : undefined
    const pointer = `/terms/${name}`
    if (term === undefined)
      return problem('invalid_request', {
        pointer,
        reason: 'no such term',
        allowed: Object.keys(flow.flow.terms),
      })
    const like = defaultOf(term)
    const pattern = isPercent(like) ? /^\d{1,3}(\.\d{1,2})?%$/ : /^[1-9]\d{0,4} (minutes|hours|days)$/
    if (!pattern.test(value)) return problem('invalid_request', { pointer, reason: `like "${like}"` })
  }
  const all = Object.entries(flow.flow.terms).map(([name, term]) => terms[name] ?? defaultOf(term))
  const shares = all.filter(isPercent).reduce((sum, percent) => sum + basisPoints(percent), 0n)
  return shares > 10_000n
    ? problem('limit_exceeded', { pointer: '/terms', reason: 'percentages sum above 100%' })
    : null
}
