/** HTTP: the answer to what a provider has to do with: given once the provider was asked, with the address where a person pays. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { isProblem } from '@holdfast/kernel/problem.ts'
import type { Ask } from '@holdfast/kernel/engine/ask.ts'
import { provider_payments_projection } from './projection.ts'
import { paymentsOf } from './rows.ts'
import { answer, isDryRun, sendJson } from '../../http/ask-request.ts'
import { withFreeze } from '../../wallets/open-freeze.ts'
import type { Context } from '../../http/context.ts'
import { storedAnswer } from '../../http/idempotent.ts'
import { readAgreement } from '../../http/read-agreement.ts'
import { anyId, showTo, sideOf } from '../../http/agreement-view.ts'

/** A person is waiting for the answer. Whatever the provider says later is read with the agreement. */
export const checkout_wait_ms_max = 8_000

/** As every ask is answered; where it creates an agreement of which a provider is to hear, with what that one said. */
export function answerAsk(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  ask: Ask,
): Promise<FastifyReply> {
  const isForProvider = ask.agreement === null && context.payments.callsFor(ask.flow)
  return (isForProvider ? answerWithCheckout : answer)(context, request, reply, ask)
}

async function answerWithCheckout(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  ask: Ask,
): Promise<FastifyReply> {
  if (isDryRun(request)) return answer(context, request, reply, ask)
  const verdict = await context.engine.ask(ask)
  if (verdict.outcome === 'refused') return reply.refuse(await withFreeze(context, verdict.problem))
  if (verdict.outcome === 'replayed') return sendRepeat(context, request, reply, verdict)
  const shown = await afterCalling(context, request, verdict.agreement.id)
  return sendJson(reply, verdict.status, shown === null ? verdict.body : JSON.stringify(shown))
}

/** The answer of before, where this is a repeat; null where it is none. */
export async function answeredWithCheckout(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | null> {
  const stored = await storedAnswer(context, request)
  if (stored === null) return null
  return isProblem(stored) ? reply.refuse(stored) : sendRepeat(context, request, reply, stored)
}

/** As it was answered the first time, but for the address, which may not have been known yet. */
async function sendRepeat(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, body }: { readonly status: number; readonly body: string },
): Promise<FastifyReply> {
  const before = JSON.parse(body) as Record<string, unknown>
  const id = anyId(context, String(before['id']))
  const now = id === null ? null : await afterCalling(context, request, id)
  const same = now === null ? body : JSON.stringify({ ...before, ...placeOf(now) })
  return sendJson(reply.header('Idempotent-Replayed', 'true'), status, same)
}

function placeOf({ checkout_url, provider }: Record<string, unknown>): Record<string, unknown> {
  return { checkout_url, provider }
}

/** Null where no provider has to do with it. */
async function afterCalling(
  context: Context,
  { caller }: FastifyRequest,
  id: string,
): Promise<Record<string, unknown> | null> {
  await context.projections.catchUp(provider_payments_projection)
  if ((await paymentsOf(context.db, id)).length === 0) return null
  await context.payments.processor.settleFor(id, checkout_wait_ms_max)
  const agreement = await readAgreement(context, id)
  if (agreement === null) return null
  const shown = showTo(caller, agreement, await context.engine.flowVersion(agreement))
  const side = sideOf(agreement, caller.actor.party)
  return side === null ? shown : { ...shown, your_side: side }
}
