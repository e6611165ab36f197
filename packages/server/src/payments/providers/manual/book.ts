/** By hand: the port of the book in which operators write what they saw on a statement or in a wallet. */

import type { Method, PaymentKind } from '../port.ts'

export type ManualState = 'pending' | 'succeeded' | 'failed' | 'expired' | 'returned'

export interface ManualEntry {
  readonly kind: PaymentKind
  /** Known by the token that it was asked for with: a UUID, one for all kinds. */
  readonly token: string
  readonly our_reference: string
  readonly method: Method
  /** Wanted at first; what really moved once an operator has said so. Minor units. */
  readonly amount: bigint
  readonly currency: string
  readonly state: ManualState
  readonly created_ms: number
  /** That it moved, or that it will not. */
  readonly said: Word | null
  /** That it came back after it had moved. */
  readonly returned: Word | null
}

/** What an operator wrote. */
export interface Word {
  /** The bank's or the wallet's own, as the operator read it. One reference confirms one payment of a kind. */
  readonly reference: string | null
  /** The id of the file that shows it. */
  readonly proof: string | null
  readonly operator: string
  readonly reason: string
  readonly at_ms: number
}

export interface ManualBook {
  /** The entry that is there under the token, or this one, now written. */
  open(entry: ManualEntry): Promise<ManualEntry>
  find(kind: PaymentKind, token: string): Promise<ManualEntry | null>
  /**
   * In place of the entry as it was read; not if somebody changed it meanwhile, or its reference confirms another.
   * Within a transaction, which goes on whatever comes of it.
   */
  change(entry: ManualEntry, was: ManualState): Promise<'changed' | 'changed_before' | 'reference_taken'>
  /** In the order of `created_ms` and token, after the cursor. */
  list(
    kind: PaymentKind,
    from_ms: number,
    to_ms: number,
    cursor: string | null,
  ): Promise<{ readonly entries: readonly ManualEntry[]; readonly cursor: string | null }>
}
