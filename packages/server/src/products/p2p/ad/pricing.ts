/** P2P, pure: what a quantity of foreign money costs in local money: the exact product, rounded down once. */

import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { inRange } from '@holdfast/kernel/money/amount.ts'
import { currencies } from '@holdfast/kernel/money/currency.ts'
import { priceTimes, readDecimal } from '@holdfast/kernel/money/price.ts'

/** Local minor units for foreign minor units; a problem where the price is none, or the product is no amount. */
export function costOf(
  price: string,
  quantity: bigint,
  foreign_currency: string,
  pointer: string,
): bigint | Problem {
  const decimal = readDecimal(price)
  if (decimal === null || decimal.digits === 0n)
    return problem('invalid_request', {
      pointer: '/price',
      reason: 'above 0, up to 12 digits before the point and 8 after it, without a leading zero',
    })
  const cost = priceTimes(decimal, quantity, currencies.get(foreign_currency)?.exponent ?? 0)
  if (cost < 1n)
    return problem('limit_exceeded', { pointer, reason: 'it costs less than one unit of local money' })
  return inRange(cost)
    ? cost
    : problem('amount_out_of_range', { pointer, reason: 'it costs more than an amount can be' })
}
