/** Payments: minor units as a decimal of major units and back, by our own table of currencies, exact or not at all. */

import assert from 'node:assert/strict'
import { amount_max } from '@holdfast/kernel/money/amount.ts'
import { currencies } from '@holdfast/kernel/money/currency.ts'

/** "12.34" for 1234n centavos, "5000" for 5000n francs. */
export function toDecimal(amount: bigint, code: string): string {
  const currency = currencies.get(code)
  assert(currency && amount >= 0n, `no decimal of ${amount} ${code}`)
  const { exponent } = currency
  const digits = amount.toString().padStart(exponent + 1, '0')
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

/** Null where the text is no such decimal, is finer than the currency, or is beyond what we can hold. */
export function fromDecimal(text: string, code: string): bigint | null {
  const currency = currencies.get(code)
  const [, whole, fraction = ''] = /^(\d{1,20})(?:\.(\d{1,20}))?$/.exec(text) ?? []
  if (currency === undefined || whole === undefined) return null
  const kept = fraction.slice(0, currency.exponent).padEnd(currency.exponent, '0')
  if (/[1-9]/.test(fraction.slice(currency.exponent))) return null
  const amount = BigInt(whole + kept)
  return amount <= amount_max ? amount : null
}
