/** HTTP: e-mail that waits, was sent, or failed for good, and an operator's way to have one tried again. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { email_states, listEmails, retryEmail, type Email, type EmailState } from './rows.ts'
import { recipientOf } from '../projection.ts'
import { sendJson } from '../../http/ask-request.ts'
import type { Context } from '../../http/context.ts'
import { idempotent } from '../../http/idempotent.ts'
import { pageOf } from '../../http/page.ts'
import { PageQuery, Reason } from '../../http/schemas.ts'

const strict = { additionalProperties: false }
const id_prefix = 'eml'
const Query = Type.Object({ ...PageQuery, state: Type.Optional(Type.Enum([...email_states])) }, strict)

export function emailRoutes(app: FastifyInstance, context: Context): void {
  const tags = ['jobs']
  app.get(
    '/v1/emails',
    {
      schema: {
        tags,
        summary: 'E-mail that waits, was sent, or has failed, newest first',
        querystring: Query,
      },
      config: { scope: 'jobs:read' },
    },
    async (request, reply) => {
      const page = pageOf(request)
      if (isProblem(page)) return reply.refuse(page)
      const { state = null } = request.query as { state?: EmailState }
      const before = page.starting_after === null ? null : readId(id_prefix, page.starting_after)
      if (before === null && page.starting_after !== null)
        return reply.refuse(
          problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
        )
      const emails = await listEmails(context.db, state, before, page.limit + 1)
      const data = emails.slice(0, page.limit).map((email) => show(context, email))
      return sendJson(reply, 200, JSON.stringify({ data, has_more: emails.length > page.limit }))
    },
  )
  app.post<{ Params: { id: string } }>(
    '/v1/emails/:id/retry',
    {
      schema: {
        tags,
        summary: 'Send it, from the first attempt, to the address that the person has now',
        body: Type.Object({ reason: Reason }, strict),
      },
      config: { scope: 'jobs:retry' },
    },
    (request, reply) => {
      const { reason } = request.body as { reason: string }
      return idempotent(context, request, reply, 200, async (tx) => {
        const id = readId(id_prefix, request.params.id)
        if (id === null) return problem('not_found', { what: 'e-mail that was not sent' })
        const email = await retryEmail(tx, id, context.clock.now())
        if (isProblem(email)) return email
        context.log.warn(
          { email: id, by: request.caller.actor.id, reason },
          'an operator has an e-mail tried again',
        )
        return show(context, email)
      })
    },
  )
}

function show({ registry }: Context, email: Email): Record<string, unknown> {
  const { id, recipient, agreement_id, flow, at, next_at, sent_at, ...row } = email
  const prefix = registry.current.get(flow ?? '')?.flow.flow.id_prefix
  return {
    id: showId(id_prefix, id),
    party: recipient === recipientOf('operator') ? null : recipient,
    ...row,
    flow,
    agreement: prefix === undefined || agreement_id === null ? agreement_id : showId(prefix, agreement_id),
    at: instant(at.getTime()),
    next_at: next_at === null ? null : instant(next_at.getTime()),
    sent_at: sent_at === null ? null : instant(sent_at.getTime()),
  }
}
