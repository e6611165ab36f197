/** Payments: reading answers of others. Every field may be missing or of another type than was promised. */

/** The value at the end of the path; undefined where the path ends early. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value
  for (const name of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object that has the name
    here = (here as Readonly<Record<string, unknown>>)[name]
  }
  return here
}

/** The longest text of theirs that we keep: an id, a status, a reason. */
export const their_text_length_max = 500

/** A text that says something, cut to what we keep. Ids that came as numbers are texts as well. */
export function textAt(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, ...path)
  const text = typeof found === 'number' && Number.isSafeInteger(found) ? String(found) : found
  return typeof text === 'string' && text !== '' ? text.slice(0, their_text_length_max) : null
}

const id_length_max = 255

/** An id of theirs, whole. One that would lead elsewhere as part of a path is none. */
export function idAt(value: unknown, ...path: readonly string[]): string | null {
  const text = textAt(value, ...path)
  return text === null || text.length > id_length_max || /^\.{1,2}$/.test(text) ? null : text
}

export function arrayAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** A JSON integer of minor units, from zero up; null for everything else. */
export function minorAt(value: unknown, ...path: readonly string[]): bigint | null {
  const found = at(value, ...path)
  return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? BigInt(found) : null
}

/** Seconds of UTC as a number, or an instant as text, in milliseconds. */
export function instantAt(value: unknown, ...path: readonly string[]): number | null {
  const found = at(value, ...path)
  if (typeof found === 'number' && Number.isSafeInteger(found) && found > 0) return found * 1000
  const ms = typeof found === 'string' ? Date.parse(found) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}

/** Undefined where it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
