/** Engine, pure: the accounts as one ask changes them: kept only when all of it is accepted. */

import { problem, type Problem } from '../problem.ts'
import type { AccountRef } from '../flow/compile.ts'
import type { Account, Block } from '../ledger/account.ts'
import type { Accounts } from '../ledger/post.ts'
import { accountIdOf, accountOf, resolveAccounts, type AgreementScope } from './accounts.ts'
import type { Draft } from './batch-state.ts'

/** Of so many debts, the oldest, is known what is owed, and so many are repaid at once: each is a posting, and their ids are few. */
export const debts_max = 90

export class AccountDraft implements Accounts {
  readonly #draft: Draft
  readonly #place: AgreementScope
  readonly #touched = new Map<string, Account>()

  constructor(draft: Draft, place: AgreementScope) {
    this.#draft = draft
    this.#place = place
  }

  /** The account that `buyer.held` means here, as it is now. */
  find(ref: AccountRef): Account {
    return this.#known(accountIdOf(this.#place, ref)) ?? accountOf(this.#place, ref)
  }

  /** What is there, or, of `debts`, what is owed. */
  balanceOf(ref: AccountRef): bigint {
    if (ref.purpose !== 'debts') return this.find(ref).balance
    return this.debts(ref).reduce((owed, { balance }) => owed - balance, 0n)
  }

  /** The open debts that `retailer.debts` means here, as they are now, oldest first, as many as are repaid at once. */
  debts(ref: AccountRef): Account[] {
    const all = resolveAccounts(this.#place, ref, (owner, currency) => this.#draft.debts(owner, currency))
    const open = all.map((account) => this.get(account)).filter(({ balance }) => balance < 0n)
    return open.slice(0, debts_max)
  }

  get(account: Account): Account {
    return this.#known(account.id) ?? account
  }

  set(account: Account): void {
    this.#touched.set(account.id, account)
  }

  /** Stops money into or out of a party's wallet. One freeze at a time, so that lifting it lifts no other. */
  stop(party: string, block: Block): Problem | null {
    const account = this.find({ party, purpose: 'available' })
    if (account.block !== 'none') {
      return problem('wallet_frozen', {
        wallet: account.owner,
        currency: account.currency,
        direction: account.block,
        reason: 'it is frozen already',
      })
    }
    this.set({ ...account, block })
    return null
  }

  /** Stops it in the other direction as well; the one stop is still lifted at once. */
  widen(party: string): Problem | null {
    const account = this.find({ party, purpose: 'available' })
    if (account.block === 'both' || account.block === 'none') {
      return problem('wallet_frozen', {
        wallet: account.owner,
        currency: account.currency,
        direction: account.block,
        reason: 'it is frozen both ways already',
      })
    }
    this.set({ ...account, block: 'both' })
    return null
  }

  /** Null where money may leave a party's wallet. */
  stoppedOut(party: string): Problem | null {
    const { block, owner, currency } = this.find({ party, purpose: 'available' })
    return block === 'out' || block === 'both'
      ? problem('wallet_frozen', { wallet: owner, currency, direction: 'out' })
      : null
  }

  /** Lets it flow again. */
  free(party: string): void {
    this.set({ ...this.find({ party, purpose: 'available' }), block: 'none' })
  }

  keep(): void {
    for (const account of this.#touched.values()) this.#draft.accounts.set(account.id, account)
  }

  #known(id: string): Account | undefined {
    return this.#touched.get(id) ?? this.#draft.account(id)
  }
}
