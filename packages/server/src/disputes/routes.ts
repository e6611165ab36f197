/** HTTP: disputes, alike in all products. What is decided here is asked for in the flow's own transitions, which move the money. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { problem } from '@holdfast/kernel/problem.ts'
import { sendJson } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { acceptOffer, makeOffer, resolveDispute, withdrawDispute, withdrawOffer, type Act } from './asks.ts'
import { listDisputes, showFound } from './view.ts'
import { EvidenceBody, giveEvidence } from './evidence.ts'
import { findDispute, type Found } from './find.ts'
import { AmountOrZero, DryRunQuery, PageQuery, Reason } from '../http/schemas.ts'

const strict = { additionalProperties: false }
const Name = Type.String({ pattern: '^[a-z][a-z0-9_-]{0,59}$' })
const ListQuery = Type.Object(
  {
    ...PageQuery,
    state: Type.Optional(
      Type.Enum(['open', 'withdrawn', 'released', 'refunded', 'split', 'settled', 'closed']),
    ),
    flow: Type.Optional(Name),
    agreement: Type.Optional(Type.String({ maxLength: 100, description: 'Typed id' })),
  },
  strict,
)
const Distribution = Type.Record(Name, AmountOrZero, {
  description: 'Side → what it gets; the sum is what is held',
})
const OfferBody = Type.Object({ distribution: Distribution, reason: Type.Optional(Reason) }, strict)
const WordBody = Type.Object({ reason: Type.Optional(Reason) }, strict)
const ResolveBody = Type.Object(
  {
    decision: Type.Enum(['release', 'refund', 'split']),
    distribution: Type.Optional(Distribution),
    notes: Reason,
  },
  strict,
)

export function disputeRoutes(app: FastifyInstance, context: Context): void {
  const tags = ['disputes']
  const reading = { scope: 'agreements:read' } as const
  const writing = { scope: 'agreements:write' } as const
  app.get(
    '/v1/disputes',
    { schema: { tags, summary: 'List, newest first', querystring: ListQuery }, config: reading },
    (request, reply) => listDisputes(context, request, reply),
  )
  app.get(
    '/v1/disputes/:id',
    { schema: { tags, summary: 'One, with its evidence and the standing offer' }, config: reading },
    (request, reply) =>
      inDispute(context, request, reply, async (found) =>
        sendJson(reply, 200, JSON.stringify(await showFound(context, found))),
      ),
  )
  app.post(
    '/v1/disputes/:id/evidence',
    { schema: { tags, summary: 'Say or show something', body: EvidenceBody }, config: writing },
    (request, reply) =>
      inDispute(context, request, reply, (found) => giveEvidence(context, request, reply, found)),
  )
  const acts: readonly (readonly [path: string, summary: string, body: object, act: Act])[] = [
    ['offers', 'Offer the other side a distribution', OfferBody, makeOffer],
    ['offers/:offer_id/accept', 'Accept the standing offer: it is carried out', WordBody, acceptOffer],
    ['offers/:offer_id/withdraw', 'Take back your own offer', WordBody, withdrawOffer],
    ['withdraw', 'Withdraw the dispute', WordBody, withdrawDispute],
    ['resolve', 'Decide it, as an operator', ResolveBody, resolveDispute],
  ]
  for (const [path, summary, body, act] of acts) {
    app.post(
      `/v1/disputes/:id/${path}`,
      { schema: { tags, summary, body, querystring: DryRunQuery }, config: writing },
      (request, reply) => inDispute(context, request, reply, (found) => act(context, request, reply, found)),
    )
  }
}

async function inDispute(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  act: (found: Found) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const { id } = request.params as { id: string }
  const found = await findDispute(context, request.caller, id)
  return found === null ? reply.refuse(problem('not_found', { what: 'dispute' })) : act(found)
}
