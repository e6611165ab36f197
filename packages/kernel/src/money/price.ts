/** Money, room 1: exact decimals. Prices are digits and a scale, never a float; sums of terms are minor units per currency. */

import assert from 'node:assert/strict'
import { inRange } from './amount.ts'
import { currencies } from './currency.ts'

/** digits × 10^-scale. */
export interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

export const whole_digits_max = 12
export const fraction_digits_max = 8

const decimal_pattern = new RegExp(
  `^(0|[1-9]\\d{0,${whole_digits_max - 1}})(?:\\.(\\d{1,${fraction_digits_max}}))?$`,
)

/** "1580.25"; null for everything with a sign, an exponent, a leading zero, separators, or too many digits. */
export function readDecimal(text: string): Decimal | null {
  const [, whole, fraction = ''] = decimal_pattern.exec(text) ?? []
  if (whole === undefined) return null
  return { digits: BigInt(whole + fraction), scale: fraction.length }
}

/**
 * What a quantity costs, in minor units of the local currency. The quantity is in minor units of the foreign one, the
 * price in local minor units per foreign major unit. Rounded down, once, here: never more than the price.
 * The product may leave the range of amounts; who keeps it looks.
 */
export function priceTimes(price: Decimal, quantity: bigint, foreign_exponent: number): bigint {
  assert(price.digits >= 0n && quantity >= 0n, 'a price and a quantity are never negative')
  return (quantity * price.digits) / 10n ** BigInt(price.scale + foreign_exponent)
}

/**
 * Minor units per currency of a term like "100.00 PHP, 1000 RWF": major units, with as many digits as the currency has.
 * A text that is no such term comes back as the words that say why.
 */
export function readMoneyTerm(text: string): ReadonlyMap<string, bigint> | string {
  const sums = new Map<string, bigint>()
  for (const part of text.split(', ')) {
    const [, figure = '', code = ''] = /^([\d.]+) ([A-Z]+)$/.exec(part) ?? []
    const currency = currencies.get(code)
    const decimal = readDecimal(figure)
    if (currency === undefined || decimal === null)
      return `"${part}" is no sum like "100.00 PHP" or "1000 RWF"`
    if (decimal.scale !== currency.exponent) return `${code} has ${currency.exponent} digits after the point`
    if (sums.has(code)) return `${code} is named twice`
    if (!inRange(decimal.digits)) return `"${part}" is more than an amount can be`
    sums.set(code, decimal.digits)
  }
  return sums
}

/** The sum in one currency, or null where the term names none in it. Terms are read when they are published: a bad one is a mistake. */
export function moneyOfTerm(text: string, currency: string): bigint | null {
  if (text === '') return null
  const sums = readMoneyTerm(text)
  assert(typeof sums !== 'string', `"${text}" is no sum of money`)
  return sums.get(currency) ?? null
}
