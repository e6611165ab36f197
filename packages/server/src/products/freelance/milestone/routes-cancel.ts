/** Freelance milestone: one path to cancel on; who asks, and how far the work is, say whose word it takes. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { readId } from '@holdfast/kernel/ids.ts'
import { isProblem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Actor } from '@holdfast/kernel/engine/ask.ts'
import { roleOf } from '@holdfast/kernel/engine/permissions.ts'
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
): Promise<FastifyReply> {
  const id = readId(freelanceMilestone.id_prefix, shown)
  const agreement = id === null ? null : await readAgreement(context, id)
  if (agreement === null || agreement.flow !== freelanceMilestone.name) return reply.refuse(noAgreement())
  const ask = askFor(context, request, request.caller, {
    flow: agreement.flow,
    agreement: agreement.id,
    creation: null,
    transition: waysOut(agreement, request.caller.actor),
    input: {},
  })
  return isProblem(ask) ? reply.refuse(ask) : answer(context, request, reply, ask)
}

/** Read before it is asked for: if the work is completed meanwhile, the ask is refused, never taken for another. */
function waysOut(agreement: Agreement, actor: Actor): string {
  const role = roleOf(actor, agreement)
  if (role === 'operator') return 'cancel_by_operator'
  const says_done = agreement.state === 'completed' || agreement.state === 'retained'
  return role === 'developer' || says_done ? 'cancel_together' : 'cancel_alone'
}
