/** A ledger in memory: the second adapter of the port, so that its suite says what a ledger is and not what PostgreSQL does. */

import { isProblem, type Problem } from '../../src/problem.ts'
import { newAccount, type Account } from '../../src/ledger/account.ts'
import { post, transferOf, type Transfer } from '../../src/ledger/post.ts'
import type { Entry, Ledger } from '../../src/ledger/port.ts'

export class MemoryLedger implements Ledger {
  #accounts = new Map<string, Account>()
  #transfers: Transfer[] = []

  open(accounts: readonly Account[]): Promise<void> {
    for (const account of accounts) {
      if (!this.#accounts.has(account.id)) this.#accounts.set(account.id, newAccount(account))
    }
    return Promise.resolve()
  }

  async post(entries: readonly Entry[]): Promise<readonly Transfer[] | Problem> {
    const draft = new Map(this.#accounts)
    const transfers: Transfer[] = []
    for (const entry of entries) {
      const after = post(
        {
          get: (account) => draft.get(account.id) ?? newAccount(account),
          set: (account) => void draft.set(account.id, account),
        },
        entry,
      )
      if (isProblem(after)) return after
      transfers.push(transferOf(entry, after))
    }
    const references = [...this.#transfers, ...transfers].flatMap(({ reference }) => reference ?? [])
    if (new Set(references).size < references.length) throw new Error('transfers_reference')
    this.#accounts = draft
    this.#transfers.push(...transfers)
    return transfers
  }

  balances(accounts: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
    const known = accounts.flatMap((id) => this.#accounts.get(id) ?? [])
    return Promise.resolve(new Map(known.map(({ id, balance }) => [id, balance])))
  }

  history(wallet: string, before: string | null, limit: number): Promise<readonly Transfer[]> {
    const rows = this.#transfers
      .filter(({ debit_wallet, credit_wallet }) => debit_wallet === wallet || credit_wallet === wallet)
      .filter(({ id }) => before === null || id < before)
      .toSorted((a, b) => (a.id < b.id ? 1 : -1))
    return Promise.resolve(rows.slice(0, limit))
  }

  find(reference: string): Promise<Transfer | null> {
    return Promise.resolve(this.#transfers.find((transfer) => transfer.reference === reference) ?? null)
  }
}
