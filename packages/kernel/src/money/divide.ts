/** Money, room 1: dividing so that the parts are the whole, at once or over many partial releases. */

import assert from 'node:assert/strict'

/** Basis points (10,000 are the whole), or `rest`: what the others leave. */
export type Share = bigint | 'rest'

const whole_bps = 10_000n

/**
 * Parts of `total`, one per share, in order. Shares are rounded half up (flows.md, section 4) and
 * never take more than is left; the one `rest` has what rounding leaves. The parts sum to the total.
 */
export function divide(total: bigint, shares: readonly Share[]): bigint[] {
  assert(total >= 0n, 'a total is never negative')
  assert(shares.filter((share) => share === 'rest').length === 1, 'exactly one share is the rest')
  let left = total
  const parts = shares.map((share) => {
    if (share === 'rest') return 0n
    assert(share >= 0n && share <= whole_bps, 'a share is between 0 and 10,000 basis points')
    const part = min(halfUp(total * share, whole_bps), left)
    left -= part
    return part
  })
  parts[shares.indexOf('rest')] = left
  return parts
}

/**
 * How much of each of `parts` is due when `released` of their sum has been released.
 *
 * Grows with `released` in every part and ends at `parts` exactly, so the difference of two calls is
 * what one partial release pays to each. Splits one part from the others, then goes on with what is
 * left: a split in two never takes back a unit, a split in three at once can.
 */
export function allocate(parts: readonly bigint[], released: bigint): bigint[] {
  let whole = parts.reduce((sum, part) => sum + part, 0n)
  assert(released >= 0n && released <= whole, 'no more is released than there is')
  let left = released
  return parts.map((part) => {
    const due = whole === 0n ? 0n : halfUp(left * part, whole)
    left -= due
    whole -= part
    return due
  })
}

/** What each share gets of `amount`, of which `before` of `whole` was already released. */
export function divideFurther(
  whole: bigint,
  shares: readonly Share[],
  before: bigint,
  amount: bigint,
): bigint[] {
  const parts = divide(whole, shares)
  const after = allocate(parts, before + amount)
  return allocate(parts, before).map((had, i) => (after[i] ?? 0n) - had)
}

function halfUp(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator)
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
