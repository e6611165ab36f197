/** Zones: a file of the system's zone data (RFC 9636), in the version with 64 bits, and the rule at its end. */

import { readRule } from './posix-rule.ts'
import { zoneWith, type Zone } from './transitions.ts'

const header_bytes = 44

/** Null for what is no such file. */
export function readTzif(file: Buffer): Zone | null {
  if (file.length < header_bytes || file.toString('latin1', 0, 4) !== 'TZif' || (file[4] ?? 0) < 0x32)
    return null
  // The first block has 32 bits and is there for old readers.
  const start = header_bytes + blockBytes(file, 0, 4)
  if (file.length < start + header_bytes) return null
  const [changes, types] = [count(file, start, 3), count(file, start, 4)]
  const body = start + header_bytes
  const types_at = body + changes * 9
  const offsetOf = (type: number) => file.readInt32BE(types_at + type * 6) * 1_000
  const at_ms = Array.from({ length: changes }, (_, i) => Number(file.readBigInt64BE(body + i * 8)) * 1_000)
  const indices = file.subarray(body + changes * 8, types_at)
  const footer = file.toString('latin1', body + blockBytes(file, start, 8))
  const [, rule = ''] = /^\n([^\n]*)\n/.exec(footer) ?? []
  if (types === 0) return null
  return zoneWith({ at_ms, offsets_ms: [offsetOf(0), ...[...indices].map(offsetOf)], later: readRule(rule) })
}

/** Of the header's six counts: UTC marks, standard marks, leap seconds, changes, types, letters. */
function count(file: Buffer, header: number, which: number): number {
  return file.readUInt32BE(header + 20 + which * 4)
}

function blockBytes(file: Buffer, header: number, time_bytes: number): number {
  const [utc, standard, leaps, changes, types, letters] = [0, 1, 2, 3, 4, 5].map((which) =>
    count(file, header, which),
  ) as [number, number, number, number, number, number]
  return changes * (time_bytes + 1) + types * 6 + letters + leaps * (time_bytes + 4) + standard + utc
}
