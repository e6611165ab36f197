/** Base: ids. UUIDv7 in the database, typed prefixes outside (`ord_01j…`). */

import { hash, randomFillSync } from 'node:crypto'
import { fromString, fromUUID, getType, toUUID } from 'typeid-js'

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

export const derived_ids_max = 255

/** The n-th id (1 to 255) that belongs to an id: a posting of an ask, a held account of an agreement. */
export function derivedId(id: string, n: number): string {
  return id.slice(0, 34) + n.toString(16).padStart(2, '0')
}

/** The same id for the same words, in every process: accounts of wallets, idempotency keys. */
export function idOf(...words: readonly string[]): string {
  const hex = hash('sha256', words.join('\u0000'), 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Ids that were shown or read lately, by UUID: an agreement is asked for several times in a row. */
const shown = new Map<string, string>()
const shown_max = 50_000

export function showId(prefix: string, uuid: string): string {
  return shown.get(uuid) ?? remember(uuid, fromUUID(uuid, prefix))
}

/** The UUID inside a typed id, or null where it is not an id of that type. */
export function readId(prefix: string, text: string): string | null {
  try {
    const id = fromString(text)
    if (getType(id) !== prefix) return null
    const uuid = toUUID(id)
    if (showId(prefix, uuid) !== text) return null
    return uuid
  } catch {
    return null
  }
}

function remember(uuid: string, text: string): string {
  if (shown.size >= shown_max) shown.clear()
  shown.set(uuid, text)
  return text
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
