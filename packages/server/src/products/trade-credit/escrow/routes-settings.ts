/** Trade credit: how a retailer's sales pay back: read by all who may, changed by the retailer alone. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Actor } from '@holdfast/kernel/engine/ask.ts'
import { answer, askFor, isDryRun, sendJson } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { AmountOrZero, DryRunQuery, Reason } from '../../../http/schemas.ts'
import { fromJson } from '@holdfast/kernel/money/amount.ts'
import { creditLine } from '../line/flow.ts'
import { enabled, percentage } from '../line/product.ts'
import { findLine, openLine } from './credit-lines.ts'
import { personOf, queryOf } from './routes-whose.ts'
import { settingsRow } from './summaries.ts'

const strict = { additionalProperties: false }
const tags = [creditLine.name]

const Body = Type.Object(
  {
    enabled: Type.Optional(enabled),
    deduction_percentage: Type.Optional(percentage),
    minimum_balance_rwf: Type.Optional(AmountOrZero),
    max_daily_deduction_rwf: Type.Optional(
      Type.Union([AmountOrZero, Type.Null()], {
        description: '0: nothing is deducted. Null: no daily maximum',
      }),
    ),
    max_total_outstanding_rwf: Type.Optional(
      Type.Unknown({ description: 'The company sets it: refused here' }),
    ),
    reason: Type.Optional(Reason),
  },
  strict,
)
const PatchQuery = Type.Object({ ...DryRunQuery.properties, ...queryOf('retailer').properties }, strict)

interface Change {
  readonly enabled?: boolean
  readonly deduction_percentage?: number
  readonly minimum_balance_rwf?: number
  readonly max_daily_deduction_rwf?: number | null
  readonly max_total_outstanding_rwf?: unknown
}

/** Opens lines for those who set something before their first order. */
const desk: Actor = { kind: 'service', id: 'trade-credit', party: null }

export function settingsRoutes(app: FastifyInstance, context: Context): void {
  app.get(
    '/retailer/escrow/auto-deduct-settings',
    {
      schema: { tags, summary: 'How sales pay back', querystring: queryOf('retailer') },
      config: { scope: 'agreements:read' },
    },
    async (request, reply) => {
      const retailer = personOf(request, 'retailer')
      if (typeof retailer !== 'string') return reply.refuse(retailer)
      const line = await findLine(context, retailer)
      return sendJson(reply, 200, JSON.stringify(await settingsRow(context.db, retailer, line)))
    },
  )
  app.patch(
    '/retailer/escrow/auto-deduct-settings',
    {
      schema: { tags, summary: 'Change how sales pay back', body: Body, querystring: PatchQuery },
      config: { scope: 'agreements:write' },
    },
    (request, reply) => change(context, request, reply),
  )
}

async function change(context: Context, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const retailer = personOf(request, 'retailer')
  if (typeof retailer !== 'string') return reply.refuse(retailer)
  const body = request.body as Change
  const refusal = whyNot(request, body)
  if (refusal !== null) return reply.refuse(refusal)
  const line = await openLine(context, retailer, desk, { reason: null, dry_run: isDryRun(request) })
  if (isProblem(line)) return reply.refuse(line)
  const { minimum_balance_rwf, max_daily_deduction_rwf } = body
  const ask = askFor(context, request, request.caller, {
    flow: creditLine.name,
    agreement: line.id,
    creation: null,
    transition: 'change_settings',
    input: {
      ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
      ...(body.deduction_percentage === undefined ? {} : { deduction_percentage: body.deduction_percentage }),
      ...(minimum_balance_rwf === undefined ? {} : { minimum_balance: fromJson(minimum_balance_rwf) }),
      ...(max_daily_deduction_rwf === undefined ? {} : { max_daily: max_daily_deduction_rwf }),
    },
  })
  if (isProblem(ask)) return reply.refuse(ask)
  return answer(context, request, reply, ask)
}

function whyNot({ caller }: FastifyRequest, body: Change): Problem | null {
  if (caller.actor.party === null)
    return problem('not_your_transition', {
      transition: 'change_settings',
      by: ['retailer'],
      you_are: caller.actor.kind,
    })
  if (body.max_total_outstanding_rwf !== undefined)
    return problem('invalid_request', {
      pointer: '/max_total_outstanding_rwf',
      reason: 'the company sets this limit',
    })
  const { deduction_percentage: percent } = body
  if (percent !== undefined && !/^\d{1,3}(\.\d{1,2})?$/.test(String(percent)))
    return problem('invalid_request', {
      pointer: '/deduction_percentage',
      reason: 'two decimals at the most',
    })
  return null
}
