/** By hand: what an operator confirms came in under a reference, which counts once, whatever else it was counted by. */

import type { Tx, Verbs } from '../../../platform/postgres/database.ts'
import {
  foldReference,
  isSameMoney,
  seen_by_hand,
  type OutsideReference,
} from '@holdfast/kernel/ledger/outside-reference.ts'

/** By what else it has been counted: the engine would refuse it, after the operator has gone. */
export async function countedElsewhere(
  db: Verbs,
  reference: string,
  agreement: string | null,
): Promise<OutsideReference | null> {
  const spelling = foldReference(reference)
  const rows = await db.any<OutsideReference>(
    `select spelling, source, reference, flow, agreement_id as agreement
     from outside_references
     where spelling = $1
     and agreement_id is distinct from $2
     order by at`,
    [spelling, agreement],
  )
  return rows.find((one) => isSameMoney(one, { spelling, source: seen_by_hand })) ?? null
}

/** What had gone out and came back is told to the engine without a reference: it is counted here, with the operator's word. */
export async function countReturned(
  tx: Tx,
  returned: Pick<OutsideReference, 'reference' | 'flow' | 'agreement'>,
  now_ms: number,
): Promise<void> {
  const { reference, flow, agreement } = returned
  await tx.run(
    `insert into outside_references (spelling, source, reference, flow, agreement_id, at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing`,
    [foldReference(reference), seen_by_hand, reference, flow, agreement, new Date(now_ms)],
  )
}
