/** P2P orders: their own routes: ordering with a payment method, paying with a proof, and reading whether it was used before. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { projectFileUses } from '../../../files/uses.ts'
import { noAgreement } from '../../../http/agreements.ts'
import { answer, askFor, sendJson } from '../../../http/ask-request.ts'
import type { Context, Routes } from '../../../http/context.ts'
import { findAgreement } from '../../../http/agreement-view.ts'
import { creationBodyOf, DryRunQuery, Reason } from '../../../http/schemas.ts'
import { Type } from 'typebox'
import { openWithMethod } from '../ad/routes-opening.ts'
import { p2pTrade } from './flow.ts'
import { trade } from './product.ts'
import { otherOrders, ordersWithProof, ownFile } from './proofs.ts'

const tags = [p2pTrade.name]
const path = `/${p2pTrade.noun}`
const PayBody = Type.Object(
  { proof: trade.shapes?.['proof'] ?? Type.Never(), reason: Type.Optional(Reason) },
  { additionalProperties: false },
)

interface Proof {
  readonly file?: string
  readonly reference?: string
}

export const orderRoutes: Routes = (app: FastifyInstance, context: Context) => {
  const edition = context.registry.current.get(p2pTrade.name)
  // An engine that was started without this product has no such routes.
  if (edition === undefined) return
  const body = creationBodyOf(edition, edition.flow.under)
  const writing = { scope: 'agreements:write' } as const
  app.post(
    path,
    { schema: { tags, summary: 'Take from an ad', body, querystring: DryRunQuery }, config: writing },
    (request, reply) => openWithMethod(context, edition, 'taker', request, reply),
  )
  app.post<{ Params: { id: string } }>(
    `${path}/:id/pay`,
    {
      schema: {
        tags,
        summary: 'Payee marks it as paid, with proof',
        body: PayBody,
        querystring: DryRunQuery,
      },
      config: writing,
    },
    (request, reply) => pay(context, request, reply, request.params.id),
  )
  app.get<{ Params: { id: string } }>(
    `${path}/:id`,
    { schema: { tags, summary: 'Read one' }, config: { scope: 'agreements:read' } },
    (request, reply) => read(context, request, reply, request.params.id),
  )
}

async function pay(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: string,
): Promise<FastifyReply> {
  const id = readId(p2pTrade.id_prefix, shown)
  if (id === null) return reply.refuse(noAgreement())
  const { proof } = request.body as { proof: Proof }
  const { actor } = request.caller
  const file = proof.file === undefined ? null : await ownFile(context.db, actor, proof.file)
  if (proof.file !== undefined && file === null)
    return reply.refuse(
      problem('invalid_request', {
        pointer: '/proof/file',
        reason: 'no picture or PDF that you have uploaded',
      }),
    )
  await context.projections.catchUp(projectFileUses.name)
  const others = file === null ? [] : await otherOrders(context.db, file.sha256, id)
  const ask = askFor(context, request, request.caller, {
    flow: p2pTrade.name,
    agreement: id,
    creation: null,
    transition: 'pay',
    input: { proof, proof_reused: others.length > 0 },
  })
  return isProblem(ask) ? reply.refuse(ask) : answer(context, request, reply, ask)
}

async function read(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: string,
): Promise<FastifyReply> {
  const id = readId(p2pTrade.id_prefix, shown)
  const found = id === null ? null : await findAgreement(context, request.caller, id, p2pTrade.name)
  if (id === null || found === null) return reply.refuse(noAgreement())
  await context.projections.catchUp(projectFileUses.name)
  // Of the first order as well, though nobody could know it when it was paid.
  const others = await ordersWithProof(context.db, found['proof'], id)
  const { party } = request.caller.actor
  const known = {
    ...found,
    proof_reused: others.length > 0,
    ...(party === null ? { proof_used_on: others } : {}),
  }
  return sendJson(reply, 200, JSON.stringify(known))
}
