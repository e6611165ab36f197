/** P2P payment methods: the routes. A person adds and removes its own; staff reads them masked. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { sendJson } from '../../../http/ask-request.ts'
import type { Context, Routes } from '../../../http/context.ts'
import { idempotent } from '../../../http/idempotent.ts'
import { pageOf } from '../../../http/page.ts'
import { CurrencyCode, PageQuery, Party } from '../../../http/schemas.ts'
import { AccountDetails, checkDetails } from '../../../system-flows/accounts/account-details.ts'
import {
  addPaymentMethod,
  listPaymentMethods,
  readPaymentMethodId,
  removePaymentMethod,
  showPaymentMethod,
} from './payment-methods.ts'
import { Kind, type Destination } from './shapes.ts'

const strict = { additionalProperties: false }
const tags = ['p2p-payment-methods']
const path = '/p2p/payment-methods'
const Body = Type.Object({ kind: Kind, currency: CurrencyCode, details: AccountDetails }, strict)
const Query = Type.Object(
  { ...PageQuery, currency: Type.Optional(CurrencyCode), party: Type.Optional(Party) },
  strict,
)

export const paymentMethodRoutes: Routes = (app: FastifyInstance, context: Context) => {
  app.post(
    path,
    { schema: { tags, summary: 'Add a payment method', body: Body }, config: { scope: 'agreements:write' } },
    (request, reply) => {
      const { party } = request.caller.actor
      if (party === null) return reply.refuse(ofNobody())
      const asked = request.body as Destination
      const wrong = checkDetails(asked.kind, asked.currency, asked.details)
      if (wrong !== null) return reply.refuse(wrong)
      return idempotent(context, request, reply, 201, async (tx) => {
        const added = await addPaymentMethod(tx, party, asked, context.clock.now())
        return isProblem(added) ? added : showPaymentMethod(added, party)
      })
    },
  )
  app.get(
    path,
    {
      schema: { tags, summary: 'Payment methods, newest first', querystring: Query },
      config: { scope: 'agreements:read' },
    },
    async (request, reply) => {
      const page = pageOf(request)
      if (isProblem(page)) return reply.refuse(page)
      const { starting_after, limit } = page
      const after = starting_after === null ? null : readPaymentMethodId(starting_after)
      if (starting_after !== null && after === null)
        return reply.refuse(
          problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
        )
      const { currency = null, party = null } = request.query as { currency?: string; party?: string }
      const { party: self } = request.caller.actor
      const found = await listPaymentMethods(context.db, self ?? party, currency, after, limit + 1)
      const data = found.slice(0, limit).map((each) => showPaymentMethod(each, self))
      return sendJson(reply, 200, JSON.stringify({ data, has_more: found.length > limit }))
    },
  )
  app.delete<{ Params: { id: string } }>(
    `${path}/:id`,
    {
      schema: { tags, summary: 'Remove one; ads and orders keep their copies' },
      config: { scope: 'agreements:write' },
    },
    (request, reply) => {
      const id = readPaymentMethodId(request.params.id)
      const { party } = request.caller.actor
      if (party === null) return reply.refuse(ofNobody())
      return idempotent(context, request, reply, 200, async (tx) => {
        const gone = id === null ? null : await removePaymentMethod(tx, party, id)
        return gone === null
          ? problem('not_found', { what: 'payment method' })
          : { ...showPaymentMethod(gone, party), removed: true }
      })
    },
  )
}

/** Staff has none, and touches nobody's. */
function ofNobody(): Problem {
  return problem('invalid_request', { header: 'Holdfast-Party', reason: 'a payment method is of one person' })
}
