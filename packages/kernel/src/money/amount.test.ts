/** Money: amounts between JSON and bigint, and as people read them. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { amount_max, decimal, display, fromJson, inRange, toJson } from './amount.ts'
import { currencies, currency_codes } from './currency.ts'

test.each<[bigint, string, string]>([
  [5_000_000n, 'PHP', 'PHP 50,000.00'],
  [100_000_000n, 'VND', 'VND 100,000,000'],
  [2_000_000n, 'RWF', 'RWF 2,000,000'],
  [50_000n, 'PKR', 'PKR 500.00'],
  [0n, 'PHP', 'PHP 0.00'],
  [0n, 'RWF', 'RWF 0'],
  [1n, 'PHP', 'PHP 0.01'],
  [1n, 'BTC', 'BTC 0.00000001'],
  [123_456_789_012n, 'BTC', 'BTC 1,234.56789012'],
  [1_000_000n, 'USDT', 'USDT 1.000000'],
  [999n, 'RWF', 'RWF 999'],
  [1_000n, 'RWF', 'RWF 1,000'],
  [-1n, 'PHP', 'PHP -0.01'],
  [-5_000_000n, 'PHP', 'PHP -50,000.00'],
  [-2_000_000n, 'RWF', 'RWF -2,000,000'],
  [amount_max, 'NGN', 'NGN 90,071,992,547,409.91'],
  [amount_max, 'VND', 'VND 9,007,199,254,740,991'],
])('%s of %s reads %s', (amount, code, text) => {
  expect(display(amount, code)).toBe(text)
})

test.each<[bigint, string, string]>([
  [5_000_000n, 'PHP', '50000.00'],
  [1n, 'PHP', '0.01'],
  [0n, 'RWF', '0'],
  [-2_000_000n, 'RWF', '-2000000'],
  [123_456_789_012n, 'BTC', '1234.56789012'],
  [amount_max, 'NGN', '90071992547409.91'],
])('%s of %s is the decimal %s', (amount, code, text) => {
  expect(decimal(amount, code)).toBe(text)
})

test('what is displayed has every digit of the amount and no other', () => {
  const amount = fc.bigInt({ min: -amount_max, max: amount_max })
  fc.assert(
    fc.property(amount, fc.constantFrom(...currencies.values()), (value, { code, exponent }) => {
      const text = display(value, code)
      expect(BigInt(text.replaceAll(/[^\d-]/g, ''))).toBe(value)
      expect(/\.(\d+)$/.exec(text)?.[1]?.length ?? 0).toBe(exponent)
    }),
  )
})

test('a currency that nobody knows is a mistake', () => {
  expect(() => display(1n, 'XXX')).toThrow(/unknown currency XXX/)
})

test.each([
  ['PHP', 2],
  ['PKR', 2],
  ['NGN', 2],
  ['USD', 2],
  ['EUR', 2],
  ['GBP', 2],
  ['CAD', 2],
  ['VND', 0],
  ['RWF', 0],
  ['USDT', 6],
  ['USDC', 6],
  ['BTC', 8],
])('%s has %i digits', (code, exponent) => {
  expect(currencies.get(code)?.exponent).toBe(exponent)
  expect(currency_codes).toContain(code)
})

test('an amount goes to JSON and back unchanged', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -amount_max, max: amount_max }), (amount) => {
      expect(fromJson(JSON.parse(JSON.stringify(toJson(amount))))).toBe(amount)
    }),
  )
})

test.each([
  [2 ** 53],
  [-(2 ** 53)],
  [1.5],
  [Number.NaN],
  [Number.POSITIVE_INFINITY],
  ['1'],
  [null],
  [undefined],
  [1n],
])('reading %s as an amount is a mistake', (value) => {
  expect(() => fromJson(value)).toThrow(/safe integer/)
})

test.each([amount_max, -amount_max])('%s is the last that is in range', (amount) => {
  expect(inRange(amount)).toBe(true)
  expect(fromJson(toJson(amount))).toBe(amount)
})

test.each([amount_max + 1n, -amount_max - 1n])(
  '%s is out of range, and writing it is a mistake',
  (amount) => {
    expect(inRange(amount)).toBe(false)
    expect(() => toJson(amount)).toThrow(/left the range/)
  },
)
