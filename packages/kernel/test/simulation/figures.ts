/** Simulation: which arrow a transition takes, what it counts and what it works out, by the auditor's own reading. */

import assert from 'node:assert/strict'
import { balanceOf, type Facts } from './expected.ts'
import { bps, sumIn, type ArrowText, type TransitionText } from './flow-text.ts'

type Figures = Readonly<Record<string, bigint>>

/** Counted amounts after the transition: what leaves one comes into the other, and none is below zero. */
export function counted({ counts }: TransitionText, amounts: Figures): Record<string, bigint> {
  const now: Record<string, bigint> = {}
  for (const { amount, from, to } of counts) {
    const moved = amounts[amount] ?? 0n
    for (const [name, by] of [
      [from, -moved],
      [to, moved],
    ] as const) {
      if (name === '[*]') continue
      now[name] = (now[name] ?? amounts[name] ?? 0n) + by
      assert((now[name] ?? 0n) >= 0n, `${name} was counted below zero`)
    }
  }
  return now
}

/** The least of its operands, and never below nothing. */
export function workedOut({ works_out }: TransitionText, facts: Facts): Record<string, bigint> {
  const out: Record<string, bigint> = {}
  for (const [amount, operands] of works_out) {
    const values = operands.map((text) => operand(text, { ...facts, amounts: { ...facts.amounts, ...out } }))
    const least = values.reduce((a, b) => (b < a ? b : a))
    out[amount] = least < 0n ? 0n : least
  }
  return out
}

/** The first arrow whose condition holds. */
export function arrowFrom({ arrows }: TransitionText, state: string, facts: Facts): ArrowText | undefined {
  return arrows.find(({ from, condition }) => {
    if (from !== state || condition === null) return from === state
    const [is = '', most = ''] = condition.split(' <= ')
    return value(is, facts) <= value(most, facts)
  })
}

/** What left the wallet in the span, given back or not as the auditor knows it, is within the limit. */
export function checkLimit(
  { within }: TransitionText,
  facts: Facts,
  now_ms: number,
  span_ms: number,
  isRefunded: (agreement: string) => boolean,
): void {
  if (within === null) return
  const most = sumIn(facts.terms[within.limit] ?? '', facts.currency)
  if (most === null) return
  const left = facts.books.leftOf(facts.parties[within.of] ?? '', within.code, facts.currency)
  const spent = left
    .filter(({ at_ms, agreement }) => at_ms > now_ms - span_ms && !isRefunded(agreement))
    .reduce((sum, { amount }) => sum + amount, 0n)
  assert(spent <= most, `${spent} left within ${within.over}, where ${within.limit} is ${most}`)
}

function operand(text: string, facts: Facts): bigint {
  const [first = '', less] = text.split(' less ')
  const [share, of] = first.split(' of ')
  if (of !== undefined) return part(value(of, facts), facts.terms[share ?? ''] ?? share ?? '')
  const whole = value(first, facts)
  if (less === undefined) return whole
  const term = facts.terms[less]
  return whole - (term === undefined ? value(less, facts) : part(whole, term))
}

/** Rounded half up. */
function part(whole: bigint, percent: string): bigint {
  return whole <= 0n ? 0n : (whole * bps(percent) + 5_000n) / 10_000n
}

function value(text: string, facts: Facts): bigint {
  if (text.includes('.')) return balanceOf(text, facts)
  if (/^\d+$/.test(text)) return BigInt(text)
  return text === 'held' ? facts.held : (facts.amounts[text] ?? 0n)
}
