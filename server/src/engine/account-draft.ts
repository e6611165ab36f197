/** Engine, pure: the accounts as one ask changes them: kept only when all of it is accepted. */

import { problem, type Problem } from '../base/problem.ts'
import type { AccountRef, ReadFlow } from '../flow/read.ts'
import type { Account, Block } from '../ledger/account.ts'
import type { Accounts } from '../ledger/post.ts'
import { accountIdOf, accountOf } from './accounts.ts'
import type { Agreement } from './agreement.ts'
import type { Draft } from './world.ts'

export class AccountDraft implements Accounts {
  readonly #draft: Draft
  readonly #flow: ReadFlow
  readonly #agreement: Agreement
  readonly #touched = new Map<string, Account>()

  constructor(draft: Draft, flow: ReadFlow, agreement: Agreement) {
    this.#draft = draft
    this.#flow = flow
    this.#agreement = agreement
  }

  /** The account that `buyer.held` means here, as it is now. */
  find(ref: AccountRef): Account {
    return (
      this.#known(accountIdOf(this.#flow, this.#agreement, ref)) ??
      accountOf(this.#flow, this.#agreement, ref)
    )
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
        direction: account.block,
        reason: 'it is frozen already',
      })
    }
    this.set({ ...account, block })
    return null
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
