/**
 * HTTP: what a caller may hear. Whose wallet is frozen, and how, is for operators and for who owns it; so are the figures
 * of accounts. All refusals go through here, whatever route they come from.
 */

import type { Caller } from '../access/caller.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'

/** The refusal as it is, or, where it tells of somebody else's wallet, that it is not possible just now. */
export function tellable(refusal: Problem, caller: Caller | undefined): Problem {
  if (caller === undefined) return refusal
  const { code, details } = refusal
  const { wallet, account, owed: _figure, ...rest } = details
  if (code === 'wallet_frozen' && !maySeeWallet(caller, String(wallet))) return problem('not_possible_now')
  if (typeof account !== 'string' || maySeeAccount(caller, account)) return refusal
  return code === 'insufficient_funds' ? problem('not_possible_now') : problem(code, rest)
}

/** `ayesha.available`: whether what is there may be told. What an agreement holds, it shows to all of its parties itself. */
export function maySeeAccount(caller: Caller, account: string): boolean {
  const at = account.lastIndexOf('.')
  const purpose = account.slice(at + 1)
  return purpose === 'held' || purpose === 'payout' || maySeeWallet(caller, account.slice(0, at))
}

/** The marketplace's backend sees every wallet, but not what it hears in the name of a person. */
function maySeeWallet({ actor, scopes }: Caller, owner: string): boolean {
  return actor.party === null ? scopes.has('wallets:read') : actor.party === owner
}
