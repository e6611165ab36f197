/** Money, room 1: exact decimals, prices rounded down once, sums of terms. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { amount_max } from './amount.ts'
import { currencies } from './currency.ts'
import { moneyOfTerm, priceTimes, readDecimal, readMoneyTerm, type Decimal } from './price.ts'

const exponents = [0, 2, 6, 8]
const quantity = fc.bigInt({ min: 0n, max: amount_max })
const decimal = fc
  .tuple(fc.bigInt({ min: 0n, max: 999_999_999_999n }), fc.stringMatching(/^\d{0,8}$/))
  .map(([whole, fraction]) => (fraction === '' ? `${whole}` : `${whole}.${fraction}`))

function read(text: string): Decimal {
  const found = readDecimal(text)
  if (found === null) throw new Error(`${text} is no decimal`)
  return found
}

describe('readDecimal', () => {
  test.each<[string, bigint, number]>([
    ['1580.25', 158_025n, 2],
    ['0', 0n, 0],
    ['0.00000001', 1n, 8],
    ['1580.250', 1_580_250n, 3],
    ['999999999999.99999999', 99_999_999_999_999_999_999n, 8],
  ])('%s', (text, digits, scale) => {
    expect(readDecimal(text)).toEqual({ digits, scale })
  })

  test.each([
    '',
    '.',
    '.5',
    '5.',
    '-1',
    '+1',
    '1e3',
    '01',
    '00',
    '1,000',
    '1 000',
    ' 1',
    '1\n',
    '0x10',
    'NaN',
    'Infinity',
    '1.2.3',
    '١',
    '1234567890123',
    '0.123456789',
  ])('%j is none', (text) => {
    expect(readDecimal(text)).toBeNull()
  })

  test('what is read is what was written', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const { digits, scale } = read(text)
        const shown = digits.toString().padStart(scale + 1, '0')
        const cut = shown.length - scale
        expect(scale === 0 ? shown : `${shown.slice(0, cut)}.${shown.slice(cut)}`).toBe(text)
      }),
    )
  })
})

describe('priceTimes', () => {
  test.each<[string, string, bigint, number, bigint]>([
    ['100.00 USD at 1,580.25 NGN, in kobo', '158025', 10_000n, 2, 15_802_500n],
    ['a cent at 1,580.25 kobo: 15 and not 16', '1580.25', 1n, 2, 15n],
    ['a currency without digits', '1580.25', 3n, 0, 4_740n],
    ['one satoshi', '99999999.99', 1n, 8, 0n],
    ['one satoshi at 10^8', '100000000', 1n, 8, 1n],
    ['a millionth', '0.00000001', 999_999n, 6, 0n],
    ['nothing', '1580.25', 0n, 2, 0n],
    ['beyond the range of floats', '1.00000001', 9_007_199_254_740_991n, 0, 9_007_199_344_812_983n],
  ])('%s', (_, price, amount, exponent, cost) => {
    expect(priceTimes(read(price), amount, exponent)).toBe(cost)
  })

  test('the exact floor, never more than the price', () => {
    fc.assert(
      fc.property(decimal, quantity, fc.constantFrom(...exponents), (text, amount, exponent) => {
        const price = read(text)
        const cost = priceTimes(price, amount, exponent)
        const unit = 10n ** BigInt(price.scale + exponent)
        expect(cost * unit <= amount * price.digits).toBe(true)
        expect((cost + 1n) * unit > amount * price.digits).toBe(true)
      }),
    )
  })

  test('parts never cost more than the whole, and less by fewer units than there are parts', () => {
    const parts = fc.array(fc.bigInt({ min: 0n, max: 1_000_000_000_000n }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(decimal, parts, fc.constantFrom(...exponents), (text, amounts, exponent) => {
        const price = read(text)
        const total = (all: readonly bigint[]) => all.reduce((sum, each) => sum + each, 0n)
        const apart = total(amounts.map((amount) => priceTimes(price, amount, exponent)))
        const whole = priceTimes(price, total(amounts), exponent)
        expect(apart <= whole && whole < apart + BigInt(amounts.length)).toBe(true)
      }),
    )
  })

  test('what is negative is a mistake', () => {
    expect(() => priceTimes({ digits: -1n, scale: 0 }, 1n, 2)).toThrow(/negative/)
    expect(() => priceTimes({ digits: 1n, scale: 0 }, -1n, 2)).toThrow(/negative/)
  })
})

describe('sums of terms', () => {
  test('of currencies with 0, 2, 6 and 8 digits', () => {
    const text = '100.00 PHP, 1000 RWF, 5.000000 USDT, 0.00100000 BTC, 0 VND'
    expect(readMoneyTerm(text)).toEqual(
      new Map([
        ['PHP', 10_000n],
        ['RWF', 1_000n],
        ['USDT', 5_000_000n],
        ['BTC', 100_000n],
        ['VND', 0n],
      ]),
    )
    expect(moneyOfTerm(text, 'PHP')).toBe(10_000n)
    expect(moneyOfTerm(text, 'VND')).toBe(0n)
    expect(moneyOfTerm(text, 'PKR')).toBeNull()
    expect(moneyOfTerm('', 'PHP')).toBeNull()
  })

  test.each([
    ['100 PHP', 'PHP has 2 digits'],
    ['100.0 PHP', 'PHP has 2 digits'],
    ['100.000 PHP', 'PHP has 2 digits'],
    ['1000.00 RWF', 'RWF has 0 digits'],
    ['1000. RWF', 'is no sum'],
    ['100.00 XXX', 'is no sum'],
    ['100.00 php', 'is no sum'],
    ['PHP 100.00', 'is no sum'],
    ['100.00PHP', 'is no sum'],
    ['-1.00 PHP', 'is no sum'],
    ['1,000.00 PHP', 'is no sum'],
    ['100.00 PHP,1000 RWF', 'is no sum'],
    ['100.00 PHP, ', 'is no sum'],
    ['100.00 PHP, 200.00 PHP', 'named twice'],
    ['', 'is no sum'],
    ['100000000000.00000000 BTC', 'more than an amount'],
  ])('"%s" is none: %s', (text, says) => {
    expect(readMoneyTerm(text)).toMatch(says)
    if (text !== '') expect(() => moneyOfTerm(text, 'PHP')).toThrow(/no sum of money/)
  })

  test('what is written with the digits of its currency is read back', () => {
    const part = fc.tuple(
      fc.constantFrom(...currencies.values()),
      fc.bigInt({ min: 0n, max: 99_999_999_999n }),
    )
    fc.assert(
      fc.property(fc.uniqueArray(part, { selector: ([{ code }]) => code, minLength: 1 }), (parts) => {
        const text = parts.map(([{ code, exponent }, amount]) => {
          const digits = amount.toString().padStart(exponent + 1, '0')
          const cut = digits.length - exponent
          return `${digits.slice(0, cut)}${exponent === 0 ? '' : '.'}${digits.slice(cut)} ${code}`
        })
        expect(readMoneyTerm(text.join(', '))).toEqual(
          new Map(parts.map(([{ code }, amount]) => [code, amount])),
        )
      }),
    )
  })
})
