/** Engine, pure: the postings of an event as the ledger writes them. Their ids derive from the ask. */

import { derivedId } from '../base/ids.ts'
import { transferOf, type Transfer } from '../ledger/post.ts'
import type { Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'
import type { Posted } from './plan.ts'

export function transfersOf(posted: readonly Posted[], ask: Ask, after: Agreement): Transfer[] {
  const { id: agreement, version } = after
  return posted.map((made, i) => {
    const id = derivedId(ask.id, i + 1)
    return transferOf({ ...made.posting, id, agreement, version, reference: null, at_ms: ask.now_ms }, made)
  })
}
