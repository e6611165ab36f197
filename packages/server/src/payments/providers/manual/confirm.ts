/** By hand: an operator says what became of a payment. Nothing else ever changes one. */

import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { inRange, toJson } from '@holdfast/kernel/money/amount.ts'
import type { PaymentKind } from '../port.ts'
import type { ManualBook, ManualEntry, ManualState, Word } from './book.ts'

export interface Said extends Omit<Word, 'at_ms'> {
  readonly state: Exclude<ManualState, 'pending'>
  /** What really moved, where it is not what was wanted: minor units. */
  readonly amount: bigint | null
}

/** What may be said after what. That money came back can be said of money that had moved. */
const sayable: Readonly<Record<ManualState, readonly ManualState[]>> = {
  pending: ['succeeded', 'failed', 'expired'],
  succeeded: ['returned'],
  failed: [],
  expired: [],
  returned: [],
}

/**
 * Problems: `not_found`, `transition_not_open`, `reference_taken`, `invalid_request`, `amount_out_of_range`,
 * `amount_mismatch`. The same said again is fine. Within a transaction, as the book's `change`.
 */
export async function confirmManual(
  book: ManualBook,
  kind: PaymentKind,
  token: string,
  said: Said,
  now_ms: number,
): Promise<ManualEntry | Problem> {
  const entry = await book.find(kind, token)
  if (entry === null) return problem('not_found', { what: 'manual payment' })
  if (isSaid(entry, said)) return entry
  const refusal = whyNot(entry, said)
  if (refusal !== null) return refusal
  const after = changed(entry, said, now_ms)
  const outcome = await book.change(after, entry.state)
  if (outcome === 'changed') return after
  if (outcome === 'reference_taken') return problem('reference_taken', { reference: said.reference })
  const now = (await book.find(kind, token)) ?? entry
  return isSaid(now, said) ? now : notOpen(now)
}

/** What was left out then, and what is left out now, is not another word. */
function isSaid(entry: ManualEntry, { state, reference, amount, proof }: Said): boolean {
  const word = wordOf(entry)
  return (
    entry.state === state &&
    (reference ?? word?.reference) === word?.reference &&
    (proof ?? word?.proof) === word?.proof &&
    (amount ?? entry.amount) === entry.amount
  )
}

function wordOf({ state, said, returned }: ManualEntry): Word | null {
  return state === 'returned' ? returned : said
}

function whyNot(entry: ManualEntry, { state, reference, amount }: Said): Problem | null {
  if (!sayable[entry.state].includes(state)) return notOpen(entry)
  if (state === 'succeeded' && reference === null) {
    return problem('invalid_request', { pointer: '/reference', reason: 'money that moved has a reference' })
  }
  if (state === 'expired' && entry.kind !== 'pay_in') {
    return problem('invalid_request', { pointer: '/state', reason: 'only a pay-in expires' })
  }
  if (amount === null || amount === entry.amount) return null
  if (amount <= 0n || !inRange(amount)) return problem('amount_out_of_range', { pointer: '/amount' })
  // Only others can send us another amount than we want; what we send is what was wanted, or is not said yet.
  return state === 'succeeded' && entry.kind === 'pay_in'
    ? null
    : problem('amount_mismatch', { pointer: '/amount', expected: [toJson(entry.amount)] })
}

/** How it came back stands beside how it had moved. */
function changed(entry: ManualEntry, said: Said, now_ms: number): ManualEntry {
  const { state, amount, reference, proof, operator, reason } = said
  const word = { reference, proof, operator, reason, at_ms: now_ms }
  return state === 'returned'
    ? { ...entry, state, returned: word }
    : { ...entry, state, amount: amount ?? entry.amount, said: word }
}

function notOpen({ state }: ManualEntry): Problem {
  return problem('transition_not_open', { state, allowed: sayable[state] })
}
