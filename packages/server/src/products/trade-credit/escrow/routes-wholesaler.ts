/** Trade credit: what a wholesaler reads: what waits for a confirmation, what was paid, all its orders. */

import type { FastifyInstance } from 'fastify'
import { sendJson } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { tradeCredit } from './flow.ts'
import { listQueryOf, personOf, queryOf, sendEscrows } from './routes-whose.ts'
import { wholesalerSummary } from './summaries.ts'

const tags = [tradeCredit.name]
const config = { scope: 'agreements:read' } as const

export function wholesalerRoutes(app: FastifyInstance, context: Context): void {
  app.get(
    '/wholesaler/escrow/pending-confirmations',
    {
      schema: {
        tags,
        summary: 'Orders whose delivery nobody has confirmed, newest first',
        querystring: listQueryOf('wholesaler'),
      },
      config,
    },
    (request, reply) => sendEscrows(context, request, reply, 'wholesaler', 'held'),
  )
  app.get(
    '/wholesaler/escrow/transactions',
    {
      schema: {
        tags,
        summary: 'A wholesaler’s orders, newest first',
        querystring: listQueryOf('wholesaler'),
      },
      config,
    },
    (request, reply) => {
      const { status = null } = request.query as { status?: string }
      return sendEscrows(context, request, reply, 'wholesaler', status)
    },
  )
  app.get(
    '/wholesaler/escrow/summary',
    { schema: { tags, summary: 'What waits and what was paid', querystring: queryOf('wholesaler') }, config },
    async (request, reply) => {
      const party = personOf(request, 'wholesaler')
      if (typeof party !== 'string') return reply.refuse(party)
      return sendJson(reply, 200, JSON.stringify(await wholesalerSummary(context.db, party)))
    },
  )
}
