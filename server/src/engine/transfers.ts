/** Engine, pure: the postings of an event as the ledger writes them. Their ids derive from the ask. */

import { derivedId } from '../base/ids.ts'
import { transferOf, type Transfer } from '../ledger/post.ts'
import type { Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'
import type { Posted } from './plan.ts'

export function transfersOf(
  posted: readonly Posted[],
  ask: Ask,
  { id: agreement, version }: Agreement,
): Transfer[] {
  return posted.map((made, i) => {
    const { from, to, amount, debit_code, credit_code } = made.posting
    const entry = {
      from,
      to,
      amount,
      debit_code,
      credit_code,
      id: derivedId(ask.id, i + 1),
      agreement,
      version,
    }
    return transferOf({ ...entry, reference: null, at_ms: ask.now_ms }, made)
  })
}
