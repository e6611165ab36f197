/** Wallets: the freeze of a wallet, for operators and for who owns it. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { showId } from '@holdfast/kernel/ids.ts'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { answer, askFor } from '../http/ask-request.ts'
import type { Context } from '../http/context.ts'
import { walletFreeze } from '../system-flows/wallet-freeze/flow.ts'
import { cannotSee, walletAsk, type Named } from './asks.ts'

/** The freeze that stops a wallet now, as its id is kept, and how; undefined where none does. */
function openFreeze(
  { db }: Pick<Context, 'db'>,
  party: string,
  currency: string,
): Promise<OpenFreeze | undefined> {
  return db.maybeOne<OpenFreeze>(
    `select a.id, a.data ->> 'direction' as direction
     from agreement_parties p
     join agreements a on a.id = p.agreement_id
     where p.party = $1 and p.role = 'holder'
     and a.flow = $2 and a.state = 'frozen' and a.currency = $3
     order by a.id desc
     limit 1`,
    [party, walletFreeze.name, currency],
  )
}

interface OpenFreeze {
  readonly id: string
  readonly direction: string
}

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

/** A refusal about a frozen wallet with the id of its freeze; who may not see that is told neither. */
export async function withFreeze(context: Pick<Context, 'db'>, refusal: Problem): Promise<Problem> {
  const { code, details } = refusal
  const { wallet, currency } = details
  if (code !== 'wallet_frozen' || typeof wallet !== 'string' || typeof currency !== 'string') return refusal
  const open = await openFreeze(context, wallet, currency)
  if (open === undefined) return refusal
  return problem(code, { ...details, freeze: showId(walletFreeze.id_prefix, open.id) })
}
