/** P2P ad: what it needs beside its flow: the shapes of its fields, the limits of its orders, and why it is hidden. */

import { Type } from 'typebox'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { p2pAd } from './flow.ts'
import { postingOf, PostingBody } from './posting.ts'
import { AdType, Currency, Kind, kinds_max, PayTo, Price } from './shapes.ts'

export const ad: Product = {
  flow: p2pAd,
  shapes: {
    ad_type: AdType,
    currency: Currency,
    price: Price,
    payment_methods: Type.Array(Kind, { minItems: 1, maxItems: kinds_max, uniqueItems: true }),
    pay_to: PayTo,
  },
  opening: { body: PostingBody, open: postingOf },
  own_routes: ['post', 'list', 'read'],
  guards: {
    limits_fit: ({ agreement }) => {
      const [min, max, total] = limitsOf(agreement)
      return fitsAny(total, min, max) && max <= total
        ? null
        : problem('limit_exceeded', { pointer: '/max', reason: 'no order fits within min, max and total' })
    },
    order_fits: ({ agreement, input }) => whyNotTaken(agreement, input['quantity'] as bigint),
    no_open_orders: ({ agreement }) => {
      const in_orders = amountOf(agreement, 'in_orders')
      if (in_orders === 0n) return null
      const { state } = agreement
      return problem('transition_not_open', {
        state,
        reason: 'orders are open',
        in_orders: toJson(in_orders),
      })
    },
  },
  view: (agreement) => ({ hidden_because: hiddenBecause(agreement) }),
}

/** Why an order of this quantity cannot be taken out of an ad; null when it can. */
export function whyNotTaken(ad_now: Agreement, quantity: bigint): Problem | null {
  const { state } = ad_now
  if (state !== 'active') return problem('transition_not_open', { state, reason: `the ad is ${state}` })
  const [min, max] = limitsOf(ad_now)
  const remaining = amountOf(ad_now, 'remaining')
  const left = remaining - quantity
  const facts = { pointer: '/quantity', min: toJson(min), max: toJson(max), remaining: toJson(remaining) }
  if (quantity < min || quantity > max || left < 0n) return problem('limit_exceeded', facts)
  return left === 0n || left >= min
    ? null
    : problem('limit_exceeded', { ...facts, reason: 'dust_left', left: toJson(left) })
}

/** Why an ad is not on the list though it is active; null when it is. */
function hiddenBecause(agreement: Agreement): string | null {
  if (agreement.state !== 'active') return null
  const remaining = amountOf(agreement, 'remaining')
  const [min, max] = limitsOf(agreement)
  if (remaining === 0n) return 'all of it is in orders'
  if (remaining < min) return 'less than min is left'
  return fitsAny(remaining, min, max) ? null : 'no order fits what is left'
}

/** Whether there is an order within the limits that takes all of it, or leaves at least another min. */
function fitsAny(remaining: bigint, min: bigint, max: bigint): boolean {
  return min >= 1n && min <= max && remaining >= min && (remaining <= max || remaining >= 2n * min)
}

function limitsOf(agreement: Agreement): [min: bigint, max: bigint, total: bigint] {
  return [amountOf(agreement, 'min'), amountOf(agreement, 'max'), amountOf(agreement, 'total')]
}
