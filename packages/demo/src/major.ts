/** Demo: the documents count in whole rupees, the engine in minor units. */

import { currencies } from '@holdfast/kernel/money/currency.ts'

/** Whole units of a currency as minor units: 500 PKR are 50,000 paisa. */
export function major(units: bigint, currency: string): bigint {
  const { exponent = 0 } = currencies.get(currency) ?? {}
  return units * 10n ** BigInt(exponent)
}
