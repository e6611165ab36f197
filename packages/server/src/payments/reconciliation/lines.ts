/** Payments, reconciliation: lines of bank statements that have found their transfer. One line is one transfer, for good. */

import { uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Tx, Verbs } from '../../platform/postgres/database.ts'
import { judgeLine, type BankPair, type ByHand } from './compare-bank.ts'
import type { Line } from './statement.ts'

/** What was paired by runs before, and what is left to be paired. */
export interface Left {
  readonly paired: readonly BankPair[]
  readonly lines: readonly Line[]
  readonly by_hand: readonly ByHand[]
}

interface Row {
  readonly key: string
  readonly transfer_id: string
  readonly agreement_id: string
}

export async function leftToPair(
  db: Verbs,
  lines: readonly Line[],
  by_hand: readonly ByHand[],
): Promise<Left> {
  const rows = await db.any<Row>(
    `select key, transfer_id, agreement_id
     from reconciled_lines
     where key = any($1) or transfer_id = any($2)`,
    [uuid(lines, ({ key }) => key), uuid(by_hand, ({ id }) => id)],
  )
  const by_key = new Map(rows.map((row) => [row.key, row]))
  const taken = new Set(rows.map(({ transfer_id }) => transfer_id))
  return {
    paired: lines.flatMap((line) => {
      const row = by_key.get(line.key)
      return row === undefined ? [] : [{ line, by_hand: transferOf(row, line) }]
    }),
    lines: lines.filter(({ key }) => !by_key.has(key)),
    by_hand: by_hand.filter(({ id }) => !taken.has(id)),
  }
}

/** They were equal then, and neither ever changes. */
function transferOf({ transfer_id, agreement_id }: Row, { amount }: Line): ByHand {
  return { id: transfer_id, agreement: agreement_id, at_ms: 0, amount, references: [] }
}

export async function keepPaired(tx: Tx, run_id: string, pairs: readonly BankPair[]): Promise<void> {
  const matched = pairs.flatMap(({ line, by_hand }) =>
    line !== null && by_hand !== null && judgeLine({ line, by_hand }) === 'matched'
      ? [{ line, by_hand }]
      : [],
  )
  await tx.run(
    `insert into reconciled_lines (key, transfer_id, agreement_id, run_id)
     select *, $4
     from unnest($1::uuid[], $2::uuid[], $3::uuid[])
     on conflict do nothing`,
    [
      uuid(matched, ({ line }) => line.key),
      uuid(matched, ({ by_hand }) => by_hand.id),
      uuid(matched, ({ by_hand }) => by_hand.agreement),
      run_id,
    ],
  )
}
