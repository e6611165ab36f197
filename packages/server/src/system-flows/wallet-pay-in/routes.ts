/** Wallet pay-in: its own routes: reading them, and that money arrived. They are opened beside the operator's top-ups (http/top-ups.ts). */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { readId } from '@holdfast/kernel/ids.ts'
import { noAgreement } from '../../http/agreements.ts'
import { sendJson } from '../../http/ask-request.ts'
import type { Context, Routes } from '../../http/context.ts'
import { findAgreement, listAgreements } from '../../http/agreement-view.ts'
import { PageQuery, Party } from '../../http/schemas.ts'
import { arrivalRoutes } from '../../products/service-booking/payment/routes.ts'
import { walletPayIn } from './flow.ts'
import { told_by_operators } from './product.ts'

const tags = [walletPayIn.name]
const reading = { scope: 'agreements:read' } as const
const ListQuery = Type.Object(
  {
    ...PageQuery,
    state: Type.Optional(Type.Enum(Object.keys(walletPayIn.states))),
    party: Type.Optional(Party),
  },
  { additionalProperties: false },
)

export const walletPayInRoutes: Routes = (app: FastifyInstance, context: Context) => {
  const edition = context.registry.current.get(walletPayIn.name)
  // An engine for tests may run without this product.
  if (edition === undefined) return
  app.get(
    '/v1/top-ups',
    {
      schema: { tags, summary: 'Top-ups by a provider, newest first', querystring: ListQuery },
      config: reading,
    },
    (request, reply) => listAgreements(context, request, reply, walletPayIn.name),
  )
  app.get<{ Params: { id: string } }>(
    '/v1/top-ups/:id',
    { schema: { tags, summary: 'Read one' }, config: reading },
    async (request, reply) => {
      const id = readId(walletPayIn.id_prefix, request.params.id)
      const found = id === null ? null : await findAgreement(context, request.caller, id, walletPayIn.name)
      return found === null ? reply.refuse(noAgreement()) : sendJson(reply, 200, JSON.stringify(found))
    },
  )
  arrivalRoutes(app, context, edition, told_by_operators)
}
