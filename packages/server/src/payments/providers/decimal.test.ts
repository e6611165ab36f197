// Decimals of major units: exact in both directions for every currency we know, or not at all.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amount_max } from '@holdfast/kernel/money/amount.ts'
import { currency_codes } from '@holdfast/kernel/money/currency.ts'
import { fromDecimal, toDecimal } from './decimal.ts'

test.each([
  [5_000n, 'RWF', '5000'],
  [1_234n, 'EUR', '12.34'],
  [5n, 'EUR', '0.05'],
  [0n, 'PHP', '0.00'],
  [1n, 'BTC', '0.00000001'],
  [amount_max, 'PHP', '90071992547409.91'],
])('%s %s is %s', (amount, code, text) => {
  expect(toDecimal(amount, code)).toBe(text)
  expect(fromDecimal(text, code)).toBe(amount)
})

test.each([
  ['5000.00', 'RWF', 5_000n],
  ['12.3', 'EUR', 1_230n],
  ['12.340', 'EUR', 1_234n],
  ['007', 'RWF', 7n],
])('%s %s is read as well', (text, code, amount) => {
  expect(fromDecimal(text, code)).toBe(amount)
})

test.each([
  ['5000.5', 'RWF'],
  ['12.345', 'EUR'],
  ['-5', 'EUR'],
  ['+5', 'EUR'],
  ['1e3', 'EUR'],
  ['1,000', 'EUR'],
  ['', 'EUR'],
  [' 5', 'EUR'],
  ['5.', 'EUR'],
  ['.5', 'EUR'],
  ['٥', 'EUR'],
  ['NaN', 'EUR'],
  ['5', 'XXX'],
  ['90071992547409.92', 'PHP'],
  ['1'.repeat(21), 'RWF'],
])('%s %s is no amount', (text, code) => {
  expect(fromDecimal(text, code)).toBeNull()
})

test('there and back, every amount of every currency', () => {
  const amount = fc.bigInt({ min: 0n, max: amount_max })
  fc.assert(
    fc.property(amount, fc.constantFrom(...currency_codes), (minor, code) => {
      expect(fromDecimal(toDecimal(minor, code), code)).toBe(minor)
    }),
  )
})
