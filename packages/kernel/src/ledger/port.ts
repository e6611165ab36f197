/**
 * Ledger: the port. What any ledger behind Holdfast can do; packages/kernel/test/ledger/suite.ts is what each must pass.
 *
 * A ledger works inside a transaction that its caller begins and ends. The ids of postings derive from the ask, so
 * that a ledger outside of our database can one day be told twice and post once.
 */

import type { Problem } from '../problem.ts'
import type { Account } from './account.ts'
import type { Posting, Transfer } from './post.ts'

/** A posting with what makes it a transfer: its id, the event that asks for it, its business reference, its instant. */
export interface Entry
  extends Posting, Pick<Transfer, 'id' | 'agreement' | 'version' | 'reference' | 'at_ms'> {}

export interface Ledger {
  /** Opens accounts that do not exist, at zero; those that do stay as they are. */
  open(accounts: readonly Account[]): Promise<void>
  /** Posts all entries, one after another, or none: then the problem of the first that cannot be posted. */
  post(entries: readonly Entry[]): Promise<readonly Transfer[] | Problem>
  /** Balances by account id, in minor units; accounts that were never opened are left out. */
  balances(accounts: readonly string[]): Promise<ReadonlyMap<string, bigint>>
  /** Transfers of a wallet, newest first, older than the transfer `before`. */
  history(wallet: string, before: string | null, limit: number): Promise<readonly Transfer[]>
  /** The transfer with this business reference. */
  find(reference: string): Promise<Transfer | null>
}
