/** The vendor's wallet: its statement as CSV (RFC 4180), page by page, so that a long one takes no more memory than a short one. */

import { stringify } from 'csv-stringify/sync'
import type { StatementRow } from '../../../ledger/statements.ts'
import { decimal } from '@holdfast/kernel/money/amount.ts'

export const export_rows_max = 1_000

const columns = [
  'id',
  'at',
  'type',
  'code',
  'side',
  'amount',
  'currency',
  'description',
  'available_after',
  'agreement',
] as const

const format = {
  record_delimiter: '\r\n',
  // A cell that begins like a formula is one to a spreadsheet: such get an apostrophe.
  escape_formulas: true,
  // Of line ends the library quotes only its own.
  quoted_match: /[\r\n]/,
}

/** Newest first. What is posted meanwhile is newer than the first row, so the export is as of its beginning. */
export async function* exportOf(
  /** A page of rows older than this one. */
  pageAfter: (before: string | null) => Promise<readonly StatementRow[]>,
  before: string | null,
  show: (row: StatementRow) => Readonly<Record<string, unknown>>,
): AsyncGenerator<string> {
  yield csv([columns])
  for (let last = before; ;) {
    const rows = await pageAfter(last)
    if (rows.length > 0) yield csv(rows.map((row) => cellsOf(row, show(row))))
    if (rows.length < export_rows_max) return
    last = rows.at(-1)?.id ?? null
  }
}

export function csv(records: readonly (readonly string[])[]): string {
  return stringify(
    records.map((record) => [...record]),
    format,
  )
}

/** Amounts as decimals with the currency's own digits; the rest as the API shows it. */
function cellsOf(
  { currency, amount, available_after }: StatementRow,
  shown: Readonly<Record<string, unknown>>,
): string[] {
  const cells: Readonly<Record<string, unknown>> = {
    ...shown,
    amount: decimal(amount, currency),
    available_after: available_after === null ? '' : decimal(available_after, currency),
  }
  return columns.map((column) => String(cells[column]))
}
