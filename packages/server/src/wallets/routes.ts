/** HTTP: wallets: balances, statements, top-ups, sales, freezes. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { showId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { standing_owners } from '@holdfast/kernel/ledger/account.ts'
import { statementOf, type StatementRow } from '../ledger/statements.ts'
import { emptyWallet, walletsOf } from '../ledger/wallets.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { currencies } from '@holdfast/kernel/money/currency.ts'
import { sendJson } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { pageOf } from '../http/page.ts'
import { Amount, CurrencyCode, DryRunQuery, PageQuery, Reason, Reference } from '../http/schemas.ts'
import { topUpRoutes } from './top-ups.ts'
import { freezeWallet } from './freezes.ts'
import { cannotSee, walletAsk, type Named } from './asks.ts'

const strict = { additionalProperties: false }
const tags = ['wallets']
const reading = { scope: 'wallets:read' } as const
const MoneyIn = Type.Object({ amount: Amount, reference: Reference, reason: Type.Optional(Reason) }, strict)
const Freeze = Type.Object({ direction: Type.Enum(['in', 'out', 'both']), reason: Reason }, strict)
const transaction_id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const Query = Type.Object({ ...PageQuery, currency: Type.Optional(CurrencyCode) }, strict)

export function walletRoutes(app: FastifyInstance, context: Context): void {
  app.get<{ Params: Named }>(
    '/v1/wallets/:party',
    { schema: { tags, summary: "A person's wallets" }, config: reading },
    async (request, reply) => {
      const refusal = cannotSee(request, request.params)
      if (refusal !== null) return reply.refuse(refusal)
      const { party } = request.params
      return sendJson(reply, 200, JSON.stringify({ party, wallets: await walletsOf(context.db, party) }))
    },
  )
  app.get<{ Params: Named }>(
    '/v1/wallets/:party/:currency',
    { schema: { tags, summary: 'One wallet' }, config: reading },
    async (request, reply) => {
      const { party, currency } = request.params
      const refusal = cannotSee(request, request.params)
      if (refusal !== null) return reply.refuse(refusal)
      const [wallet] = await walletsOf(context.db, party, currency)
      return sendJson(reply, 200, JSON.stringify(wallet ?? emptyWallet(party, currency)))
    },
  )
  app.get(
    '/v1/platform/accounts',
    { schema: { tags, summary: 'Revenue, and what stands for the outside' }, config: reading },
    async (request, reply) => {
      if (request.caller.actor.party !== null) return reply.refuse(problem('not_found', { what: 'path' }))
      const rows = await context.db.any<{ owner: string; balance: bigint }>(standing_sql, [
        [...standing_owners],
      ])
      const data = rows.map((row) => ({ ...row, balance: toJson(row.balance) }))
      return sendJson(reply, 200, JSON.stringify({ data, has_more: false }))
    },
  )
  app.get<{ Params: Named }>(
    '/v1/wallets/:party/transactions',
    { schema: { tags, summary: 'Statement, newest first', querystring: Query }, config: reading },
    (request, reply) => statement(context, request, reply, request.params.party),
  )
  topUpRoutes(app, context)
  app.post<{ Params: Named }>(
    '/v1/wallets/:party/:currency/sales',
    {
      schema: { tags, summary: 'Something was sold', body: MoneyIn, querystring: DryRunQuery },
      config: { scope: 'wallets:sales' },
    },
    (request, reply) => walletAsk(context, request, reply, 'wallet-sale'),
  )
  app.post<{ Params: Named }>(
    '/v1/wallets/:party/:currency/freezes',
    {
      schema: {
        tags,
        summary: 'An operator stops money in, out, or both',
        body: Freeze,
        querystring: DryRunQuery,
      },
      config: { scope: 'wallets:freeze' },
    },
    (request, reply) => freezeWallet(context, request, reply),
  )
}

/** What belongs to the marketplace itself and what stands for the outside: revenue, clearing. Not for parties. */
const standing_sql = `
  select owner, purpose, currency, balance
  from accounts
  where owner = any($1::text[]) and agreement_id is null
  order by owner, purpose, currency`

async function statement(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  party: string,
): Promise<FastifyReply> {
  const page = pageOf(request)
  const refusal = isProblem(page) ? page : cannotSee(request, { party })
  if (refusal !== null || isProblem(page)) return reply.refuse(refusal ?? problem('invalid_request'))
  if (page.starting_after !== null && !transaction_id.test(page.starting_after)) {
    return reply.refuse(
      problem('invalid_request', {
        in: 'querystring',
        pointer: '/starting_after',
        reason: 'not the id of a transaction',
      }),
    )
  }
  const { currency } = request.query as { currency?: string }
  const wanted = currency === undefined ? [...currencies.keys()] : [currency]
  const rows = await statementOf(context.db, party, wanted, page.starting_after, page.limit + 1)
  const data = rows.slice(0, page.limit).map((row) => transactionOf(context, row))
  return sendJson(reply, 200, JSON.stringify({ data, has_more: rows.length > page.limit }))
}

/** A row in the words of its product's document: type, description. */
export function transactionOf(context: Context, row: StatementRow): Record<string, unknown> {
  const flow = context.registry.get(row.flow, row.flow_version)?.flow.flow
  const agreement = flow === undefined ? row.agreement_id : showId(flow.id_prefix, row.agreement_id)
  const [type, says] = flow?.codes[row.code] ?? [row.code, row.code]
  return {
    id: row.id,
    type,
    code: row.code,
    side: row.side,
    amount: toJson(row.amount),
    currency: row.currency,
    description: says.replaceAll('{id}', agreement),
    available_after: row.available_after === null ? null : toJson(row.available_after),
    agreement,
    at: instant(row.at.getTime()),
  }
}
