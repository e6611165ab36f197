/** Ledger, the pure part: what an account is, which id it has, and how low it may go. */

import { derivedId, idOf } from '../ids.ts'
import type { Purpose } from '../flow/define.ts'

/** Stops money into or out of an account; set by an operator. */
export type Block = 'none' | 'in' | 'out' | 'both'

export interface Account {
  readonly id: string
  readonly owner: string
  readonly purpose: Purpose
  readonly currency: string
  /** The agreement whose money this is, for held and payout accounts. */
  readonly agreement: string | null
  /** Whom held money is for, as far as one can say before it moves. */
  readonly beneficiary: string | null
  readonly balance: bigint
  /** Lifetime sums of a wallet, kept on its available account: from other parties, from outside, to outside. */
  readonly earned: bigint
  readonly paid_in: bigint
  readonly withdrawn: bigint
  readonly block: Block
}

/** Owners that no party may be called. */
export const standing_owners: ReadonlySet<string> = new Set(['platform', 'outside'])

/** Purposes whose accounts belong to one agreement, so that no agreement can spend another's money. */
export const holding_purposes: ReadonlySet<Purpose> = new Set<Purpose>(['held', 'payout'])

/** Purposes whose accounts belong to one agreement: those that hold its money, and what is owed by it. */
export const bound_purposes: ReadonlySet<Purpose> = new Set<Purpose>([...holding_purposes, 'debt'])

/** Accounts that stand for somebody else's money or promise may go below zero; all others may not. */
const floorless_purposes: ReadonlySet<Purpose> = new Set<Purpose>(['clearing', 'debt'])

/** Purposes whose accounts are one wallet, seen together, where they have the same owner. */
const wallet_purposes: ReadonlySet<Purpose> = new Set<Purpose>(['available', 'held', 'payout'])

export function inWallet({ owner, purpose }: Account): boolean {
  return owner !== 'outside' && wallet_purposes.has(purpose)
}

export function floorOf(purpose: Purpose): bigint | null {
  return floorless_purposes.has(purpose) ? null : 0n
}

/** Nobody pays back more than is owed. */
export function ceilingOf(purpose: Purpose): bigint | null {
  return purpose === 'debt' ? 0n : null
}

const wallet_ids = new Map<string, string>()
const wallet_ids_max = 50_000

/** The id of an owner's account that is not bound to an agreement: the same in every process. */
export function walletAccountId(owner: string, purpose: Purpose, currency: string): string {
  const words = `${owner}\u0000${purpose}\u0000${currency}`
  const known = wallet_ids.get(words)
  if (known !== undefined) return known
  const id = idOf(owner, purpose, currency)
  if (wallet_ids.size >= wallet_ids_max) wallet_ids.clear()
  wallet_ids.set(words, id)
  return id
}

/** The id of the wallet that an account is seen in: that of its owner's available account. */
export function walletOf({ id, owner, purpose, currency }: Account): string {
  return purpose === 'available' ? id : walletAccountId(owner, 'available', currency)
}

/** The available account of the same owner and currency, empty where it is another one than this. */
export function availableOf(account: Account): Account {
  const { owner, purpose, currency } = account
  if (purpose === 'available') return account
  return newAccount({
    id: walletOf(account),
    owner,
    purpose: 'available',
    currency,
    agreement: null,
    beneficiary: null,
  })
}

/** The id of an agreement's own account: derived from the agreement, so that it lies next to it in the index. */
export function boundAccountId(agreement: string, party_index: number, purpose: Purpose): string {
  if (purpose === 'debt') return derivedId(agreement, 200 + party_index)
  return derivedId(agreement, 1 + 2 * party_index + (purpose === 'payout' ? 1 : 0))
}

export function newAccount({
  id,
  owner,
  purpose,
  currency,
  agreement,
  beneficiary,
}: Pick<Account, 'id' | 'owner' | 'purpose' | 'currency' | 'agreement' | 'beneficiary'>): Account {
  const sums = { balance: 0n, earned: 0n, paid_in: 0n, withdrawn: 0n }
  return { id, owner, purpose, currency, agreement, beneficiary, ...sums, block: 'none' }
}
