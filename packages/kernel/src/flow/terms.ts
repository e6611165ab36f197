/** Flow: what a term can be: a percentage, a span, a sum of money per currency, a switch. */

import assert from 'node:assert/strict'
import type { SettableTerm, Term } from './define.ts'

export function isPercent(term: string): boolean {
  return term.endsWith('%')
}

export function isSpan(term: string): boolean {
  return /^\d+ (minutes|hours|days)$/.test(term)
}

export function isSwitch(term: string): boolean {
  return term === 'on' || term === 'off'
}

/** A sum per currency: `100.00 PHP, 1000 RWF`. */
export function isSum(term: string): boolean {
  return /^\d+(\.\d+)? [A-Z]{3,5}(, \d+(\.\d+)? [A-Z]{3,5})*$/.test(term)
}

/** "2.5%" is 250 basis points. */
export const basisPoints = remembered((percent: string): bigint => {
  const match = /^(\d+)(?:\.(\d{1,2}))?%$/.exec(percent)
  assert(match, `not a percentage: "${percent}"`)
  return BigInt(match[1] ?? '0') * 100n + BigInt((match[2] ?? '').padEnd(2, '0'))
})

const unit_ms = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const

/** "48 hours" in milliseconds. */
export const spanMs = remembered((span: string): number => {
  const match = /^(\d+) (minutes|hours|days)$/.exec(span)
  assert(match, `not a span: "${span}"`)
  return Number.parseInt(match[1] ?? '0', 10) * unit_ms[match[2] as keyof typeof unit_ms]
})

/** The default of a term, whether or not the marketplace may set it. */
export function defaultOf(term: Term | SettableTerm): Term {
  return typeof term === 'string' ? term : term.is
}

const remembered_max = 10_000

/** Terms are few and asked for at every transition: each text is read once. */
function remembered<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const value = known.get(text)
    if (value !== undefined) return value
    if (known.size >= remembered_max) known.clear()
    const fresh = read(text)
    known.set(text, fresh)
    return fresh
  }
}
