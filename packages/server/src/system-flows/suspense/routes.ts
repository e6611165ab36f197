/** Suspense: its own routes, all for operators: setting aside what was seen on a statement, the list, what becomes of it. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { needScope } from '../../access/caller.ts'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { answer, askFor, sendJson } from '../../http/ask-request.ts'
import type { Context, Routes } from '../../http/context.ts'
import { openingOf } from '../../http/creation.ts'
import { pageOf } from '../../http/page.ts'
import { showTo } from '../../http/agreement-view.ts'
import { Amount, CurrencyCode, DryRunQuery, PageQuery, Party, Reason } from '../../http/schemas.ts'
import { seen_by_hand } from '@holdfast/kernel/ledger/outside-reference.ts'
import { fromJson } from '@holdfast/kernel/money/amount.ts'
import { OutsideReference, ProviderName } from '../outside-reference.ts'
import { notForOperators, operatorRoutes } from '../routes-operator.ts'
import { suspenseCredit } from '../suspense-credit/flow.ts'
import { suspense } from './flow.ts'
import { listSuspense } from './list.ts'
import { by_operators } from './product.ts'
import { Because } from './shapes.ts'

const strict = { additionalProperties: false }
const tags = [suspense.name]
const writing = { scope: 'agreements:write' } as const
const Body = Type.Object(
  {
    amount: Amount,
    currency: CurrencyCode,
    reference: OutsideReference,
    because: Because,
    provider: Type.Optional(ProviderName),
    about: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Id of what it was for' })),
    note: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000 })),
    payer: Type.Optional(Party),
    reason: Type.Optional(Reason),
  },
  strict,
)
const CreditBody = Type.Object({ party: Type.Optional(Party), reason: Type.Optional(Reason) }, strict)
const ListQuery = Type.Object(
  { ...PageQuery, state: Type.Optional(Type.Enum([...Object.keys(suspense.states), 'any'])) },
  strict,
)

interface Seen {
  readonly amount: number
  readonly currency: string
  readonly reference: string
  readonly because: string
  readonly provider?: string
  readonly about?: string
  readonly note?: string
  readonly payer?: string
}

export const suspenseRoutes: Routes = (app: FastifyInstance, context: Context) => {
  const edition = context.registry.current.get(suspense.name)
  // An engine for tests may run without this product.
  if (edition === undefined) return
  app.post(
    '/v1/suspense',
    {
      schema: { tags, summary: 'Set aside money that was seen', body: Body, querystring: DryRunQuery },
      config: writing,
    },
    (request, reply) => setAside(context, request, reply),
  )
  app.post(
    '/v1/suspense/:suspense/credit',
    {
      schema: { tags, summary: 'Put it into a wallet', body: CreditBody, querystring: DryRunQuery },
      config: writing,
    },
    (request, reply) => credit(context, request, reply),
  )
  app.get(
    '/v1/suspense',
    {
      schema: { tags, summary: 'What is set aside, oldest first', querystring: ListQuery },
      config: { scope: 'agreements:read' },
    },
    (request, reply) => list(context, request, reply),
  )
  operatorRoutes(app, context, edition, by_operators)
}

async function setAside(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const refusal = notForOperators(request, suspense.name, 'set_aside')
  if (refusal !== null) return reply.refuse(refusal)
  const {
    amount,
    currency,
    reference,
    payer,
    because,
    provider = seen_by_hand,
    about,
    note,
  } = request.body as Seen
  const ask = askFor(context, request, request.caller, {
    flow: suspense.name,
    agreement: null,
    creation: {
      parties: payer === undefined ? {} : { payer },
      currency,
      amounts: { amount: fromJson(amount) },
      terms: {},
      reference,
    },
    transition: 'set_aside',
    input: {
      because,
      provider,
      ...(about === undefined ? {} : { about }),
      ...(note === undefined ? {} : { note }),
    },
  })
  return isProblem(ask) ? reply.refuse(ask) : answer(context, request, reply, ask)
}

async function credit(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const refusal = notForOperators(request, suspenseCredit.name, 'credit')
  if (refusal !== null) return reply.refuse(refusal)
  const edition = context.registry.current.get(suspenseCredit.name)
  if (edition === undefined) return reply.refuse(problem('not_found', { what: 'flow' }))
  const opening = await openingOf(context, edition, request, request.body as { party?: string })
  if (isProblem(opening)) return reply.refuse(opening)
  const what = { flow: suspenseCredit.name, agreement: null, transition: 'credit', ...opening }
  const ask = askFor(context, request, request.caller, what)
  return isProblem(ask) ? reply.refuse(ask) : answer(context, request, reply, ask)
}

async function list(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { caller, query } = request
  if (caller.actor.party !== null) return reply.refuse(problem('not_found', { what: 'path' }))
  const lacking = needScope(caller, 'payments:read')
  if (lacking !== null) return reply.refuse(lacking)
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const { starting_after, limit } = page
  const after = starting_after === null ? null : readId(suspense.id_prefix, starting_after)
  if (starting_after !== null && after === null)
    return reply.refuse(
      problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
    )
  const { state = 'open' } = query as { state?: string }
  const found = await listSuspense(context.db, {
    state: state === 'any' ? null : state,
    after,
    limit: limit + 1,
  })
  const data = await Promise.all(
    found.slice(0, limit).map(async (each) => showTo(caller, each, await context.engine.flowVersion(each))),
  )
  return sendJson(reply, 200, JSON.stringify({ data, has_more: found.length > limit }))
}
