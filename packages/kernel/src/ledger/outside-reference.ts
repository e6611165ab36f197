/** Ledger, the pure part: what money from outside is known by there, and when two spellings are one reference. */

import { hash } from 'node:crypto'

/** What an operator saw, wherever it was. Nobody can say at whom, so it is compared with what all others brought. */
export const seen_by_hand = 'manual'

/** A reference that was counted: by whom the money was brought, and the agreement that counted it. */
export interface OutsideReference {
  /** As `foldReference` writes it. */
  readonly spelling: string
  /** A provider, a bank by its name, or `seen_by_hand`. */
  readonly source: string
  /** As it was written. */
  readonly reference: string
  readonly flow: string
  readonly agreement: string
}

/** Longer ones stand by their hash, since an index keeps only so much. */
const spelling_bytes_max = 800

/** People and banks put spaces and capitals where they like: "FT 2026 0001" is "ft20260001". */
export function foldReference(reference: string): string {
  const folded = reference.normalize('NFKC').replaceAll(/\s/gu, '').toLowerCase()
  return Buffer.byteLength(folded) <= spelling_bytes_max ? folded : hash('sha256', folded, 'hex')
}

/** Whether the two are one movement of money, as far as their references tell. */
export function isSameMoney(
  one: Pick<OutsideReference, 'spelling' | 'source'>,
  other: Pick<OutsideReference, 'spelling' | 'source'>,
): boolean {
  const same_place =
    one.source === other.source || one.source === seen_by_hand || other.source === seen_by_hand
  return same_place && one.spelling === other.spelling
}
