/** Base: ids. UUIDv7 in the database, typed prefixes outside (`ord_01j…`). */

import assert from 'node:assert/strict'
import { hash, randomFillSync } from 'node:crypto'
import { fromString, fromUUID, toUUID } from 'typeid-js'

/**
 * A UUIDv7 whose last byte is zero: the room for what derives from it, see `derivedId`.
 * 62 random bits remain, less the 8 of the last byte.
 */
export function newId(now_ms: number, random: (bytes: number) => Buffer = randomBytes): string {
  const hex = random(9).toString('hex')
  const time = now_ms.toString(16).padStart(12, '0')
  const variant = ((Number.parseInt(hex.slice(3, 4), 16) & 0x3) | 0x8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 17)}00`
}

/** No id that was made at this instant or later is below this one. */
export function firstIdAt(ms: number): string {
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
}

const derived_ids_max = 255

/** The n-th id (1 to 255) that belongs to an id: a posting of an ask, a held account of an agreement. */
export function derivedId(id: string, n: number): string {
  assert(n >= 1 && n <= derived_ids_max, `an id has at most ${derived_ids_max} others that derive from it`)
  return id.slice(0, 34) + n.toString(16).padStart(2, '0')
}

/** The same id for the same words, in every process: accounts of wallets, idempotency keys. */
export function idOf(...words: readonly string[]): string {
  const hex = hash('sha256', words.join('\u0000'), 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Typed id ↔ UUID, for those shown or read lately: an agreement is asked for several times in a row. */
const typed_ids = new Map<string, string>()
const uuids = new Map<string, string>()
const remembered_max = 8_000

export function showId(prefix: string, uuid: string): string {
  const key = `${prefix} ${uuid}`
  const known = typed_ids.get(key)
  if (known !== undefined) return known
  const text: string = fromUUID(uuid, prefix)
  remember(key, uuid, text)
  return text
}

/** The UUID inside a typed id, or null where it is not an id of that type. */
export function readId(prefix: string, text: string): string | null {
  if (!text.startsWith(`${prefix}_`)) return null
  const known = uuids.get(text)
  if (known !== undefined) return known
  try {
    const uuid = toUUID(fromString(text))
    // One spelling for one id: what is not written as we would write it is not an id of ours.
    return showId(prefix, uuid) === text ? uuid : null
  } catch {
    return null
  }
}

function remember(key: string, uuid: string, text: string): void {
  if (typed_ids.size >= remembered_max) {
    typed_ids.clear()
    uuids.clear()
  }
  typed_ids.set(key, text)
  uuids.set(text, uuid)
}

const pool = Buffer.alloc(9 * 512)
let used = pool.length

function randomBytes(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.subarray(used - bytes, used)
}
