/**
 * Zones: the data of the package moment-timezone, of which we take the data alone: `name|abbreviations|offsets|indices|changes|population`,
 * where offsets are minutes west of UTC, changes minutes after the one before, and numbers are written to the base of 60.
 */

import { zoneWith, type Zone } from './transitions.ts'

export interface PackedData {
  readonly version: string
  readonly zones: readonly string[]
  /** `name|other name` */
  readonly links: readonly string[]
}

const minute_ms = 60_000
/** The package lists changes until then; what comes later follows the rule that Node knows, where both agree before. */
const listed_until_ms = Date.UTC(2037, 0, 1)

export function unpackZone(packed: string, nodeOffsetAt: Zone['offsetAt']): Zone {
  const [, , offsets = '', indices = '', changes = ''] = packed.split('|')
  const minutes = offsets.split(' ').map(toNumber)
  const offsets_ms = indices
    .split('')
    .map((digit) => 0 - Math.round((minutes[toNumber(digit)] ?? 0) * minute_ms))
  let at_ms_before = 0
  const at_ms = (changes === '' ? [] : changes.split(' ')).map(
    (change) => (at_ms_before = Math.round(at_ms_before + toNumber(change) * minute_ms)),
  )
  const last_ms = at_ms.at(-1) ?? -Infinity
  const known = zoneWith({ at_ms, offsets_ms, later: null })
  // A zone that changes its clocks to the end of the list goes on doing so.
  const goes_on =
    last_ms >= listed_until_ms &&
    at_ms.slice(-6).every((change_ms) => nodeOffsetAt(change_ms) === known.offsetAt(change_ms)) &&
    at_ms.slice(-6).every((change_ms) => nodeOffsetAt(change_ms - 1) === known.offsetAt(change_ms - 1))
  return goes_on ? zoneWith({ at_ms, offsets_ms, later: nodeOffsetAt }) : known
}

/** 0 to 9, a to z, A to X; after a point come sixtieths. */
function toNumber(text: string): number {
  const [, sign, whole = '', part = ''] = /^(-?)([^.]*)\.?(.*)$/.exec(text) ?? []
  let value = 0
  for (const digit of whole) value = 60 * value + digitOf(digit)
  let unit = 1
  for (const digit of part) value += digitOf(digit) * (unit /= 60)
  return sign === '-' ? -value : value
}

function digitOf(digit: string): number {
  const code = digit.charCodeAt(0)
  if (code > 96) return code - 87
  return code > 64 ? code - 29 : code - 48
}
