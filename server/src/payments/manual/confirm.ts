/** By hand: an operator says what became of a payment. Nothing else ever changes one. */

import { problem, type Problem } from '../../base/problem.ts'
import type { PaymentKind } from '../port.ts'
import type { ManualBook, ManualEntry, ManualState } from './book.ts'

export interface Said {
  readonly state: Exclude<ManualState, 'pending'>
  /** What it is called on the statement; money that moved has one. */
  readonly reference: string | null
  /** What really moved, where it is not what was wanted: minor units. */
  readonly amount: bigint | null
  readonly proof: string | null
  readonly operator: string
  readonly reason: string
}

/** What may be said after what. That money came back can be said of money that had moved. */
const sayable: Readonly<Record<ManualState, readonly ManualState[]>> = {
  pending: ['succeeded', 'failed', 'expired'],
  succeeded: ['returned'],
  failed: [],
  expired: [],
  returned: [],
}

/** Problems: `not_found`, `transition_not_open`, `reference_taken`, `invalid_request`. The same said again is fine. */
export async function confirmManual(
  book: ManualBook,
  kind: PaymentKind,
  token: string,
  said: Said,
  now_ms: number,
): Promise<ManualEntry | Problem> {
  const entry = await book.find(kind, token)
  if (entry === null) return problem('not_found', { payment: token })
  const after = changed(entry, said, now_ms)
  if (isSame(entry, after)) return entry
  if (!sayable[entry.state].includes(said.state)) return notOpen(entry)
  if (said.state === 'succeeded' && said.reference === null) {
    return problem('invalid_request', { field: 'reference', needed: 'money that moved has a reference' })
  }
  if (said.state === 'expired' && kind !== 'pay_in') {
    return problem('invalid_request', { field: 'state', needed: 'only a pay-in expires' })
  }
  if (after.amount <= 0n) return problem('amount_out_of_range', { field: 'amount' })
  const outcome = await book.change(after, entry.state)
  if (outcome === 'changed') return after
  if (outcome === 'reference_taken') return problem('reference_taken', { reference: said.reference })
  const now = await book.find(kind, token)
  if (now !== null && isSame(now, after)) return now
  return notOpen(now ?? entry)
}

function changed(entry: ManualEntry, said: Said, now_ms: number): ManualEntry {
  const { state, operator, reason } = said
  return {
    ...entry,
    state,
    operator,
    reason,
    amount: said.amount ?? entry.amount,
    reference: said.reference ?? entry.reference,
    proof: said.proof ?? entry.proof,
    settled_ms: state === 'succeeded' ? now_ms : entry.settled_ms,
  }
}

function isSame(a: ManualEntry, b: ManualEntry): boolean {
  return a.state === b.state && a.reference === b.reference && a.amount === b.amount
}

function notOpen(entry: ManualEntry): Problem {
  return problem('transition_not_open', { state: entry.state, sayable: sayable[entry.state] })
}
