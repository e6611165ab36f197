/** By hand: the operators' book in PostgreSQL. */

import assert from 'node:assert/strict'
import { isUniqueViolation, type Verbs } from '../../../platform/postgres/database.ts'
import type { ManualBook, ManualEntry, Word } from './book.ts'
import { columns, entryOf, type Row } from './row.ts'

/** Entries on a page of `list`. */
export const book_page_max = 100

export function tableBook(db: Verbs): ManualBook {
  const find: ManualBook['find'] = async (kind, token) => {
    const row = await db.maybeOne<Row>(
      `select ${columns} from manual_payments m where token = $1 and kind = $2`,
      [token, kind],
    )
    return row === undefined ? null : entryOf(row)
  }
  return {
    find,
    async open(entry) {
      const { token, kind, our_reference, method, amount, currency, state, created_ms } = entry
      await db.run(
        `insert into manual_payments (token, kind, our_reference, method, amount, currency, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (token) do nothing`,
        [token, kind, our_reference, method, amount, currency, state, new Date(created_ms)],
      )
      const there = await find(kind, token)
      assert(there !== null, 'one token is one payment, of one kind')
      return there
    },
    async change(entry, was) {
      await db.run('savepoint said')
      try {
        return (await write(db, entry, was)) ? 'changed' : 'changed_before'
      } catch (error) {
        if (!reference_indexes.has(isUniqueViolation(error) ?? '')) throw error
        await db.run('rollback to savepoint said')
        return 'reference_taken'
      }
    },
    async list(kind, from_ms, to_ms, cursor) {
      const rows = await db.any<Row>(
        `select ${columns}
         from manual_payments m
         where kind = $1
         and created_at >= $2
         and created_at < $3
         and ($4::uuid is null or (created_at, token) > (select created_at, token from manual_payments where token = $4))
         order by created_at, token
         limit $5`,
        [kind, new Date(from_ms), new Date(Math.min(to_ms, instant_ms_max)), cursor, book_page_max + 1],
      )
      const entries = rows.slice(0, book_page_max).map(entryOf)
      return { entries, cursor: rows.length > book_page_max ? (entries.at(-1)?.token ?? null) : null }
    },
  }
}

const reference_indexes: ReadonlySet<string> = new Set([
  'manual_payments_reference',
  'manual_payments_returned_reference',
])
/** The last that a date of JavaScript can say. */
const instant_ms_max = 8_640_000_000_000_000

/** False where it is not as it was read: whoever came first has changed it. */
async function write(
  db: Verbs,
  { token, amount, state, said, returned }: ManualEntry,
  was: string,
): Promise<boolean> {
  const changed = await db.run(
    `update manual_payments
     set amount = $3, state = $4, reference = $5, proof = $6, operator = $7, reason = $8, said_at = $9,
       returned_reference = $10, returned_proof = $11, returned_operator = $12, returned_reason = $13, returned_at = $14
     where token = $1 and state = $2`,
    [token, was, amount, state, ...valuesOf(said), ...valuesOf(returned)],
  )
  return changed === 1
}

function valuesOf(word: Word | null): unknown[] {
  if (word === null) return [null, null, null, null, null]
  return [word.reference, word.proof, word.operator, word.reason, new Date(word.at_ms)]
}
