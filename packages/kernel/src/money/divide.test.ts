/** Money: whatever is divided, at once or in parts, in any currency, comes out whole. */

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { amount_max } from './amount.ts'
import { currencies } from './currency.ts'
import { divide, divideFurther, type Share } from './divide.ts'

/** Amounts as they occur: whole units of each currency, odd minor units, and the two ends of the range. */
const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }),
  fc.bigInt({ min: 0n, max: amount_max }),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 50_000n }), fc.constantFrom(...currencies.values()))
    .map(([major, { exponent }]) => major * 10n ** BigInt(exponent)),
  fc.constantFrom(amount_max, amount_max - 1n),
)

/** Up to five percentages that are at most the whole, and the rest at any place among them. */
const shares = fc
  .tuple(fc.array(fc.bigInt({ min: 0n, max: 10_000n }), { maxLength: 5 }), fc.nat())
  .map(([bps, at]): Share[] => {
    let left = 10_000n
    const fair = bps.map((share) => {
      const part = share < left ? share : left
      left -= part
      return part
    })
    const place = at % (fair.length + 1)
    return [...fair.slice(0, place), 'rest', ...fair.slice(place)]
  })

describe('divide', () => {
  test.each<[string, bigint, Share[], bigint[]]>([
    ['85/10/5', 100_000_000n, ['rest', 1_000n, 500n], [85_000_000n, 10_000_000n, 5_000_000n]],
    ['one unit has one owner', 1n, [5_000n, 5_000n, 'rest'], [1n, 0n, 0n]],
    ['half a unit is rounded up', 50n, ['rest', 100n], [49n, 1n]],
    ['less than half a unit is nothing', 49n, ['rest', 100n], [49n, 0n]],
    ['thirds', 100n, [3_333n, 3_333n, 'rest'], [33n, 33n, 34n]],
    ['nothing', 0n, ['rest', 1_000n], [0n, 0n]],
    ['all of it', 7n, [10_000n, 'rest'], [7n, 0n]],
    ['the largest amount', amount_max, ['rest', 1n], [amount_max - 900_719_925_474n, 900_719_925_474n]],
  ])('%s', (_name, total, by, expected) => {
    expect(divide(total, by)).toEqual(expected)
  })

  test('the parts are the whole, and no part is negative', () => {
    fc.assert(
      fc.property(amount, shares, (total, by) => {
        const divided = divide(total, by)
        expect(sum(divided)).toBe(total)
        expect(divided.every((part) => part >= 0n)).toBe(true)
      }),
    )
  })

  test('a share is its exact value rounded half up, and never more than is left', () => {
    fc.assert(
      fc.property(amount, shares, (total, by) => {
        let left = total
        for (const [i, part] of divide(total, by).entries()) {
          const share = by[i]
          if (share === 'rest' || share === undefined) continue
          const exact = (total * share + 5_000n) / 10_000n
          expect(part).toBe(exact < left ? exact : left)
          left -= part
        }
      }),
    )
  })

  test.each<[string, bigint, Share[]]>([
    ['a negative total', -1n, ['rest']],
    ['no rest', 10n, [10_000n]],
    ['two rests', 10n, ['rest', 'rest']],
    ['more than the whole', 10n, [10_001n, 'rest']],
    ['less than nothing', 10n, [-1n, 'rest']],
  ])('%s is a mistake', (_name, total, by) => {
    expect(() => divide(total, by)).toThrow(/total|rest|share/)
  })
})

describe('divideFurther', () => {
  test('any sequence of partial releases pays the parts of the whole', () => {
    const cuts = fc.array(fc.bigInt({ min: 0n, max: amount_max }), { maxLength: 12 })
    fc.assert(
      fc.property(amount, shares, cuts, (whole, by, at) => {
        const stops = [...at.map((cut) => cut % (whole + 1n)), whole].toSorted((a, b) => (a < b ? -1 : 1))
        const paid = by.map(() => 0n)
        let before = 0n
        for (const stop of stops) {
          const now = divideFurther(whole, by, before, stop - before)
          expect(sum(now)).toBe(stop - before)
          for (const [i, part] of now.entries()) {
            expect(part).toBeGreaterThanOrEqual(0n)
            paid[i] = (paid[i] ?? 0n) + part
          }
          before = stop
        }
        expect(paid).toEqual(divide(whole, by))
      }),
    )
  })

  test('all at once is the same as not further', () => {
    fc.assert(
      fc.property(amount, shares, (whole, by) => {
        expect(divideFurther(whole, by, 0n, whole)).toEqual(divide(whole, by))
      }),
    )
  })

  test.each<[string, bigint, Share[], bigint, bigint[]]>([
    ['F11: 603 of 905', 905n, [1_000n, 500n, 'rest'], 603n, [60n, 30n, 513n]],
    ['F11: a fee of 2.5 % of 603 of 905', 905n, ['rest', 250n], 603n, [588n, 15n]],
    ['F11: one unit of many', 905n, [1_000n, 500n, 'rest'], 1n, [0n, 0n, 1n]],
  ])('%s: shares are of what is paid out', (_name, whole, by, part, expected) => {
    expect(divideFurther(whole, by, 0n, part, true)).toEqual(expected)
    expect(divideFurther(whole, by, 0n, part)).toEqual(expected)
  })

  test('F11: after any releases, what was paid in all by the last is what dividing it at once gives', () => {
    const cut = fc.bigInt({ min: 0n, max: amount_max })
    fc.assert(
      fc.property(amount, shares, fc.array(cut, { maxLength: 6 }), cut, (whole, by, at, end_cut) => {
        const end = end_cut % (whole + 1n)
        const stops = at.map((one) => one % (end + 1n)).toSorted((a, b) => (a < b ? -1 : 1))
        const [before, paid] = releasedIn(whole, by, stops)
        const last = divideFurther(whole, by, before, end - before, true)
        expect(last.every((part) => part >= 0n)).toBe(true)
        const all = last.map((part, i) => part + (paid[i] ?? 0n))
        expect(sum(all)).toBe(end)
        // But for some units, and only where fewer were left to pay than there were shares to round up.
        if (end - before >= BigInt(by.length) || before === 0n) expect(all).toEqual(divide(end, by))
      }),
    )
  })

  test('F11: unit by unit, in small amounts with every share: no part shrinks, and each sum is the amount', () => {
    const small = fc.bigInt({ min: 1n, max: 120n })
    fc.assert(
      fc.property(small, shares, (whole, by) => {
        for (let before = 0n; before < whole; before += 1n) {
          const gains = divideFurther(whole, by, before, 1n)
          expect(gains.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([...by.slice(1).map(() => 0n), 1n])
        }
      }),
      { numRuns: 60 },
    )
  })

  test('more than the whole is a mistake', () => {
    expect(() => divideFurther(10n, ['rest', 1_000n], 6n, 5n)).toThrow(/no more is divided/)
  })
})

/** How much was released at the last of these stops, and to whom. */
function releasedIn(whole: bigint, by: readonly Share[], stops: readonly bigint[]): [bigint, bigint[]] {
  let paid = by.map(() => 0n)
  let before = 0n
  for (const stop of stops) {
    const now = divideFurther(whole, by, before, stop - before)
    paid = paid.map((part, i) => part + (now[i] ?? 0n))
    before = stop
  }
  return [before, paid]
}

function sum(all: readonly bigint[]): bigint {
  return all.reduce((total, part) => total + part, 0n)
}
