/** Routes of transitions that over HTTP only operators take: the service may take them too, but only as the provider's word. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { needScope } from '../access/caller.ts'
import { scopeUnder } from '../access/scopes.ts'
import { readId, showId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { FlowVersion } from '@holdfast/kernel/engine/product.ts'
import type { CompiledTransition } from '@holdfast/kernel/flow/compile.ts'
import { noAgreement } from '../http/agreements.ts'
import { answer, askFor, inputOf, type Body } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { readAgreement } from '../http/read-agreement.ts'
import { DryRunQuery, transitionBodyOf } from '../http/schemas.ts'
import { provider_payment_prefix, type ProviderPayment } from '../payments/processor/provider-payment.ts'
import { openOutcomes } from '../payments/processor/rows.ts'

type Request = FastifyRequest<{ Params: { readonly id: string } }>

export function operatorRoutes(
  app: FastifyInstance,
  context: Context,
  edition: FlowVersion,
  names: readonly string[],
): void {
  for (const transition of edition.flow.transitions.values()) {
    if (!names.includes(transition.name)) continue
    app.post<{ Params: { readonly id: string } }>(
      transition.path.replace('{id}', ':id'),
      {
        schema: {
          tags: [edition.flow.name],
          summary: `${transition.says}: an operator's word`,
          body: transitionBodyOf(edition, transition),
          querystring: DryRunQuery,
        },
        config: { scope: 'agreements:write' },
      },
      (request, reply) => take(context, edition, transition, request, reply),
    )
  }
}

/** Why the caller may not; null for an operator who may act under this flow. */
export function notForOperators(
  { caller }: FastifyRequest,
  flow: string,
  transition: string,
): Problem | null {
  if (caller.actor.kind !== 'operator')
    return problem('not_your_transition', { transition, by: ['operator'] })
  const scope = scopeUnder(flow, 'operator')
  return scope === undefined ? null : needScope(caller, scope)
}

async function take(
  context: Context,
  edition: FlowVersion,
  transition: CompiledTransition,
  request: Request,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { flow } = edition
  const { actor } = request.caller
  const id = readId(flow.flow.id_prefix, request.params.id)
  if (id === null) return reply.refuse(noAgreement())
  const refusal = notForOperators(request, flow.name, transition.name)
  if (refusal !== null)
    return reply.refuse((await isHidden(context, id, actor.party)) ? noAgreement() : refusal)
  const ask = askFor(context, request, request.caller, {
    flow: flow.name,
    agreement: id,
    creation: null,
    transition: transition.name,
    input: inputOf(edition, transition, (request.body ?? {}) as Body),
  })
  if (isProblem(ask)) return reply.refuse(ask)
  const { processor } = context.payments
  const endsByHand = transition.input['override'] !== undefined
  if (endsByHand) await processor.askAgain(id, ask_again_wait_ms_max)
  const done = await processor.hold(id, async () => {
    const open = endsByHand && ask.input['override'] !== true ? await openOutcomes(context.db, id) : []
    return open.length > 0
      ? reply.refuse(problem('provider_outcome_open', { payments: open.map(outcomeOf) }))
      : answer(context, request, reply, ask)
  })
  return (
    done ?? reply.refuse(problem('request_in_progress', { reason: 'the provider is being asked just now' }))
  )
}

/** An operator waits for the answer; a provider that is slower has not said that it is over. */
export const ask_again_wait_ms_max = 8_000

function outcomeOf({ id, provider, state, status }: ProviderPayment): object {
  return { payment: showId(provider_payment_prefix, id), provider, state, status }
}

/** Another's does not exist for a party. */
async function isHidden(context: Context, id: string, party: string | null): Promise<boolean> {
  if (party === null) return false
  const found = await readAgreement(context, id)
  return found === null || !Object.values(found.parties).includes(party)
}
