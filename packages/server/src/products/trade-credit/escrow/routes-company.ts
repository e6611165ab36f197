/** Trade credit: what the company asks for: a credit line, and money put aside for an order. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { noAgreement } from '../../../http/agreements.ts'
import { answer, askFor, isDryRun } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { Amount, DryRunQuery, Party, Reason, Reference } from '../../../http/schemas.ts'
import { fromJson } from '@holdfast/kernel/money/amount.ts'
import { creditLine } from '../line/flow.ts'
import { limit } from '../line/product.ts'
import { credit_currency, lineAsk, openLine } from './credit-lines.ts'
import { tradeCredit } from './flow.ts'
import { auto_release_days_max, auto_release_days_min, daysTerm } from './settings.ts'

const strict = { additionalProperties: false }
const tags = [tradeCredit.name]
const writing = { scope: 'agreements:write' } as const

const LimitBody = Type.Object({ own_limit: Type.Optional(limit), reason: Type.Optional(Reason) }, strict)
const LineBody = Type.Object({ retailer: Party, reason: Type.Optional(Reason) }, strict)
const EscrowBody = Type.Object(
  {
    order_id: Reference,
    retailer: Party,
    wholesaler: Party,
    amount: Amount,
    currency: Type.Optional(Type.Enum([credit_currency])),
    auto_release_days: Type.Optional(
      Type.Integer({ minimum: auto_release_days_min, maximum: auto_release_days_max }),
    ),
    reason: Type.Optional(Reason),
  },
  strict,
)

interface Escrow {
  readonly order_id: string
  readonly retailer: string
  readonly wholesaler: string
  readonly amount: number
  readonly auto_release_days?: number
  readonly reason?: string
}

export function companyRoutes(app: FastifyInstance, context: Context): void {
  app.post(
    '/company/credit-lines',
    {
      schema: {
        tags: [creditLine.name],
        summary: 'Open the credit line of a retailer',
        body: LineBody,
        querystring: DryRunQuery,
      },
      config: writing,
    },
    async (request, reply) => {
      const { retailer } = request.body as { retailer: string }
      const refusal = onlyStaff(request, 'open')
      if (refusal !== null) return reply.refuse(refusal)
      const ask = askFor(context, request, request.caller, lineAsk(context.config.company, retailer))
      if (isProblem(ask)) return reply.refuse(ask)
      return answer(context, request, reply, ask, { '/reference': '/retailer' })
    },
  )
  app.post<{ Params: { id: string } }>(
    '/company/credit-lines/:id/set-limit',
    {
      schema: {
        tags: [creditLine.name],
        summary: 'A limit of its own; without one, the limit for all again',
        body: LimitBody,
        querystring: DryRunQuery,
      },
      config: writing,
    },
    (request, reply) => {
      const id = readId(creditLine.id_prefix, request.params.id)
      if (id === null) return reply.refuse(noAgreement())
      const { own_limit = null } = request.body as { own_limit?: number | null }
      const ask = askFor(context, request, request.caller, {
        flow: creditLine.name,
        agreement: id,
        creation: null,
        transition: 'set_limit',
        input: { own_limit },
      })
      return isProblem(ask) ? reply.refuse(ask) : answer(context, request, reply, ask)
    },
  )
  app.post(
    '/company/escrow',
    {
      schema: {
        tags,
        summary: 'Put the money for an order aside, on the credit of its retailer',
        body: EscrowBody,
        querystring: DryRunQuery,
      },
      config: writing,
    },
    (request, reply) => hold(context, request, reply),
  )
}

/** The first order of a retailer opens its line. */
async function hold(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { order_id, retailer, wholesaler, amount, auto_release_days, reason } = request.body as Escrow
  const refusal = onlyStaff(request, 'create')
  if (refusal !== null) return reply.refuse(refusal)
  const { company } = context.config
  const twice = [company, retailer, wholesaler].find((name, i, all) => all.indexOf(name) !== i)
  if (twice !== undefined)
    return reply.refuse(
      problem('invalid_request', {
        pointer: retailer === company ? '/retailer' : '/wholesaler',
        reason: 'one person cannot be two parties',
      }),
    )
  const line = await openLine(context, retailer, request.caller.actor, {
    reason: reason ?? null,
    dry_run: isDryRun(request),
  })
  if (isProblem(line)) return reply.refuse(line)
  const ask = askFor(context, request, request.caller, {
    flow: tradeCredit.name,
    agreement: null,
    creation: {
      parties: { company, retailer, wholesaler },
      currency: credit_currency,
      amounts: { amount: fromJson(amount) },
      terms: auto_release_days === undefined ? {} : { auto_release_days: daysTerm(auto_release_days) },
      reference: order_id,
      under: line.id,
    },
    transition: 'create',
    input: {},
  })
  if (isProblem(ask)) return reply.refuse(ask)
  return answer(context, request, reply, ask, { '/reference': '/order_id' })
}

/** Looked at before a line is opened for somebody who may not. */
function onlyStaff({ caller }: FastifyRequest, transition: string): Problem | null {
  const { party } = caller.actor
  return party === null
    ? null
    : problem('not_your_transition', { transition, by: ['service', 'operator'], you_are: '' })
}
