/** HTTP: what is asked about a wallet, and by whom: an agreement with one party, the wallet's owner. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { isParty } from '../access/caller.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Ask } from '@holdfast/kernel/engine/ask.ts'
import { currencies } from '@holdfast/kernel/money/currency.ts'
import { askFor } from '../http/ask-request.ts'
import { answerAsk } from '../payments/processor/checkout.ts'
import type { Context } from '../http/context.ts'

export interface Named {
  readonly party: string
  readonly currency: string
}

export function cannotSee({ caller }: FastifyRequest, { party, currency }: Partial<Named>): Problem | null {
  if (party === undefined || !isParty(party))
    return problem('invalid_request', { in: 'params', pointer: '/party', reason: 'not an id of a person' })
  if (currency !== undefined && !currencies.has(currency)) {
    return problem('invalid_request', {
      in: 'params',
      pointer: '/currency',
      reason: 'no such currency',
      allowed: [...currencies.keys()],
    })
  }
  const self = caller.actor.party
  return self === null || self === party ? null : problem('not_found', { what: 'wallet' })
}

/** A top-up, a sale or a freeze. */
export async function walletAsk(
  context: Context,
  request: FastifyRequest<{ Params: Named }>,
  reply: FastifyReply,
  flow: string,
  input: Ask['input'] = {},
): Promise<FastifyReply> {
  const refusal = cannotSee(request, request.params)
  if (refusal !== null) return reply.refuse(refusal)
  const { party, currency } = request.params
  const { amount, reference = null } = request.body as { amount?: number; reference?: string }
  const creation = {
    parties: { holder: party },
    currency,
    amounts: amount === undefined ? {} : { amount: BigInt(amount) },
    terms: {},
    reference,
  }
  const edition = context.registry.current.get(flow)
  if (edition === undefined) return reply.refuse(problem('not_found', { what: 'flow', flow }))
  const transition = edition.flow.creation.name
  const ask = askFor(context, request, request.caller, { flow, agreement: null, creation, transition, input })
  return isProblem(ask) ? reply.refuse(ask) : answerAsk(context, request, reply, ask)
}
