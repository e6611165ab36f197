/** Payments, reconciliation: the lines of a bank statement, and what was done by hand, held against each other. Pure. */

import { foldReference } from '@holdfast/kernel/ledger/outside-reference.ts'
import type { What } from './compare.ts'
import type { Line } from './statement.ts'

/** A transfer of the ledger between us and the outside that stands on nobody's word but an operator's. */
export interface ByHand {
  /** Of the transfer. */
  readonly id: string
  readonly agreement: string
  readonly at_ms: number
  /** Minor units, below zero where money went out. */
  readonly amount: bigint
  /** All that it may be called on a statement. */
  readonly references: readonly string[]
}

export interface BankPair {
  readonly line: Line | null
  readonly by_hand: ByHand | null
}

/**
 * Each line and each transfer in one pair. First those with the same reference and the same amount; then those with the
 * same reference, money in with money in: they differ.
 */
export function pairLines(lines: readonly Line[], by_hand: readonly ByHand[]): BankPair[] {
  const free = new Set(by_hand)
  const by_reference = new Map<string, ByHand[]>()
  for (const transfer of by_hand) {
    for (const reference of new Set(transfer.references.map(plain))) {
      by_reference.set(reference, [...(by_reference.get(reference) ?? []), transfer])
    }
  }
  const take = (line: Line, fits: (transfer: ByHand) => boolean) => {
    const named = wordsOf(line).flatMap((word) => by_reference.get(word) ?? [])
    const found = named.find((transfer) => free.has(transfer) && fits(transfer))
    if (found !== undefined) free.delete(found)
    return found ?? null
  }
  const equal = lines.map((line) => ({ line, by_hand: take(line, ({ amount }) => amount === line.amount) }))
  const paired = equal.map(({ line, by_hand: found }): BankPair => {
    const isSameWay = ({ amount }: ByHand) => amount > 0n === line.amount > 0n
    return { line, by_hand: found ?? take(line, isSameWay) }
  })
  return [...paired, ...[...free].map((transfer) => ({ line: null, by_hand: transfer }))]
}

export function judgeLine({ line, by_hand }: BankPair): 'matched' | What {
  if (line === null) return 'missing_there'
  if (by_hand === null) return 'missing_here'
  return line.amount === by_hand.amount ? 'matched' : 'different'
}

/**
 * The reference whole, then every word of the line, and a few words together: banks put what the payer wrote anywhere,
 * and spaces where they like.
 */
function wordsOf({ reference, description }: Line): string[] {
  const words = `${reference} ${description}`.split(/\s+/)
  const parts = words.flatMap((word) => [word, ...word.split(/[,;:|/]/)])
  const together = words.flatMap((_word, from) =>
    Array.from({ length: words_together_max - 1 }, (_, more) => words.slice(from, from + 2 + more).join('')),
  )
  return [...new Set([reference, description, ...parts, ...together].map(plain))].filter(
    (word) => word !== '',
  )
}

/** "FT 2026 0001" stands in a description as three words. */
const words_together_max = 4

/** Banks shout, and put points and brackets around what people write. */
function plain(text: string): string {
  return foldReference(text.trim().replaceAll(/^[.,;:()[\]"'#]+|[.,;:()[\]"']+$/g, ''))
}
