/** Money: whatever is divided, at once or in parts, in any currency, comes out whole. */

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { amount_max } from './amount.ts'
import { currencies } from './currency.ts'
import { allocate, divide, divideFurther, type Share } from './divide.ts'

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

const parts = fc.array(
  amount.map((part) => part % 1_000_000_007n),
  { minLength: 1, maxLength: 6 },
)

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

describe('allocate', () => {
  test('sums to what was released, begins at nothing, and ends at the parts', () => {
    fc.assert(
      fc.property(parts, fc.nat(), (owed, seed) => {
        const released = BigInt(seed) % (sum(owed) + 1n)
        expect(sum(allocate(owed, released))).toBe(released)
        expect(allocate(owed, 0n)).toEqual(owed.map(() => 0n))
        expect(allocate(owed, sum(owed))).toEqual(owed)
      }),
    )
  })

  test('never takes back a unit, and never gives more than the part', () => {
    fc.assert(
      fc.property(parts, fc.nat(), fc.nat(1_000), (owed, seed, more) => {
        const whole = sum(owed)
        const before = BigInt(seed) % (whole + 1n)
        const after = before + BigInt(more) < whole ? before + BigInt(more) : whole
        const had = allocate(owed, before)
        for (const [i, part] of allocate(owed, after).entries()) {
          expect(part).toBeGreaterThanOrEqual(had[i] ?? 0n)
          expect(part).toBeLessThanOrEqual(owed[i] ?? 0n)
        }
      }),
    )
  })

  test('unit by unit, each unit goes to exactly one part', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 12n }), { minLength: 1, maxLength: 5 }), (owed) => {
        for (let released = 0n; released < sum(owed); released += 1n) {
          const had = allocate(owed, released)
          const gains = allocate(owed, released + 1n).map((part, i) => part - (had[i] ?? 0n))
          expect(gains.filter((gain) => gain !== 0n)).toEqual([1n])
        }
      }),
    )
  })

  test.each([[-1n], [11n]])('releasing %s of 10 is a mistake', (released) => {
    expect(() => allocate([3n, 7n], released)).toThrow(/no more is released/)
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

  test('more than the whole is a mistake', () => {
    expect(() => divideFurther(10n, ['rest', 1_000n], 6n, 5n)).toThrow(/no more is released/)
  })
})

function sum(all: readonly bigint[]): bigint {
  return all.reduce((total, part) => total + part, 0n)
}
