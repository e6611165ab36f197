/** P2P ads: their own routes: posting with a payment method, and a market that is open to everybody. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { agreementView } from '@holdfast/kernel/engine/view.ts'
import { noAgreement } from '../../../http/agreements.ts'
import { sendJson } from '../../../http/ask-request.ts'
import type { Context, Routes } from '../../../http/context.ts'
import { readAgreement } from '../../../http/read-agreement.ts'
import { pageOf } from '../../../http/page.ts'
import { findAgreement } from '../../../http/agreement-view.ts'
import { creationBodyOf, CurrencyCode, DryRunQuery, PageQuery } from '../../../http/schemas.ts'
import { p2pAd } from './flow.ts'
import { projectAds, listAds } from './market.ts'
import { openWithMethod } from './routes-opening.ts'
import { AdType } from './shapes.ts'

const tags = [p2pAd.name]
const path = `/${p2pAd.noun}`
const Query = Type.Object(
  {
    ...PageQuery,
    type: Type.Optional(AdType),
    currency: Type.Optional(CurrencyCode),
    foreign_currency: Type.Optional(CurrencyCode),
    mine: Type.Optional(
      Type.Enum(['true', 'false'], { description: "Only the caller's own, in every state" }),
    ),
  },
  { additionalProperties: false },
)

interface Filters {
  readonly type?: string
  readonly currency?: string
  readonly foreign_currency?: string
  readonly mine?: string
}

export const adRoutes: Routes = (app: FastifyInstance, context: Context) => {
  const edition = context.registry.current.get(p2pAd.name)
  // An engine that was started without this product has no such routes.
  if (edition === undefined) return
  const body = creationBodyOf(edition, null)
  app.post(
    path,
    {
      schema: { tags, summary: 'Ad posted', body, querystring: DryRunQuery },
      config: { scope: 'agreements:write' },
    },
    (request, reply) => openWithMethod(context, edition, 'maker', request, reply),
  )
  const reading = { scope: 'agreements:read' } as const
  app.get(
    path,
    {
      schema: { tags, summary: 'The market: ads that orders fit in, newest first', querystring: Query },
      config: reading,
    },
    (request, reply) => list(context, request, reply),
  )
  app.get<{ Params: { id: string } }>(
    `${path}/:id`,
    { schema: { tags, summary: 'Read one; everybody may' }, config: reading },
    async (request, reply) => {
      const id = readId(p2pAd.id_prefix, request.params.id)
      const found = id === null ? null : await readAgreement(context, id)
      if (id === null || found?.flow !== p2pAd.name) return reply.refuse(noAgreement())
      const own = await findAgreement(context, request.caller, id, p2pAd.name)
      const shown = own ?? inPublic(agreementView(found, await context.engine.flowVersion(found)))
      return sendJson(reply, 200, JSON.stringify(shown))
    },
  )
}

async function list(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const { starting_after, limit } = page
  const after = starting_after === null ? null : readId(p2pAd.id_prefix, starting_after)
  if (starting_after !== null && after === null)
    return reply.refuse(
      problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
    )
  const { type = null, currency = null, foreign_currency = null, mine } = request.query as Filters
  const { party: self } = request.caller.actor
  await context.projections.catchUp(projectAds.name)
  const wanted = { self, mine: mine === 'true', type, currency, foreign_currency, after, limit: limit + 1 }
  const found = await listAds(context.db, wanted)
  const data = await Promise.all(found.slice(0, limit).map((each) => shown(context, each, self)))
  return sendJson(reply, 200, JSON.stringify({ data, has_more: found.length > limit }))
}

async function shown(context: Context, ad: Agreement, self: string | null): Promise<object> {
  const all = agreementView(ad, await context.engine.flowVersion(ad))
  return self === null || ad.parties['maker'] === self ? all : inPublic(all)
}

const public_fields = (
  'id flow state maker type currency foreign_currency price total remaining min max payment_methods conditions ' +
  'hidden_because terms created_at ended_at'
).split(' ')

/** Where the maker wants foreign money sent is told to who orders, and what is locked concerns nobody. */
function inPublic(ad: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(public_fields.filter((name) => name in ad).map((name) => [name, ad[name]]))
}
