/** Demo: what was expected, what the engine answered, and whether they are the same. Every number passes through here. */

import { isDeepStrictEqual } from 'node:util'
import { display, toJson } from '@holdfast/kernel/money/amount.ts'

export interface Check {
  readonly what: string
  /** With a currency both sides are minor units of it. */
  readonly expected: unknown
  readonly got: unknown
  readonly ok: boolean
  readonly currency?: string
}

export function compare(what: string, expected: unknown, got: unknown): Check {
  return { what, expected, got: jsonOf(got), ok: isDeepStrictEqual(got, expected) }
}

/** An amount as the API answered it, that is as a JSON number, against what it should be. */
export function compareAmount(what: string, currency: string, expected: bigint, got: unknown): Check {
  return { ...compare(what, toJson(expected), got), currency }
}

/** A side of a check as a person reads it. */
export function told(value: unknown, currency?: string): string {
  if (currency !== undefined && typeof value === 'number' && Number.isSafeInteger(value)) {
    return display(BigInt(value), currency)
  }
  if (value === null) return 'none'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((part) => told(part)).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** JSON has no undefined: what is missing from an answer must not vanish from the report. */
function jsonOf(value: unknown): unknown {
  return value === undefined ? '(missing)' : value
}
