/** Engine, pure: which accounts a flow's words mean in an agreement, and which of them a transition may touch. */

import assert from 'node:assert/strict'
import type { AccountRef, ReadFlow, ReadTransition } from '../flow/read.ts'
import {
  holdingAccountId,
  holding_purposes,
  newAccount,
  standing_owners,
  walletAccountId,
  type Account,
} from '../ledger/account.ts'
import { talliesOf } from '../ledger/post.ts'
import type { Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'

/** The accounts that an ask for a transition may touch or look at, for loading and locking them. */
export function accountsOf(
  flow: ReadFlow,
  agreement: Agreement,
  transition: ReadTransition,
  kind: Ask['kind'],
): Account[] {
  if (kind === 'reminder') return []
  const accounts: Account[] = []
  for (const move of kind === 'later' ? transition.later : transition.moves) {
    const from = accountOf(flow, agreement, move.from)
    accounts.push(from)
    if (!hasOwner(agreement, move.to.party)) continue
    const to = accountOf(flow, agreement, move.to)
    accounts.push(to)
    for (const { wallet } of talliesOf(from, to)) accounts.push(wallet)
  }
  for (const { condition } of transition.edges) {
    if (condition === null || typeof condition.at_most === 'string') continue
    accounts.push(accountOf(flow, agreement, condition.at_most))
  }
  for (const party of [transition.blocks, transition.unblocks]) {
    if (party !== null) accounts.push(accountOf(flow, agreement, { party, purpose: 'available' }))
  }
  return accounts
}

export function hasOwner(agreement: Agreement, party: string): boolean {
  return standing_owners.has(party) || agreement.parties[party] !== undefined
}

/** The id of the account that `buyer.held` means in this agreement. */
export function accountIdOf(flow: ReadFlow, agreement: Agreement, { party, purpose }: AccountRef): string {
  return holding_purposes.has(purpose)
    ? holdingAccountId(agreement.id, flow.parties.indexOf(party), purpose)
    : walletAccountId(ownerOf(agreement, party), purpose, agreement.currency)
}

/** The account that `buyer.held` means in this agreement, empty. */
export function accountOf(flow: ReadFlow, agreement: Agreement, ref: AccountRef): Account {
  const { party, purpose } = ref
  const id = accountIdOf(flow, agreement, ref)
  const owner = ownerOf(agreement, party)
  const { currency } = agreement
  if (!holding_purposes.has(purpose)) {
    return newAccount({ id, owner, purpose, currency, agreement: null, beneficiary: null })
  }
  const name = flow.flow.beneficiary
  const is_for =
    purpose === 'held' && name !== undefined && name !== party ? agreement.parties[name] : undefined
  return newAccount({ id, owner, purpose, currency, agreement: agreement.id, beneficiary: is_for ?? null })
}

function ownerOf(agreement: Agreement, party: string): string {
  const owner = standing_owners.has(party) ? party : agreement.parties[party]
  assert(owner !== undefined, `no party ${party} in this agreement`)
  return owner
}
