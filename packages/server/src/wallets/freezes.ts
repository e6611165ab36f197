/** Wallets: an operator freezes a wallet, or widens its freeze. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { isProblem } from '@holdfast/kernel/problem.ts'
import { answer, askFor } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { walletFreeze } from '../system-flows/wallet-freeze/flow.ts'
import { cannotSee, walletAsk, type Named } from './asks.ts'
import { openFreeze } from './open-freeze.ts'

/** Begins a freeze; where the wallet is stopped in the other direction only, that freeze is widened, and stays one. */
export async function freezeWallet(
  context: Context,
  request: FastifyRequest<{ Params: Named }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const refusal = cannotSee(request, request.params)
  if (refusal !== null) return reply.refuse(refusal)
  const { party, currency } = request.params
  const { direction } = request.body as { direction: string }
  const open = await openFreeze(context, party, currency)
  if (open === undefined || open.direction === 'both' || open.direction === direction)
    return walletAsk(context, request, reply, walletFreeze.name, { direction })
  const ask = askFor(context, request, request.caller, {
    flow: walletFreeze.name,
    agreement: open.id,
    creation: null,
    transition: 'widen',
    input: { direction: 'both' },
  })
  return isProblem(ask) ? reply.refuse(ask) : answer(context, request, reply, ask)
}
