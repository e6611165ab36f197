/**
 * Base: PostgreSQL arrays in the binary format. A batch is one statement of long arrays, so how they are written
 * decides how fast it is: in binary nothing is escaped here and nothing is parsed there.
 * Format: array_recv, uuid_recv and timestamptz_recv in PostgreSQL's source.
 */

type Column<Value> = <Row>(rows: readonly Row[], of: (row: Row) => Value | null) => Buffer

const header_bytes = 20
const null_length = -1

/** Ids, as their 16 bytes. */
export const uuid: Column<string> = fixed(2950, 16, writeUuid)
export const int: Column<number> = fixed(23, 4, (buffer, value, at) => buffer.writeInt32BE(value, at))
export const smallint: Column<number> = fixed(21, 2, (buffer, value, at) => buffer.writeInt16BE(value, at))
export const bigint: Column<bigint> = fixed(20, 8, (buffer, value, at) => buffer.writeBigInt64BE(value, at))
/** Milliseconds of UTC as timestamptz. */
export const time: Column<number> = fixed(1184, 8, writeTime)
export const text: Column<string> = varying(25, bytesOf, writeText)
/** Rows whose value is JSON text already. */
export const jsonText: Column<string> = varying(114, bytesOf, writeText)
export const bytes: Column<Uint8Array> = varying(17, (value) => value.length, writeBytes)

export function json<Row>(rows: readonly Row[], of: (row: Row) => unknown): Buffer {
  return jsonText(rows, (row) => {
    const value = of(row)
    return value === null ? null : JSON.stringify(value)
  })
}

function fixed<Value>(
  oid: number,
  bytes: number,
  put: (buffer: Buffer, value: Value, at: number) => void,
): Column<Value> {
  return (rows, of) => {
    const buffer = Buffer.allocUnsafe(header_bytes + rows.length * (4 + bytes))
    let at = header(buffer, oid, rows.length)
    for (const row of rows) {
      const value = of(row)
      at = buffer.writeInt32BE(value === null ? null_length : bytes, at)
      if (value === null) continue
      put(buffer, value, at)
      at += bytes
    }
    return buffer.subarray(0, at)
  }
}

function varying<Value>(
  oid: number,
  lengthOf: (value: Value) => number,
  put: (buffer: Buffer, value: Value, at: number) => number,
): Column<Value> {
  return (rows, of) => {
    const values = rows.map(of)
    let bytes = header_bytes
    for (const value of values) bytes += 4 + (value === null ? 0 : lengthOf(value))
    const buffer = Buffer.allocUnsafe(bytes)
    let at = header(buffer, oid, values.length)
    for (const value of values) {
      const written = value === null ? 0 : put(buffer, value, at + 4)
      buffer.writeInt32BE(value === null ? null_length : written, at)
      at += 4 + written
    }
    return buffer.subarray(0, at)
  }
}

function bytesOf(value: string): number {
  return Buffer.byteLength(value)
}

function writeText(buffer: Buffer, value: string, at: number): number {
  return buffer.write(value, at)
}

function writeBytes(buffer: Buffer, value: Uint8Array, at: number): number {
  buffer.set(value, at)
  return value.length
}

/** One dimension counted from 1, perhaps with nulls; an empty array has no dimension. */
function header(buffer: Buffer, oid: number, length: number): number {
  let at = buffer.writeInt32BE(length === 0 ? 0 : 1, 0)
  at = buffer.writeInt32BE(length === 0 ? 0 : 1, at)
  at = buffer.writeInt32BE(oid, at)
  if (length === 0) return at
  at = buffer.writeInt32BE(length, at)
  return buffer.writeInt32BE(1, at)
}

/** PostgreSQL counts microseconds from 2000-01-01. */
const epoch_ms = 946_684_800_000
const two_to_32 = 4_294_967_296

function writeTime(buffer: Buffer, ms: number, at: number): void {
  const us = (ms - epoch_ms) * 1000
  buffer.writeInt32BE(Math.floor(us / two_to_32), at)
  buffer.writeUInt32BE(((us % two_to_32) + two_to_32) % two_to_32, at + 4)
}

const dash = 45

function writeUuid(buffer: Buffer, id: string, at: number): void {
  let byte = at
  for (let i = 0; i < id.length; i += 2) {
    if (id.charCodeAt(i) === dash) i += 1
    buffer[byte] = (nibble(id.charCodeAt(i)) << 4) | nibble(id.charCodeAt(i + 1))
    byte += 1
  }
}

/** '0' to '9' are 48 to 57, 'a' to 'f' 97 to 102. */
function nibble(code: number): number {
  return code < 58 ? code - 48 : code - 87
}
