/** Trade credit: whose rows a request is about: a person's own, or those that the staff names. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { sendJson } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { pageOf } from '../../../http/page.ts'
import { PageQuery, Party } from '../../../http/schemas.ts'
import { listEscrows, type EscrowFilter } from './escrow-rows.ts'
import { tradeCredit } from './flow.ts'

const strict = { additionalProperties: false }
const Status = Type.Enum(Object.keys(tradeCredit.states))

export type Side = EscrowFilter['role']

export function queryOf(side: Side) {
  return Type.Object({ [side]: Type.Optional(Party) }, strict)
}

export function listQueryOf(side: Side) {
  return Type.Object({ ...PageQuery, ...queryOf(side).properties, status: Type.Optional(Status) }, strict)
}

/** A person is itself; the backend and operators name one. */
export function personOf(request: FastifyRequest, side: Side): string | Problem {
  const { party: self } = request.caller.actor
  const named = (request.query as Partial<Record<Side, string>>)[side]
  if (self !== null)
    return named === undefined || named === self ? self : problem('not_yours', { what: side })
  return (
    named ?? problem('invalid_request', { in: 'querystring', pointer: `/${side}`, reason: `name a ${side}` })
  )
}

/** A page of orders on credit, newest first. */
export async function sendEscrows(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  side: Side,
  status: string | null,
): Promise<FastifyReply> {
  const party = personOf(request, side)
  if (typeof party !== 'string') return reply.refuse(party)
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const before = beforeOf(page.starting_after, [tradeCredit.id_prefix])
  if (before !== null && typeof before !== 'string') return reply.refuse(before)
  const rows = await listEscrows(context.db, { role: side, party, status, before, limit: page.limit + 1 })
  return sendPage(reply, rows.slice(0, page.limit), rows.length > page.limit)
}

export function sendPage(reply: FastifyReply, data: readonly object[], has_more: boolean): FastifyReply {
  return sendJson(reply, 200, JSON.stringify({ data, has_more }))
}

/** The id of the last one seen, of one of these kinds. */
export function beforeOf(shown: string | null, prefixes: readonly string[]): string | null | Problem {
  if (shown === null) return null
  const id = prefixes.map((prefix) => readId(prefix, shown)).find((found) => found !== null)
  return (
    id ?? problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' })
  )
}
