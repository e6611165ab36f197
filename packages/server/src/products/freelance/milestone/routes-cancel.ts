/** Freelance milestone: one path to cancel on; who asks, and how far the work is, say whose word it takes. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Actor } from '@holdfast/kernel/engine/ask.ts'
import { roleOf } from '@holdfast/kernel/engine/permissions.ts'
import type { FlowVersion } from '@holdfast/kernel/engine/product.ts'
import { noAgreement } from '../../../http/agreements.ts'
import { answer, askFor } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { readAgreement } from '../../../http/read-agreement.ts'
import { freelanceMilestone } from './flow.ts'

export async function cancel(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  shown: string,
  kind: 'transition' | 'revoke' = 'transition',
): Promise<FastifyReply> {
  const id = readId(freelanceMilestone.id_prefix, shown)
  const agreement = id === null ? null : await readAgreement(context, id)
  if (agreement === null || agreement.flow !== freelanceMilestone.name) return reply.refuse(noAgreement())
  const { actor } = request.caller
  const transition = waysOut(await context.engine.flowVersion(agreement), agreement, actor, kind)
  const what = { flow: agreement.flow, agreement: agreement.id, creation: null, transition, input: {} }
  const ask = askFor(context, request, request.caller, what, kind)
  return isProblem(ask) ? reply.refuse(ask) : answer(context, request, reply, ask)
}

/**
 * Read before it is asked for: if the work is completed meanwhile, the ask is refused, never taken for another. From which
 * states the client may go alone, the flow says in the version that the milestone was agreed under.
 */
function waysOut(
  { flow }: FlowVersion,
  agreement: Agreement,
  actor: Actor,
  kind: 'transition' | 'revoke',
): string {
  const role = roleOf(actor, agreement)
  if (role === 'operator') return 'cancel_by_operator'
  if (role === 'developer' || kind === 'revoke') return 'cancel_together'
  const together = flow.transitions.get('cancel_together')?.from.has(agreement.state)
  const alone = flow.transitions.get('cancel_alone')?.from.has(agreement.state)
  return together && !alone ? 'cancel_together' : 'cancel_alone'
}
