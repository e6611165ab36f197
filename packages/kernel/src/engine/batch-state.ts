/**
 * Engine, pure: what was loaded for a batch, what the batch writes, and the drafts between the two.
 */

import type { Account } from '../ledger/account.ts'
import type { OutsideReference } from '../ledger/outside-reference.ts'
import type { Transfer } from '../ledger/post.ts'
import type { Debts } from './accounts.ts'
import type { Agreement } from './agreement.ts'
import type { AgreementEvent, StoredAnswer } from './ask.ts'

/** What left a wallet lately, see `within` in a flow: by which agreement, how much, when. */
export interface Outgoing {
  readonly agreement: string
  readonly amount: bigint
  readonly at_ms: number
}

/** The agreement that has a reference, and whose it is. */
export type Referred = Pick<Agreement, 'id' | 'flow' | 'parties'>

/** What was loaded for a batch. Nothing in it is changed; `decide` works on drafts. */
export interface BatchState {
  readonly agreements: ReadonlyMap<string, Agreement>
  readonly accounts: ReadonlyMap<string, Account>
  readonly answers: ReadonlyMap<string, StoredAnswer>
  /** Business references in use, as `referenceKey` writes them, and what has each. */
  readonly references: ReadonlyMap<string, Referred>
  /** What money from outside was counted under, by its spelling. */
  readonly outside: ReadonlyMap<string, readonly OutsideReference[]>
  /** Flow → the terms of the fee schedule in force. */
  readonly schedules: ReadonlyMap<string, Readonly<Record<string, string>>>
  readonly debts: Debts
  /** By `outgoingKey`: what left a wallet and was not given back. */
  readonly outgoings: ReadonlyMap<string, readonly Outgoing[]>
}

/** A world in which nobody owes anything and nothing left lately. */
export const no_debts: Debts = () => []
export const no_outgoings: BatchState['outgoings'] = new Map()
export const no_references: BatchState['references'] = new Map()
export const no_outside: BatchState['outside'] = new Map()

export interface Job {
  readonly name: string
  readonly agreement: string
  readonly transition: string
}

/** Everything that a batch writes, in one transaction. */
export interface WriteSet {
  readonly agreements: ReadonlyMap<string, Agreement>
  readonly accounts: ReadonlyMap<string, Account>
  readonly transfers: readonly Transfer[]
  readonly events: readonly AgreementEvent[]
  readonly answers: ReadonlyMap<string, StoredAnswer>
  readonly outside: readonly OutsideReference[]
  readonly jobs: readonly Job[]
}

export function referenceKey(flow: string, reference: string, scope: string | null): string {
  return `${flow}\u0000${scope ?? ''}\u0000${reference}`
}

export function outgoingKey(wallet: string, code: string): string {
  return `${wallet} ${code}`
}

/** The drafts that the asks of one batch work on, one after another. */
export class Draft {
  readonly agreements = new Map<string, Agreement>()
  readonly accounts = new Map<string, Account>()
  readonly answers = new Map<string, StoredAnswer>()
  readonly references = new Map<string, Referred>()
  readonly outside: OutsideReference[] = []
  readonly transfers: Transfer[] = []
  readonly events: AgreementEvent[] = []
  readonly jobs: Job[] = []
  readonly loaded: BatchState
  readonly #base: Draft | null

  constructor(world: BatchState, base: Draft | null = null) {
    this.loaded = world
    this.#base = base
  }

  agreement(id: string): Agreement | undefined {
    return this.agreements.get(id) ?? (this.#base ? this.#base.agreement(id) : this.loaded.agreements.get(id))
  }

  account(id: string): Account | undefined {
    return this.accounts.get(id) ?? (this.#base ? this.#base.account(id) : this.loaded.accounts.get(id))
  }

  /** What has a business reference, in this batch too. */
  referred(key: string): Referred | undefined {
    return (
      this.references.get(key) ?? (this.#base ? this.#base.referred(key) : this.loaded.references.get(key))
    )
  }

  /** What money from outside was counted under that is spelt like this, in this batch too. */
  outsideReferences(spelling: string): readonly OutsideReference[] {
    const before = this.#base
      ? this.#base.outsideReferences(spelling)
      : (this.loaded.outside.get(spelling) ?? [])
    const here = this.outside.filter((one) => one.spelling === spelling)
    return here.length === 0 ? before : [...before, ...here]
  }

  /** The debts of an owner, oldest first: those that were loaded, and those that arose in this batch. */
  debts(owner: string, currency: string): readonly Account[] {
    const known = this.#base ? this.#base.debts(owner, currency) : this.loaded.debts(owner, currency)
    const ids = new Set(known.map(({ id }) => id))
    const here = [...this.accounts.values()].filter(
      (account) =>
        account.purpose === 'debt' &&
        account.owner === owner &&
        account.currency === currency &&
        !ids.has(account.id),
    )
    return here.length === 0 ? known : [...known, ...here].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Transfers of this batch so far. */
  posted(): readonly Transfer[] {
    return this.#base ? [...this.#base.posted(), ...this.transfers] : this.transfers
  }

  /** A draft over this one: what happens there counts here once it is kept. */
  fork(): Draft {
    return new Draft(this.loaded, this)
  }

  keep(): void {
    const base = this.#base
    if (base === null) return
    for (const [id, agreement] of this.agreements) base.agreements.set(id, agreement)
    for (const [id, account] of this.accounts) base.accounts.set(id, account)
    for (const [key, referred] of this.references) base.references.set(key, referred)
    base.outside.push(...this.outside)
    base.transfers.push(...this.transfers)
    base.events.push(...this.events)
    base.jobs.push(...this.jobs)
  }
}
