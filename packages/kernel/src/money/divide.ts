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
 * What each share gets of `amount`, where `before` was divided by the same shares already, of a `whole` that is all
 * there can ever be to divide. Shares are of what is paid out: together, what was paid is what `divide` makes of
 * all that was, once it is the whole, or `is_last`: nothing more will be divided.
 */
export function divideFurther(
  whole: bigint,
  shares: readonly Share[],
  before: bigint,
  amount: bigint,
  is_last = false,
): bigint[] {
  const upto = before + amount
  assert(before >= 0n && amount >= 0n && upto <= whole, 'no more is divided than there is')
  const had = dueOf(shares, before, whole)
  const gained = (due: readonly bigint[]) => due.map((part, i) => part - (had[i] ?? 0n))
  const exact = is_last ? gained(divide(upto, shares)) : []
  return is_last && exact.every((part) => part >= 0n) ? exact : gained(dueOf(shares, upto, whole))
}

/**
 * What is due to each share when `paid` of at most `whole` has been divided. It is what `divide` makes of `paid`, but
 * where the next unit would round several shares up at once and so take one back from who comes after them: then that
 * unit is not given away before. So no part ever shrinks.
 */
function dueOf(shares: readonly Share[], paid: bigint, whole: bigint): bigint[] {
  const bps = shares.filter((share) => share !== 'rest')
  const last = min(whole, paid + stepsBack(bps))
  const least = leftAfter(bps, paid)
  for (let next = paid + 1n; next <= last; next += 1n)
    for (const [i, left] of leftAfter(bps, next).entries()) least[i] = min(least[i] ?? left, left)
  // A share has what is left before it less what is left after it; the rest has what is left after all.
  const lefts = [paid, ...least.map((left) => (left > 0n ? left : 0n))]
  const due = bps.map((_, i) => (lefts[i] ?? 0n) - (lefts[i + 1] ?? 0n))
  due.splice(shares.indexOf('rest'), 0, lefts.at(-1) ?? 0n)
  return due
}

/** What is left after the first share, after the second, and so on; below zero where they are rounded up too often. */
function leftAfter(bps: readonly bigint[], paid: bigint): bigint[] {
  let left = paid
  return bps.map((share) => (left -= halfUp(paid * share, whole_bps)))
}

/** Within so many units what is left may fall: each share is rounded by half a unit at the most, and after 10,000 units all repeats. */
function stepsBack(bps: readonly bigint[]): bigint {
  const shared = bps.filter((share) => share > 0n)
  const rest_bps = whole_bps - shared.reduce((sum, share) => sum + share, 0n)
  const few = BigInt(shared.length) * whole_bps
  return shared.length < 2 ? 0n : rest_bps > 0n ? min(few / rest_bps + 1n, whole_bps) : whole_bps
}

function halfUp(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator)
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
