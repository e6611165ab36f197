/** Trade credit: what a retailer reads and asks for: its orders, what it owes, repayments. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { answer, askFor, sendJson } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { pageOf } from '../../../http/page.ts'
import { Amount, DryRunQuery, PageQuery, Reason, text_length_max } from '../../../http/schemas.ts'
import { fromJson } from '@holdfast/kernel/money/amount.ts'
import { creditDeduction } from '../deduction/flow.ts'
import { creditRepayment } from '../repayment/flow.ts'
import { mobile_number, payment_reference, repayment_method } from '../repayment/product.ts'
import { credit_currency, findLine } from './credit-lines.ts'
import { escrowRows, readEscrow } from './escrow-rows.ts'
import { tradeCredit } from './flow.ts'
import { listRepayments } from './repayment-rows.ts'
import { settingsRoutes } from './routes-settings.ts'
import { beforeOf, listQueryOf, personOf, queryOf, sendEscrows, sendPage } from './routes-whose.ts'
import { retailerSummary } from './summaries.ts'

const strict = { additionalProperties: false }
const tags = [tradeCredit.name]
const reading = { scope: 'agreements:read' } as const
/** Repayments that are shown with an order; the rest are in the list. */
const repayments_shown_max = 100

const RepaymentBody = Type.Object(
  {
    escrow_transaction_id: Type.Optional(
      Type.String({
        maxLength: 100,
        description: 'Pays back this order alone; by default the oldest debt first',
      }),
    ),
    repayment_amount: Amount,
    repayment_method,
    payment_reference: Type.Optional(payment_reference),
    mobile_number: Type.Optional(mobile_number),
    notes: Type.Optional(Type.String({ minLength: 1, maxLength: text_length_max })),
    reason: Type.Optional(Reason),
  },
  strict,
)
const RepaymentQuery = Type.Object({ ...DryRunQuery.properties, ...queryOf('retailer').properties }, strict)
const RepaymentsQuery = Type.Object({ ...PageQuery, ...queryOf('retailer').properties }, strict)

interface Repayment {
  readonly escrow_transaction_id?: string
  readonly repayment_amount: number
  readonly repayment_method: 'wallet' | 'mobile_money' | 'bank_transfer'
  readonly payment_reference?: string
  readonly mobile_number?: string
  readonly notes?: string
}

export function retailerRoutes(app: FastifyInstance, context: Context): void {
  app.get(
    '/retailer/escrow/summary',
    {
      schema: {
        tags,
        summary: 'Credit, debts and orders in a few numbers',
        querystring: queryOf('retailer'),
      },
      config: reading,
    },
    async (request, reply) => {
      const retailer = personOf(request, 'retailer')
      if (typeof retailer !== 'string') return reply.refuse(retailer)
      const line = await findLine(context, retailer)
      return sendJson(reply, 200, JSON.stringify(await retailerSummary(context.db, retailer, line)))
    },
  )
  app.get(
    '/retailer/escrow/transactions',
    {
      schema: { tags, summary: 'Orders on credit, newest first', querystring: listQueryOf('retailer') },
      config: reading,
    },
    (request, reply) => {
      const { status = null } = request.query as { status?: string }
      return sendEscrows(context, request, reply, 'retailer', status)
    },
  )
  app.get<{ Params: { id: string } }>(
    '/retailer/escrow/transactions/:id',
    { schema: { tags, summary: 'One order on credit, with its repayments' }, config: reading },
    async (request, reply) => {
      const escrow = await ownEscrow(context, request, request.params.id)
      if (isProblem(escrow)) return reply.refuse(escrow)
      const [row] = await escrowRows(context.db, [escrow])
      const repayments = await listRepayments(context.db, {
        line: escrow.under ?? '',
        escrow: escrow.id,
        before: null,
        limit: repayments_shown_max,
      })
      return sendJson(reply, 200, JSON.stringify({ ...row, repayments: repayments.map((one) => one.row) }))
    },
  )
  app.get(
    '/retailer/escrow/repayments',
    {
      schema: { tags, summary: 'Repayments, newest first: a row per debt', querystring: RepaymentsQuery },
      config: reading,
    },
    (request, reply) => sendRepayments(context, request, reply),
  )
  app.post(
    '/retailer/escrow/repayment',
    {
      schema: {
        tags,
        summary: 'Pay back from the wallet, or say that money is on its way',
        body: RepaymentBody,
        querystring: RepaymentQuery,
      },
      config: { scope: 'agreements:write' },
    },
    (request, reply) => repay(context, request, reply),
  )
  settingsRoutes(app, context)
}

/** Another retailer's order is said to be that, as the product's document asks. */
async function ownEscrow(
  context: Context,
  { caller }: FastifyRequest,
  shown: string,
): Promise<Agreement | Problem> {
  const id = readId(tradeCredit.id_prefix, shown)
  const escrow = id === null ? null : await readEscrow(context.db, id)
  if (escrow === null) return problem('not_found', { what: 'escrow transaction' })
  const { party } = caller.actor
  return party === null || escrow.parties['retailer'] === party
    ? escrow
    : problem('not_yours', { what: 'escrow transaction' })
}

async function sendRepayments(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const retailer = personOf(request, 'retailer')
  if (typeof retailer !== 'string') return reply.refuse(retailer)
  const page = pageOf(request)
  if (isProblem(page)) return reply.refuse(page)
  const before = beforeOf(page.starting_after, [creditRepayment.id_prefix, creditDeduction.id_prefix])
  if (before !== null && typeof before !== 'string') return reply.refuse(before)
  const line = await findLine(context, retailer)
  if (line === null) return sendPage(reply, [], false)
  const found = await listRepayments(context.db, {
    line: line.id,
    escrow: null,
    before,
    limit: page.limit + 1,
  })
  const ids = [...new Set(found.map(({ repayment }) => repayment))]
  const shown = new Set(ids.slice(0, page.limit))
  const rows = found.filter(({ repayment }) => shown.has(repayment)).map(({ row }) => row)
  return sendPage(reply, rows, ids.length > page.limit)
}

async function repay(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const retailer = personOf(request, 'retailer')
  if (typeof retailer !== 'string') return reply.refuse(retailer)
  const body = request.body as Repayment
  const { escrow_transaction_id: shown, repayment_method: method, payment_reference: reference, notes } = body
  if (body.mobile_number !== undefined && method !== 'mobile_money')
    return reply.refuse(
      problem('invalid_request', { pointer: '/mobile_number', reason: 'only with mobile_money' }),
    )
  const escrow = shown === undefined ? null : await ownEscrow(context, request, shown)
  if (escrow !== null && isProblem(escrow))
    return reply.refuse({ ...escrow, details: { ...escrow.details, pointer: '/escrow_transaction_id' } })
  const line = await findLine(context, retailer)
  if (line === null)
    return reply.refuse(
      problem('limit_exceeded', { pointer: '/repayment_amount', owed: 0, reason: 'nothing is owed' }),
    )
  const amount = fromJson(body.repayment_amount)
  const ask = askFor(context, request, request.caller, {
    flow: creditRepayment.name,
    agreement: null,
    creation: {
      parties: { company: line.parties['company'] ?? '', retailer },
      currency: credit_currency,
      amounts: { amount, at_once: method === 'wallet' ? amount : 0n },
      terms: {},
      reference: null,
      under: line.id,
    },
    transition: 'repay',
    input: {
      repayment_method: method,
      ...(escrow === null ? {} : { debt: escrow.id }),
      ...(reference === undefined ? {} : { payment_reference: reference }),
      ...(body.mobile_number === undefined ? {} : { mobile_number: body.mobile_number }),
      ...(notes === undefined ? {} : { notes }),
    },
  })
  if (isProblem(ask)) return reply.refuse(ask)
  return answer(context, request, reply, ask, { '/amount': '/repayment_amount' })
}
