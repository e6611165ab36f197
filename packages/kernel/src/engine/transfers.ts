/** Engine, pure: the postings of an event as the ledger writes them. Their ids derive from the ask. */

import assert from 'node:assert/strict'
import { derivedId, showId } from '../ids.ts'
import { transferOf, type Transfer } from '../ledger/post.ts'
import type { Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'
import type { Posted } from './postings.ts'
import type { FlowVersion } from './product.ts'

export function transfersOf(
  posted: readonly Posted[],
  ask: Ask,
  after: Agreement,
  { flow }: FlowVersion,
  ids_from: number,
): Transfer[] {
  const { id: agreement, version } = after
  const { codes, id_prefix } = flow.flow
  return posted.map((made, i) => {
    const id = derivedId(ask.id, ids_from + i + 1)
    const form = codes[made.posting.credit_code]?.[2]
    const reference =
      form === undefined ? null : written(form, { ...after.data, id: showId(id_prefix, agreement) })
    return transferOf({ ...made.posting, id, agreement, version, reference, at_ms: ask.now_ms }, made)
  })
}

/** `PAYMENT-{payment_reference}`, written out. */
function written(form: string, fields: Readonly<Record<string, unknown>>): string {
  return form.replace(/\{(\w+)\}/g, (_, name: string) => {
    const field = fields[name]
    assert(typeof field === 'string', `no text ${name} for ${form}`)
    return field
  })
}
