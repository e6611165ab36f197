/** HTTP: the event log, in order and without gaps. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { isProblem } from '@holdfast/kernel/problem.ts'
import { listEvents } from './log.ts'
import { sendJson } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { pageOf } from '../http/page.ts'
import { PageQuery } from '../http/schemas.ts'

const Query = Type.Object(
  {
    limit: PageQuery.limit,
    after: Type.Optional(
      Type.String({ pattern: '^[0-9]{1,15}$', description: 'Number of the last event seen; 0 to begin' }),
    ),
  },
  { additionalProperties: false },
)

export function eventRoutes(app: FastifyInstance, context: Context): void {
  const schema = { tags: ['events'], summary: 'What happened, in order', querystring: Query }
  app.get('/v1/events', { schema, config: { scope: 'events:read' } }, async (request, reply) => {
    const page = pageOf(request)
    if (isProblem(page)) return reply.refuse(page)
    const { after = '0' } = request.query as { after?: string }
    const events = await listEvents(context.db, BigInt(after), page.limit + 1)
    const has_more = events.length > page.limit
    return sendJson(reply, 200, JSON.stringify({ data: events.slice(0, page.limit), has_more }))
  })
}
