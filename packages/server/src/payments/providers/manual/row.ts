/** By hand: an entry as its row in manual_payments. */

import type { ManualEntry, Word } from './book.ts'

export interface Row extends Pick<
  ManualEntry,
  'kind' | 'token' | 'our_reference' | 'method' | 'amount' | 'currency' | 'state'
> {
  readonly created_at: Date
  readonly reference: string | null
  readonly proof: string | null
  readonly operator: string | null
  readonly reason: string | null
  readonly said_at: Date | null
  readonly returned_reference: string | null
  readonly returned_proof: string | null
  readonly returned_operator: string | null
  readonly returned_reason: string | null
  readonly returned_at: Date | null
}

export const columns = `m.token, m.kind, m.our_reference, m.method, m.amount, m.currency, m.state, m.created_at,
  m.reference, m.proof, m.operator, m.reason, m.said_at,
  m.returned_reference, m.returned_proof, m.returned_operator, m.returned_reason, m.returned_at`

export function entryOf(row: Row): ManualEntry {
  const { kind, token, our_reference, method, amount, currency, state, created_at } = row
  return {
    kind,
    token,
    our_reference,
    method,
    amount,
    currency,
    state,
    created_ms: created_at.getTime(),
    said: wordOf(row.reference, row.proof, row.operator, row.reason, row.said_at),
    returned: wordOf(
      row.returned_reference,
      row.returned_proof,
      row.returned_operator,
      row.returned_reason,
      row.returned_at,
    ),
  }
}

function wordOf(
  reference: string | null,
  proof: string | null,
  operator: string | null,
  reason: string | null,
  at: Date | null,
): Word | null {
  if (operator === null || reason === null || at === null) return null
  return { reference, proof, operator, reason, at_ms: at.getTime() }
}
