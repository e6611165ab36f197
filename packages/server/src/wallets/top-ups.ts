/** HTTP: money comes into a wallet: by a provider, or by the word of an operator who has seen it. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { needScope } from '../access/caller.ts'
import { isProblem } from '@holdfast/kernel/problem.ts'
import { OutsideReference, ProviderName } from '../system-flows/outside-reference.ts'
import { how_to_pay, howToPay, pay_in_shapes } from '../products/service-booking/payment/product.ts'
import { walletPayIn } from '../system-flows/wallet-pay-in/flow.ts'
import { walletTopUp } from '../system-flows/wallet-top-up/flow.ts'
import type { Body } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { Amount, DryRunQuery, Reason } from '../http/schemas.ts'
import { validate } from '../http/validation.ts'
import { walletAsk, type Named } from './asks.ts'

const strict = { additionalProperties: false }
const common = { amount: Amount, reason: Type.Optional(Reason) }
const ByOperator = Type.Object(
  { ...common, reference: OutsideReference, provider: Type.Optional(ProviderName) },
  strict,
)
const ByProvider = Type.Object({ ...common, method: pay_in_shapes.method, ...how_to_pay }, strict)
const TopUp = Type.Object(
  {
    ...ByProvider.properties,
    method: Type.Optional(ByProvider.properties.method),
    reference: Type.Optional(OutsideReference),
    provider: Type.Optional(ProviderName),
  },
  {
    ...strict,
    description:
      'With a method: the owner of the wallet pays by a provider. With a reference: an operator has seen the money',
  },
)

type Request = FastifyRequest<{ Params: Named }>

export function topUpRoutes(app: FastifyInstance, context: Context): void {
  app.post<{ Params: Named }>(
    '/v1/wallets/:party/:currency/top-ups',
    {
      schema: {
        tags: ['wallets'],
        summary: 'Money comes in: by a provider, or by an operator who has seen it',
        body: TopUp,
        querystring: DryRunQuery,
      },
      config: { scope: 'agreements:write' },
    },
    (request, reply) =>
      (request.body as Body)['method'] === undefined
        ? byOperator(context, request, reply)
        : byProvider(context, request, reply),
  )
}

function byOperator(
  context: Context,
  request: Request,
  reply: FastifyReply,
): Promise<FastifyReply> | FastifyReply {
  const refusal = needScope(request.caller, 'wallets:top_up') ?? validate(request, ByOperator, request.body)
  if (refusal !== null) return reply.refuse(refusal)
  const { provider } = request.body as { provider?: string }
  const input = provider === undefined ? {} : { provider }
  return walletAsk(context, request, reply, walletTopUp.name, input)
}

/** Begun here, and in the wallet when the provider says that it was paid. */
function byProvider(
  context: Context,
  request: Request,
  reply: FastifyReply,
): Promise<FastifyReply> | FastifyReply {
  const refusal = validate(request, ByProvider, request.body)
  if (refusal !== null) return reply.refuse(refusal)
  const input = howToPay(request.body as Body)
  return isProblem(input) ? reply.refuse(input) : walletAsk(context, request, reply, walletPayIn.name, input)
}
