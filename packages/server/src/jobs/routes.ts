/** HTTP: jobs that wait or have failed for good, and an operator's way to have one tried again. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { showId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { listJobs, retryJob, type Job } from './list.ts'
import { sendJson } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { idempotent } from '../http/idempotent.ts'
import { pageOf } from '../http/page.ts'
import { PageQuery, Reason } from '../http/schemas.ts'

const strict = { additionalProperties: false }
const Query = Type.Object(
  {
    limit: PageQuery.limit,
    starting_after: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$' })),
    state: Type.Optional(Type.Enum(['waiting', 'exhausted'])),
  },
  strict,
)

export function jobRoutes(app: FastifyInstance, context: Context): void {
  const tags = ['jobs']
  app.get(
    '/v1/jobs',
    {
      schema: { tags, summary: 'Jobs that wait, or have failed for good', querystring: Query },
      config: { scope: 'jobs:read' },
    },
    async (request, reply) => {
      const page = pageOf(request)
      if (isProblem(page)) return reply.refuse(page)
      const { state = null } = request.query as { state?: 'waiting' | 'exhausted' }
      const jobs = await listJobs(context.db, state, page.starting_after, page.limit + 1)
      return sendJson(
        reply,
        200,
        JSON.stringify({
          data: jobs.slice(0, page.limit).map((job) => showJob(context, job)),
          has_more: jobs.length > page.limit,
        }),
      )
    },
  )
  app.post<{ Params: { id: string } }>(
    '/v1/jobs/:id/retry',
    {
      schema: {
        tags,
        summary: 'Try it again, from the first attempt',
        body: Type.Object({ reason: Reason }, strict),
      },
      config: { scope: 'jobs:retry' },
    },
    (request, reply) => {
      const { id } = request.params
      const { reason } = request.body as { reason: string }
      return idempotent(context, request, reply, 200, async (tx) => {
        const job = /^\d{1,15}$/.test(id) ? await retryJob(tx, id) : null
        if (job === null) return problem('not_found', { what: 'job' })
        context.log.warn(
          { job: id, by: request.caller.actor.id, reason },
          'an operator has a job tried again',
        )
        return showJob(context, job)
      })
    },
  )
}

/** By the name that its flow gives it, and with the agreement that waits for it. */
function showJob({ registry }: Context, { later, ...job }: Job): Record<string, unknown> {
  const flow = later === null ? undefined : registry.get(later.flow, later.flow_version)?.flow
  if (later === null || flow === undefined) return { ...job }
  const { agreement, transition } = later
  const name = flow.transitions.get(transition)?.job ?? job.name
  return { ...job, name, agreement: showId(flow.flow.id_prefix, agreement), transition }
}
