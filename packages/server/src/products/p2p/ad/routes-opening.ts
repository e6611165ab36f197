/** P2P: an ad or an order is created with one of its creator's payment methods, looked up before it is asked for. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { isProblem } from '@holdfast/kernel/problem.ts'
import type { FlowVersion } from '@holdfast/kernel/engine/product.ts'
import { answer, askFor, type Body } from '../../../http/ask-request.ts'
import type { Context } from '../../../http/context.ts'
import { answered } from '../../../http/idempotent.ts'
import { openingOf } from '../../../http/creation.ts'
import { destinationOf } from './payment-methods.ts'

/** Creates with the payment method that `as`, the caller or whom the service names, has said for the foreign money. */
export async function openWithMethod(
  context: Context,
  edition: FlowVersion,
  as: 'maker' | 'taker',
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  // What was created before is answered as it was, whatever became of its ad and payment method.
  const repeated = await answered(context, request, reply)
  if (repeated !== null) return repeated
  const body = request.body as Body & { maker?: string; taker?: string; payment_method?: string }
  const person = request.caller.actor.party ?? body[as]
  const pay_to = await destinationOf(context.db, person, body.payment_method)
  if (pay_to !== undefined && isProblem(pay_to)) return reply.refuse(pay_to)
  const opening = await openingOf(
    context,
    edition,
    request,
    pay_to === undefined ? body : { ...body, pay_to },
  )
  if (isProblem(opening)) return reply.refuse(opening)
  const ask = askFor(context, request, request.caller, {
    flow: edition.flow.name,
    agreement: null,
    creation: opening.creation,
    transition: edition.flow.creation.name,
    input: opening.input,
  })
  return isProblem(ask) ? reply.refuse(ask) : answer(context, request, reply, ask)
}
