/** HTTP: notifications, newest first: a person's own, or those for the staff. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { recipientOf } from './projection.ts'
import { sendJson } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { idempotent } from '../http/idempotent.ts'
import { pageOf } from '../http/page.ts'
import { PageQuery, Party } from '../http/schemas.ts'

/** Marked as read in one request. */
export const read_all_max = 10_000
const id_prefix = 'ntf'

const strict = { additionalProperties: false }
const Query = Type.Object(
  { ...PageQuery, unread: Type.Optional(Type.Enum(['true', 'false'])), party: Type.Optional(Party) },
  strict,
)
const Nothing = Type.Object({}, strict)

interface Row {
  readonly id: string
  readonly agreement_id: string
  readonly flow: string
  readonly transition: string | null
  readonly kind: string
  readonly says: string
  readonly at: Date
  readonly read_at: Date | null
}

const columns = 'id, agreement_id, flow, transition, kind, says, at, read_at'

export function notificationRoutes(app: FastifyInstance, context: Context): void {
  const tags = ['notifications']
  const writing = { scope: 'agreements:write' } as const
  app.get(
    '/v1/notifications',
    {
      schema: { tags, summary: 'What you were told, newest first', querystring: Query },
      config: { scope: 'agreements:read' },
    },
    (request, reply) => list(context, request, reply),
  )
  app.post<{ Params: { id: string } }>(
    '/v1/notifications/:id/read',
    { schema: { tags, summary: 'Mark as read', body: Nothing }, config: writing },
    (request, reply) =>
      idempotent(context, request, reply, 200, async (tx) => {
        const row = await tx.maybeOne<Row>(
          `update notifications
           set read_at = coalesce(read_at, $3)
           where recipient = $1 and id = $2
           returning ${columns}`,
          [ownOf(request), readId(id_prefix, request.params.id), instant(context.clock.now())],
        )
        return row === undefined ? problem('not_found', { what: 'notification' }) : show(context, row)
      }),
  )
  app.post(
    '/v1/notifications/read-all',
    { schema: { tags, summary: `Mark the newest ${read_all_max} as read`, body: Nothing }, config: writing },
    async (request, reply) => {
      await context.projections.catchUp('notifications')
      return idempotent(context, request, reply, 200, async (tx) => {
        const recipient = ownOf(request)
        const read = await tx.run(
          `update notifications
           set read_at = $2
           where recipient = $1 and id in (
             select id
             from notifications
             where recipient = $1 and read_at is null
             order by id desc
             limit $3
           )`,
          [recipient, instant(context.clock.now()), read_all_max],
        )
        return { read, has_more: read === read_all_max }
      })
    },
  )
}

async function list(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const { unread, party } = request.query as { unread?: string; party?: string }
  const recipient = recipientFor(request, party)
  if (typeof recipient !== 'string') return reply.refuse(recipient)
  const before = page.starting_after === null ? null : readId(id_prefix, page.starting_after)
  if (page.starting_after !== null && before === null)
    return reply.refuse(
      problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
    )
  await context.projections.catchUp('notifications')
  const rows = await context.db.any<Row>(
    `select ${columns}
     from notifications
     where recipient = $1
     and ($2::uuid is null or id < $2)
     ${unread === 'true' ? 'and read_at is null' : ''}
     order by id desc
     limit $3`,
    [recipient, before, page.limit + 1],
  )
  const data = rows.slice(0, page.limit).map((row) => show(context, row))
  return sendJson(reply, 200, JSON.stringify({ data, has_more: rows.length > page.limit }))
}

/** A person sees its own, whatever it asks for; a service may look at anybody's. */
function recipientFor(request: FastifyRequest, asked: string | undefined): string | Problem {
  const { kind, party } = request.caller.actor
  if (asked === undefined || party !== null) return ownOf(request)
  return kind === 'service'
    ? asked
    : problem('invalid_request', {
        in: 'querystring',
        pointer: '/party',
        reason: 'only a service names a party',
      })
}

function ownOf({ caller: { actor } }: FastifyRequest): string {
  return actor.party ?? recipientOf(actor.kind === 'operator' ? 'operator' : 'service')
}

function show({ registry }: Context, row: Row): Record<string, unknown> {
  const prefix = registry.current.get(row.flow)?.flow.flow.id_prefix
  return {
    id: showId(id_prefix, row.id),
    flow: row.flow,
    agreement: prefix === undefined ? row.agreement_id : showId(prefix, row.agreement_id),
    transition: row.transition,
    kind: row.kind,
    says: row.says,
    at: instant(row.at.getTime()),
    read_at: row.read_at === null ? null : instant(row.read_at.getTime()),
  }
}
