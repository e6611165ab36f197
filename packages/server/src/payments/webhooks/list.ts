/** HTTP: the events that payment providers have sent, for operators: what each was about, and what came of it. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { event_outcomes, provider_event_prefix, type ProviderEvent } from './provider-event.ts'
import { findEvent, listProviderEvents, type Filters } from './store.ts'
import { sendJson } from '../../http/ask-request.ts'
import type { Context } from '../../http/context.ts'
import { pageOf } from '../../http/page.ts'
import { PageQuery } from '../../http/schemas.ts'

const tags = ['payments']
const reading = { scope: 'payments:read' } as const
const Query = Type.Object(
  {
    ...PageQuery,
    provider: Type.Optional(Type.String({ pattern: '^[a-z_]{1,32}$' })),
    outcome: Type.Optional(Type.Enum([...event_outcomes, 'unhandled'])),
  },
  { additionalProperties: false },
)

export function providerEventListRoutes(app: FastifyInstance, { db }: Context): void {
  app.get(
    '/v1/provider-events',
    {
      schema: { tags, summary: 'Events of payment providers, newest first', querystring: Query },
      config: reading,
    },
    async (request, reply) => {
      const page = pageOf(request)
      if (isProblem(page)) return reply.refuse(page)
      const { provider = null, outcome = null } = request.query as Partial<Filters>
      const before = page.starting_after === null ? null : readId(provider_event_prefix, page.starting_after)
      if (page.starting_after !== null && before === null)
        return reply.refuse(
          problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
        )
      const events = await listProviderEvents(db, { provider, outcome }, before, page.limit + 1)
      const data = events.slice(0, page.limit).map(show)
      return sendJson(reply, 200, JSON.stringify({ data, has_more: events.length > page.limit }))
    },
  )
  app.get<{ Params: { id: string } }>(
    '/v1/provider-events/:id',
    { schema: { tags, summary: 'One of them, as it came' }, config: reading },
    async (request, reply) => {
      const id = readId(provider_event_prefix, request.params.id)
      const event = id === null ? null : await findEvent(db, id)
      if (event === null) return reply.refuse(problem('not_found', { what: 'provider event' }))
      const { headers, body } = event
      return sendJson(reply, 200, JSON.stringify({ ...show(event), headers, body: body.toString('utf8') }))
    },
  )
}

function show(event: ProviderEvent): Record<string, unknown> {
  const { id, provider, event_id, type, about, received_at, handled_at, outcome } = event
  return {
    id: showId(provider_event_prefix, id),
    provider,
    event_id,
    type,
    about,
    outcome,
    received_at: instant(received_at.getTime()),
    handled_at: handled_at === null ? null : instant(handled_at.getTime()),
  }
}
