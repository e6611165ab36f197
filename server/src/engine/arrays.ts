/**
 * Engine: PostgreSQL arrays. A batch is one statement of long arrays, so how they are written decides how fast it is:
 * words of our own as array literals, all that comes from outside in the binary format, where nothing is escaped.
 * Formats: PostgreSQL documentation, 8.15 (array literals) and the source of array_recv and timestamptz_recv.
 */

const text_oid = 25
const jsonb_oid = 3802
const timestamptz_oid = 1184
const jsonb_version = 1
/** PostgreSQL counts microseconds from 2000-01-01. */
const epoch_ms = 946_684_800_000
const two_to_32 = 4_294_967_296

/** Values that need no quotes: ids, numbers, words of our own vocabulary. */
export function raw<Row>(rows: readonly Row[], of: (row: Row) => string | number | bigint | null): string {
  return `{${rows.map((row) => of(row) ?? 'null').join(',')}}`
}

export function text<Row>(rows: readonly Row[], of: (row: Row) => string | null): Buffer {
  return write(text_oid, rows.map(of), 0)
}

/** Rows whose value is JSON text already. */
export function jsonText<Row>(rows: readonly Row[], of: (row: Row) => string | null): Buffer {
  return write(jsonb_oid, rows.map(of), 1)
}

export function json<Row>(rows: readonly Row[], of: (row: Row) => unknown): Buffer {
  return jsonText(rows, (row) => {
    const value = of(row)
    return value === null ? null : JSON.stringify(value)
  })
}

/** Milliseconds of UTC as timestamptz. */
export function time<Row>(rows: readonly Row[], of: (row: Row) => number | null): Buffer {
  const values = rows.map(of)
  const buffer = Buffer.allocUnsafe(header_bytes + values.length * 12)
  let at = header(buffer, timestamptz_oid, values.length, values.includes(null))
  for (const ms of values) {
    at = buffer.writeInt32BE(ms === null ? -1 : 8, at)
    if (ms === null) continue
    const us = (ms - epoch_ms) * 1000
    at = buffer.writeInt32BE(Math.floor(us / two_to_32), at)
    at = buffer.writeUInt32BE(((us % two_to_32) + two_to_32) % two_to_32, at)
  }
  return buffer.subarray(0, at)
}

const header_bytes = 20

function write(oid: number, values: readonly (string | null)[], version_bytes: 0 | 1): Buffer {
  let bytes = header_bytes
  for (const value of values) bytes += 4 + version_bytes + (value === null ? 0 : Buffer.byteLength(value))
  const buffer = Buffer.allocUnsafe(bytes)
  let at = header(buffer, oid, values.length, values.includes(null))
  for (const value of values) {
    const length_at = at
    at += 4
    if (value === null) {
      buffer.writeInt32BE(-1, length_at)
      continue
    }
    if (version_bytes === 1) at = buffer.writeUInt8(jsonb_version, at)
    at += buffer.write(value, at)
    buffer.writeInt32BE(at - length_at - 4, length_at)
  }
  return buffer.subarray(0, at)
}

/** One dimension counted from 1; an empty array has none. */
function header(buffer: Buffer, oid: number, length: number, has_null: boolean): number {
  let at = buffer.writeInt32BE(length === 0 ? 0 : 1, 0)
  at = buffer.writeInt32BE(has_null ? 1 : 0, at)
  at = buffer.writeInt32BE(oid, at)
  if (length === 0) return at
  at = buffer.writeInt32BE(length, at)
  return buffer.writeInt32BE(1, at)
}
