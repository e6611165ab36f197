/** Engine, pure: which accounts a flow's words mean in an agreement, and which of them a transition may touch. */

import assert from 'node:assert/strict'
import type { AccountRef, CompiledFlow, CompiledTransition, Value } from '../flow/compile.ts'
import {
  bound_purposes,
  boundAccountId,
  newAccount,
  standing_owners,
  walletAccountId,
  type Account,
} from '../ledger/account.ts'
import { talliesOf } from '../ledger/post.ts'
import type { Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'

/** An agreement, its flow, and what it was opened under: enough to know what its words mean. */
export interface AgreementScope {
  readonly flow: CompiledFlow
  readonly agreement: Agreement
  readonly above: AgreementScope | null
}

/** The open debts of an owner, oldest first. */
export type Debts = (owner: string, currency: string) => readonly Account[]

/** The open debts among these accounts. */
export function debtsAmong(accounts: Iterable<Account>): Debts {
  const open = [...accounts].filter(({ purpose, balance }) => purpose === 'debt' && balance < 0n)
  return (owner, currency) =>
    open
      .filter((account) => account.owner === owner && account.currency === currency)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** The accounts that an ask for a transition may touch or look at, for loading and locking them. */
export function accountsOf(
  place: AgreementScope,
  transition: CompiledTransition,
  kind: Ask['kind'],
  debts: Debts,
): Account[] {
  if (kind === 'reminder' || kind === 'revoke') return []
  const accounts: Account[] = []
  for (const move of kind === 'later' ? transition.later : transition.moves) {
    const from = accountOf(place, move.from)
    accounts.push(from)
    if (!hasOwner(place, move.to.party)) continue
    for (const to of resolveAccounts(place, move.to, debts)) {
      accounts.push(to)
      for (const { wallet } of talliesOf(from, to)) accounts.push(wallet)
    }
  }
  for (const ref of accountsLookedAt(transition)) accounts.push(...resolveAccounts(place, ref, debts))
  for (const party of [transition.blocks, transition.unblocks, transition.sends_out]) {
    if (party !== null) accounts.push(accountOf(place, { party, purpose: 'available' }))
  }
  const { above } = place
  for (const { transition: name } of transition.drives) {
    const driven = above?.flow.transitions.get(name)
    if (above !== null && driven !== undefined)
      accounts.push(...accountsOf(above, driven, 'transition', debts))
  }
  return accounts
}

/** Accounts whose balance decides something, beside those that are moved. */
export function accountsLookedAt({ edges, works_out, looks_at }: CompiledTransition): AccountRef[] {
  const values: Value[] = [
    ...edges.flatMap(({ condition }) => (condition === null ? [] : [condition.at_most])),
    ...works_out.flatMap(({ operands }) => operands.map(({ value }) => value)),
    ...looks_at,
  ]
  return values.flatMap((value) => (typeof value === 'string' ? [] : [value]))
}

/** Whether a transition needs to know what somebody owes, and who. */
export function debtorsIn(transition: CompiledTransition): string[] {
  const moved = [...transition.moves, ...transition.later].map(({ to }) => to)
  const refs = [...moved, ...accountsLookedAt(transition)]
  return refs.flatMap(({ party, purpose }) => (purpose === 'debts' ? [party] : []))
}

export function hasOwner({ agreement, flow }: AgreementScope, party: string): boolean {
  return standing_owners.has(party) || agreement.parties[party] !== undefined || party === flow.under?.as
}

/** The accounts that the words mean: one, but for `debts`. */
export function resolveAccounts(place: AgreementScope, ref: AccountRef, debts: Debts): readonly Account[] {
  if (ref.purpose !== 'debts') return [accountOf(place, ref)]
  const { agreement } = place
  const open = debts(ownerOf(agreement, ref.party), agreement.currency)
  const { debt } = agreement.data
  return typeof debt === 'string' ? open.filter((account) => account.agreement === debt) : open
}

/** The id of the account that `buyer.held` means in this agreement. */
export function accountIdOf(place: AgreementScope, { party, purpose }: AccountRef): string {
  const { flow, agreement, above } = place
  if (party === flow.under?.as) return accountIdOf(...aboveAs(above, purpose))
  return bound_purposes.has(purpose)
    ? boundAccountId(agreement.id, flow.parties.indexOf(party), purpose)
    : walletAccountId(ownerOf(agreement, party), purpose, agreement.currency)
}

/** The account that `buyer.held` means in this agreement, empty. */
export function accountOf(place: AgreementScope, ref: AccountRef): Account {
  const { party, purpose } = ref
  const { flow, agreement, above } = place
  if (party === flow.under?.as) return accountOf(...aboveAs(above, purpose))
  const id = accountIdOf(place, ref)
  const owner = ownerOf(agreement, party)
  const { currency } = agreement
  if (!bound_purposes.has(purpose)) {
    return newAccount({ id, owner, purpose, currency, agreement: null, beneficiary: null })
  }
  const name = flow.flow.beneficiary
  const is_for =
    purpose === 'held' && name !== undefined && name !== party ? agreement.parties[name] : undefined
  return newAccount({ id, owner, purpose, currency, agreement: agreement.id, beneficiary: is_for ?? null })
}

/** The name of what an agreement was opened under stands for the first party there. */
function aboveAs(above: AgreementScope | null, purpose: AccountRef['purpose']): [AgreementScope, AccountRef] {
  const [party] = above?.flow.parties ?? []
  assert(above !== null && party !== undefined, 'this agreement was opened under none')
  return [above, { party, purpose }]
}

function ownerOf(agreement: Agreement, party: string): string {
  const owner = standing_owners.has(party) ? party : agreement.parties[party]
  assert(owner !== undefined, `no party ${party} in this agreement`)
  return owner
}
