/** Money, room 1: an amount is a whole number of minor units, `bigint` in code, an integer in JSON. */

import assert from 'node:assert/strict'
import { currencies } from './currency.ts'

/** The largest integer that every JSON reader keeps exact: 2^53 - 1. No amount and no balance leaves ±this. */
export const amount_max = 9_007_199_254_740_991n

export function inRange(amount: bigint): boolean {
  return amount >= -amount_max && amount <= amount_max
}

/** A JSON integer as an amount. The caller's schema has already refused fractions, strings and what is out of range. */
export function fromJson(value: unknown): bigint {
  assert(typeof value === 'number' && Number.isSafeInteger(value), 'an amount is a safe integer')
  return BigInt(value)
}

/** An amount as a JSON integer. */
export function toJson(amount: bigint): number {
  assert(inRange(amount), 'an amount left the range that JSON keeps exact')
  return Number(amount)
}

/** "PHP 50,000.00" for 5000000n centavos: always with the currency's own digits. */
export function display(amount: bigint, code: string): string {
  const [whole = '', fraction] = decimal(amount, code).split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return `${code} ${grouped}${fraction === undefined ? '' : `.${fraction}`}`
}

/** "50000.00" for 5000000n centavos: major units, for other programs. */
export function decimal(amount: bigint, code: string): string {
  const currency = currencies.get(code)
  assert(currency, `unknown currency ${code}`)
  const digits = (amount < 0n ? -amount : amount).toString().padStart(currency.exponent + 1, '0')
  const cut = digits.length - currency.exponent
  const fraction = currency.exponent === 0 ? '' : `.${digits.slice(cut)}`
  return `${amount < 0n ? '-' : ''}${digits.slice(0, cut)}${fraction}`
}
