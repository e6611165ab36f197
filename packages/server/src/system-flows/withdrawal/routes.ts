/** Withdrawal: its own routes: asking for one, reading them, and the list of what waits for an operator. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isParty } from '../../access/caller.ts'
import { readId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { noAgreement } from '../../http/agreements.ts'
import { answer, askFor, sendJson } from '../../http/ask-request.ts'
import type { Context, Routes } from '../../http/context.ts'
import { pageOf } from '../../http/page.ts'
import { findAgreement, showTo } from '../../http/agreement-view.ts'
import { Amount, CurrencyCode, DryRunQuery, PageQuery, Party, Reason } from '../../http/schemas.ts'
import { fromJson } from '@holdfast/kernel/money/amount.ts'
import { AccountDetails, checkDetails } from '../accounts/account-details.ts'
import { operatorRoutes } from '../routes-operator.ts'
import { destinationSince, projectWithdrawals, type Destination } from './destinations.ts'
import { withdrawal } from './flow.ts'
import { listWithdrawals, waiting_states, type Wanted } from './list.ts'
import { Method, told_by_operators } from './product.ts'

const strict = { additionalProperties: false }
const tags = [withdrawal.name]
const reading = { scope: 'agreements:read' } as const
const Body = Type.Object(
  {
    amount: Amount,
    currency: CurrencyCode,
    method: Method,
    account_details: AccountDetails,
    reason: Type.Optional(Reason),
  },
  strict,
)
const State = Type.Enum([...Object.keys(withdrawal.states), 'any'])
const OwnQuery = Type.Object(
  { ...PageQuery, state: Type.Optional(State), currency: Type.Optional(CurrencyCode) },
  strict,
)
const AdminQuery = Type.Object({ ...OwnQuery.properties, party: Type.Optional(Party) }, strict)

interface Wallet {
  readonly vendor_id: string
}

interface Filters {
  readonly state?: string
  readonly currency?: string
  readonly party?: string
}

export const withdrawalRoutes: Routes = (app: FastifyInstance, context: Context) => {
  const edition = context.registry.current.get(withdrawal.name)
  // An engine for tests may run without this product.
  if (edition !== undefined) operatorRoutes(app, context, edition, told_by_operators)
  app.post<{ Params: Wallet }>(
    '/api/wallet/:vendor_id/withdraw',
    {
      schema: { tags, summary: 'Take money out of a wallet', body: Body, querystring: DryRunQuery },
      config: { scope: 'agreements:write' },
    },
    (request, reply) => withdraw(context, request, reply),
  )
  app.get<{ Params: Wallet }>(
    '/api/wallet/:vendor_id/withdrawals',
    {
      schema: { tags, summary: "A wallet's withdrawals, newest first", querystring: OwnQuery },
      config: reading,
    },
    (request, reply) => {
      const { vendor_id } = request.params
      const refusal = notTheirs(request, vendor_id)
      if (refusal !== null) return reply.refuse(refusal)
      const { state = 'any', currency = null } = request.query as Filters
      const states = state === 'any' ? null : [state]
      return list(context, request, reply, { states, currency, party: vendor_id, order: 'newest first' })
    },
  )
  app.get<{ Params: { id: string } }>(
    '/v1/withdrawals/:id',
    { schema: { tags, summary: 'Read one' }, config: reading },
    async (request, reply) => {
      const id = readId(withdrawal.id_prefix, typedId(request.params.id))
      const found = id === null ? null : await findAgreement(context, request.caller, id, withdrawal.name)
      return found === null ? reply.refuse(noAgreement()) : sendJson(reply, 200, JSON.stringify(found))
    },
  )
  app.get(
    '/admin/withdrawals',
    {
      schema: { tags, summary: 'What waits for an operator, oldest first', querystring: AdminQuery },
      config: reading,
    },
    (request, reply) => {
      if (request.caller.actor.party !== null) return reply.refuse(problem('not_found', { what: 'path' }))
      const { state, currency = null, party = null } = request.query as Filters
      const states = state === undefined ? waiting_states : state === 'any' ? null : [state]
      return list(context, request, reply, { states, currency, party, order: 'oldest first' })
    },
  )
}

/** An agreement with one party, who is named by the path; since when its destination is known, is looked up here. */
async function withdraw(
  context: Context,
  request: FastifyRequest<{ Params: Wallet }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { vendor_id: party } = request.params
  const { amount, ...destination } = request.body as Destination & { amount: number }
  const { method, currency, account_details } = destination
  const at = { kind: '/method', currency: '/currency', details: '/account_details' }
  const refusal = notTheirs(request, party) ?? checkDetails(method, currency, account_details, at)
  if (refusal !== null) return reply.refuse(refusal)
  await context.projections.catchUp(projectWithdrawals.name)
  const since_ms = (await destinationSince(context.db, party, destination)) ?? context.clock.now()
  const ask = askFor(context, request, request.caller, {
    flow: withdrawal.name,
    agreement: null,
    creation: {
      parties: { holder: party },
      currency,
      amounts: { amount: fromJson(amount) },
      terms: {},
      reference: null,
    },
    transition: 'request',
    input: { method, account_details, destination_since: instant(since_ms) },
  })
  return isProblem(ask) ? reply.refuse(ask) : answer(context, request, reply, ask)
}

async function list(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: Omit<Wanted, 'after' | 'limit'>,
): Promise<FastifyReply> {
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const { starting_after, limit } = page
  const after = starting_after === null ? null : readId(withdrawal.id_prefix, starting_after)
  if (starting_after !== null && after === null)
    return reply.refuse(
      problem('invalid_request', { in: 'querystring', pointer: '/starting_after', reason: 'not an id' }),
    )
  await context.projections.catchUp(projectWithdrawals.name)
  const found = await listWithdrawals(context.db, { ...wanted, after, limit: limit + 1 })
  const data = await Promise.all(
    found
      .slice(0, limit)
      .map(async (each) => showTo(request.caller, each, await context.engine.flowVersion(each))),
  )
  return sendJson(reply, 200, JSON.stringify({ data, has_more: found.length > limit }))
}

function notTheirs({ caller }: FastifyRequest, party: string): Problem | null {
  if (!isParty(party))
    return problem('invalid_request', {
      in: 'params',
      pointer: '/vendor_id',
      reason: 'not an id of a person',
    })
  const self = caller.actor.party
  return self === null || self === party ? null : problem('not_found', { what: 'wallet' })
}

/** The number that people read out is the id in capitals. */
function typedId(text: string): string {
  return text.startsWith('WD-') ? `${withdrawal.id_prefix}_${text.slice(3).toLowerCase()}` : text
}
