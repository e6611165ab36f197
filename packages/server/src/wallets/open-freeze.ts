/** Wallets: the freeze that stops a wallet now, and its id in a refusal. */

import { showId } from '@holdfast/kernel/ids.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Context } from '../http/context.ts'
import { walletFreeze } from '../system-flows/wallet-freeze/flow.ts'

/** The freeze that stops a wallet now, as its id is kept, and how; undefined where none does. */
export function openFreeze(
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

/** A refusal about a frozen wallet with the id of its freeze; who may not see that is told neither. */
export async function withFreeze(context: Pick<Context, 'db'>, refusal: Problem): Promise<Problem> {
  const { code, details } = refusal
  const { wallet, currency } = details
  if (code !== 'wallet_frozen' || typeof wallet !== 'string' || typeof currency !== 'string') return refusal
  const open = await openFreeze(context, wallet, currency)
  if (open === undefined) return refusal
  return problem(code, { ...details, freeze: showId(walletFreeze.id_prefix, open.id) })
}
