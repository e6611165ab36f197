/** Payments, reconciliation: a bank statement as CSV, read exactly or not at all. Pure. */

import { isUtf8 } from 'node:buffer'
import { CsvError, parse } from 'csv-parse/sync'
import { idOf } from '@holdfast/kernel/ids.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { fromDecimal } from '../providers/decimal.ts'

export const statement_bytes_max = 4_194_304
export const statement_lines_max = 20_000
const cell_length_max = 1_000

export interface Line {
  /** The same for the same line of another copy of the statement. */
  readonly key: string
  /** As on the statement: 2026-03-15. */
  readonly date: string
  /** Minor units, below zero where money went out. */
  readonly amount: bigint
  readonly reference: string
  readonly description: string
}

/** Named by the first row, in any order; what is called otherwise is not read. */
const columns = ['date', 'amount', 'credit', 'debit', 'reference', 'description', 'currency'] as const
type Column = (typeof columns)[number]
type Cells = Readonly<Partial<Record<Column, string>>>

/** Problems: `invalid_request` with the line of the file, `payload_too_large`. */
export function readStatement(csv: string | Uint8Array, currency: string): readonly Line[] | Problem {
  if (csv.length > statement_bytes_max)
    return problem('payload_too_large', { bytes_max: statement_bytes_max })
  // Read with replacement characters, two different references would be one.
  if (typeof csv !== 'string' && !isUtf8(csv)) return bad(1, 'the statement is not UTF-8')
  const rows = rowsOf(csv)
  if (!Array.isArray(rows)) return rows
  const [header, ...records] = rows
  if (header === undefined) return bad(1, 'the file is empty')
  const names = header.cells.map((name) => name.trim().toLowerCase())
  const wrong = wrongHeader(names)
  if (wrong !== null) return bad(header.line, wrong)
  if (records.length === 0) return bad(header.line, 'there is no line below the names of the columns')
  if (records.length > statement_lines_max) return bad(header.line, `more than ${statement_lines_max} lines`)
  const lines: Line[] = []
  const seen = new Map<string, number>()
  for (const { line, cells } of records) {
    const read = lineOf(cellsOf(names, cells), currency)
    if (typeof read === 'string') return bad(line, read)
    const same = [read.date, read.amount.toString(), read.reference, read.description].join('\n')
    const nth = (seen.get(same) ?? 0) + 1
    seen.set(same, nth)
    // Two equal lines are two movements: the second is known as the second.
    lines.push({ ...read, key: idOf(currency, same, String(nth)) })
  }
  return lines
}

interface Row {
  /** Counted from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

function rowsOf(csv: string | Uint8Array): Row[] | Problem {
  try {
    const found = parse(csv, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      max_record_size: record_length_max,
    })
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- with `info`, the library gives this
    return (found as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      line: info.lines,
      cells: record,
    }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = (error as { lines?: number }).lines ?? 1
    return bad(line, error.message)
  }
}

const record_length_max = 16_384

function wrongHeader(names: readonly string[]): string | null {
  const twice = columns.find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined) return `two columns are called ${twice}`
  if (!names.includes('date')) return 'no column is called date'
  const has_sides = names.includes('credit') && names.includes('debit')
  if (names.includes('amount') === has_sides) return 'either a column amount, or the columns credit and debit'
  if (!names.includes('reference') && !names.includes('description'))
    return 'a column reference or description, by which lines are known'
  return null
}

function cellsOf(names: readonly string[], cells: readonly string[]): Cells {
  return Object.fromEntries(names.map((name, n) => [name, (cells[n] ?? '').trim()]))
}

/** What is wrong with it, in words, where it cannot be read. */
function lineOf(cells: Cells, currency: string): Omit<Line, 'key'> | string {
  const { date = '', reference = '', description = '' } = cells
  if (cells.currency !== undefined && cells.currency !== currency)
    return `the currency is "${cells.currency}", not ${currency}`
  if (!isDate(date)) return `"${date}" is no date like 2026-03-15`
  if (Math.max(reference.length, description.length) > cell_length_max)
    return `a text longer than ${cell_length_max} characters`
  const amount = amountOf(cells, currency)
  if (typeof amount === 'string') return amount
  return amount === 0n ? 'no money moved' : { date, amount, reference, description }
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

function amountOf({ amount, credit, debit }: Cells, currency: string): bigint | string {
  if (amount !== undefined) {
    const size = fromDecimal(amount.replace(/^-/, ''), currency)
    if (size === null) return `"${amount}" is no amount of ${currency} like -1250.50, without separators`
    return amount.startsWith('-') ? -size : size
  }
  const [came, went] = [credit, debit].map((text) => (text === '' ? 0n : fromDecimal(text ?? '', currency)))
  if (came === null || came === undefined) return `the credit "${credit}" is no amount of ${currency}`
  if (went === null || went === undefined) return `the debit "${debit}" is no amount of ${currency}`
  return came !== 0n && went !== 0n ? 'a credit and a debit in one line' : came - went
}

function bad(line: number, reason: string): Problem {
  return problem('invalid_request', { line, reason })
}
