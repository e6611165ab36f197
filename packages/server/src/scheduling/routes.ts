/** HTTP: the daily schedules, what their runs came to, and an operator's way to have one run now. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { listRuns, listSchedules, type ScheduleRun } from './runs.ts'
import { sendJson } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { onceLong } from '../http/idempotent.ts'
import { pageOf } from '../http/page.ts'
import { Instant, PageQuery, Reason } from '../http/schemas.ts'

const strict = { additionalProperties: false }
const RunBody = Type.Object({ reason: Reason, due_at: Type.Optional(Instant) }, strict)
const RunsQuery = Type.Object(
  { limit: PageQuery.limit, starting_after: Type.Optional(Type.String({ maxLength: 40 })) },
  strict,
)

export function scheduleRoutes(app: FastifyInstance, context: Context): void {
  const tags = ['jobs']
  app.get(
    '/v1/schedules',
    {
      schema: { tags, summary: 'The daily schedules: when each is due, and its last run' },
      config: { scope: 'jobs:read' },
    },
    async (_request, reply) => {
      const rows = await listSchedules(context.db, context.schedules.names)
      const data = await Promise.all(
        rows.map(async ({ next_at, ...row }) => {
          const [last] = await listRuns(context.db, row.name, null, 1)
          return {
            ...row,
            next_at: instant(next_at.getTime()),
            last_run: last === undefined ? null : showRun(last),
          }
        }),
      )
      return sendJson(reply, 200, JSON.stringify({ data, has_more: false }))
    },
  )
  app.get<{ Params: { name: string } }>(
    '/v1/schedules/:name/runs',
    {
      schema: { tags, summary: 'What its runs came to, newest first', querystring: RunsQuery },
      config: { scope: 'jobs:read' },
    },
    async (request, reply) => {
      const { name } = request.params
      if (!context.schedules.names.includes(name))
        return reply.refuse(problem('not_found', { what: 'schedule' }))
      const page = pageOf(request)
      if (isProblem(page)) return reply.refuse(page)
      const after = page.starting_after === null ? null : readId('run', page.starting_after)
      if (after === null && page.starting_after !== null)
        return reply.refuse(
          problem('invalid_request', {
            in: 'querystring',
            pointer: '/starting_after',
            reason: 'not the id of a run',
          }),
        )
      const runs = await listRuns(context.db, name, after, page.limit + 1)
      const data = runs.slice(0, page.limit).map(showRun)
      return sendJson(reply, 200, JSON.stringify({ data, has_more: runs.length > page.limit }))
    },
  )
  app.post<{ Params: { name: string } }>(
    '/v1/schedules/:name/run',
    {
      schema: {
        tags,
        summary: 'Run it now, or again for an instant that was due; the answer says what it came to',
        body: RunBody,
      },
      config: { scope: 'jobs:retry' },
    },
    (request, reply) => {
      const { name } = request.params
      const { reason, due_at } = request.body as { reason: string; due_at?: string }
      return onceLong(context, request, reply, 200, async () => {
        const now_ms = context.clock.now()
        const due_ms = due_at === undefined ? now_ms : Date.parse(due_at)
        if (Number.isNaN(due_ms) || due_ms > now_ms)
          return problem('invalid_request', { pointer: '/due_at', reason: 'not an instant that has come' })
        const by = request.caller.actor.id
        const run = await context.schedules.runNow(name, { due_ms, now_ms, by, reason })
        return isProblem(run) ? run : showRun(run)
      })
    },
  )
}

export function showRun({ id, name, due_at, started_at, finished_at, ...run }: ScheduleRun): object {
  return {
    id: showId('run', id),
    schedule: name,
    due_at: instant(due_at.getTime()),
    started_at: instant(started_at.getTime()),
    finished_at: finished_at === null ? null : instant(finished_at.getTime()),
    ...run,
  }
}
