/** Payment: its own routes: that money arrived, which in live mode is the provider's word or an operator's, not the marketplace's. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { needScope } from '../../../access/caller.ts'
import { scopeUnder } from '../../../access/scopes.ts'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem } from '@holdfast/kernel/problem.ts'
import type { FlowVersion } from '@holdfast/kernel/engine/product.ts'
import type { CompiledTransition } from '@holdfast/kernel/flow/compile.ts'
import { noAgreement } from '../../../http/agreements.ts'
import { answer, askFor, inputOf, type Body } from '../../../http/ask-request.ts'
import type { Context, Routes } from '../../../http/context.ts'
import { DryRunQuery, transitionBodyOf } from '../../../http/schemas.ts'
import { payment } from './flow.ts'
import { told_by_operators } from './product.ts'

interface Named {
  readonly id: string
}

export const paymentRoutes: Routes = (app: FastifyInstance, context: Context) => {
  const edition = context.registry.current.get(payment.name)
  // An engine for tests may run without this product.
  if (edition !== undefined) arrivalRoutes(app, context, edition, told_by_operators)
}

/** For all flows whose money comes in by a provider. */
export function arrivalRoutes(
  app: FastifyInstance,
  context: Context,
  edition: FlowVersion,
  names: readonly string[],
): void {
  for (const transition of edition.flow.transitions.values()) {
    if (!names.includes(transition.name)) continue
    app.post<{ Params: Named }>(
      transition.path.replace('{id}', ':id'),
      {
        schema: {
          tags: [edition.flow.name],
          summary: `${transition.says}: the service's word in the sandbox, an operator's anywhere`,
          body: transitionBodyOf(edition, transition),
          querystring: DryRunQuery,
        },
        config: { scope: 'agreements:write' },
      },
      (request, reply) => arrive(context, edition, transition, request, reply),
    )
  }
}

async function arrive(
  context: Context,
  edition: FlowVersion,
  transition: CompiledTransition,
  request: FastifyRequest<{ Params: Named }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { caller, body, params } = request
  const { flow } = edition
  const scope = scopeUnder(flow.name, caller.actor.kind)
  const lacking = scope === undefined ? null : needScope(caller, scope)
  if (lacking !== null) return reply.refuse(lacking)
  if (context.sandbox === null && caller.actor.kind === 'service')
    return reply.refuse(
      problem('not_your_transition', {
        transition: transition.name,
        by: ['operator'],
        reason: 'in live mode the provider says so, or an operator who has seen it',
      }),
    )
  const id = readId(flow.flow.id_prefix, params.id)
  if (id === null) return reply.refuse(noAgreement())
  const ask = askFor(context, request, caller, {
    flow: flow.name,
    agreement: id,
    creation: null,
    transition: transition.name,
    input: inputOf(edition, transition, (body ?? {}) as Body),
  })
  return isProblem(ask) ? reply.refuse(ask) : answer(context, request, reply, ask)
}
