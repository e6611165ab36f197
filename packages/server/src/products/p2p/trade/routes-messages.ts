/** P2P messages: the routes. Both sides of an order read and write, and so do operators. */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { roleOf } from '@holdfast/kernel/engine/permissions.ts'
import { noAgreement } from '../../../http/agreements.ts'
import { sendJson } from '../../../http/ask-request.ts'
import type { Context, Routes } from '../../../http/context.ts'
import { idempotent } from '../../../http/idempotent.ts'
import { readAgreement } from '../../../http/read-agreement.ts'
import { pageOf } from '../../../http/page.ts'
import { PageQuery, text_length_max } from '../../../http/schemas.ts'
import { p2pTrade } from './flow.ts'
import { listMessages, readMessageId, showMessage, writeMessage } from './messages.ts'

const strict = { additionalProperties: false }
const tags = [p2pTrade.name]
const path = `/${p2pTrade.noun}/:id/messages`
const Body = Type.Object({ text: Type.String({ minLength: 1, maxLength: text_length_max }) }, strict)
const Query = Type.Object(PageQuery, strict)

interface Named {
  readonly id: string
}

export const messageRoutes: Routes = (app: FastifyInstance, context: Context) => {
  app.post<{ Params: Named }>(
    path,
    { schema: { tags, summary: 'Write a message', body: Body }, config: { scope: 'agreements:write' } },
    async (request, reply) => {
      const found = await placeOf(context, request, request.params.id)
      if (isProblem(found)) return reply.refuse(found)
      if (found.role === 'service')
        return reply.refuse(
          problem('not_your_transition', { by: ['payer', 'payee', 'operator'], you_are: found.role }),
        )
      const { actor } = request.caller
      const { text } = request.body as { text: string }
      return idempotent(context, request, reply, 201, async (tx) => {
        const message = { role: found.role, given_by: actor.party ?? actor.id, text }
        const written = await writeMessage(tx, found.order, message, context.clock.now())
        return isProblem(written) ? written : showMessage(written)
      })
    },
  )
  app.get<{ Params: Named }>(
    path,
    {
      schema: { tags, summary: 'Messages, oldest first', querystring: Query },
      config: { scope: 'agreements:read' },
    },
    async (request, reply) => {
      const found = await placeOf(context, request, request.params.id)
      if (isProblem(found)) return reply.refuse(found)
      const page = pageOf(request)
      if (isProblem(page)) return reply.refuse(page)
      const { starting_after, limit } = page
      const after = starting_after === null ? null : readMessageId(starting_after)
      if (starting_after !== null && after === null)
        return reply.refuse(
          problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
        )
      const messages = await listMessages(context.db, found.order, after, limit + 1)
      const data = messages.slice(0, limit).map(showMessage)
      return sendJson(reply, 200, JSON.stringify({ data, has_more: messages.length > limit }))
    },
  )
}

/** The order and the caller's role in it; another's order does not exist for a party. */
async function placeOf(
  context: Context,
  { caller: { actor } }: FastifyRequest,
  shown: string,
): Promise<{ order: string; role: string } | Problem> {
  const id = readId(p2pTrade.id_prefix, shown)
  const order = id === null ? null : await readAgreement(context, id)
  if (order === null || order.flow !== p2pTrade.name) return noAgreement()
  const role = roleOf(actor, order)
  if (role === '') return noAgreement()
  return { order: order.id, role }
}
