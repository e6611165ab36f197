/** P2P ad, pure: what becomes of the body that posts one: what it locks, and how it is paid. */

import { Type } from 'typebox'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Opening, OpeningFacts } from '@holdfast/kernel/engine/product.ts'
import { fromJson } from '@holdfast/kernel/money/amount.ts'
import { costOf } from './pricing.ts'
import {
  AdType,
  Currency,
  ForeignAmount,
  Kind,
  kinds_max,
  PaymentMethodId,
  Person,
  Price,
  Reference,
  type Destination,
} from './shapes.ts'

export const PostingBody = Type.Object(
  {
    maker: Type.Optional(Person),
    type: AdType,
    currency: Currency,
    foreign_currency: Currency,
    total: ForeignAmount,
    min: ForeignAmount,
    max: ForeignAmount,
    price: Price,
    payment_method: Type.Optional(PaymentMethodId),
    payment_methods: Type.Optional(Type.Array(Kind, { minItems: 1, maxItems: kinds_max, uniqueItems: true })),
    conditions: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000 })),
    payment_window: Type.Optional(
      Type.String({ pattern: '^[1-9][0-9]? minutes$', description: '15 to 60 minutes' }),
    ),
    reference: Type.Optional(Reference),
  },
  { additionalProperties: false },
)

interface Posting {
  readonly maker?: string
  readonly type: 'buy_fx' | 'sell_fx'
  readonly currency: string
  readonly foreign_currency: string
  readonly total: number
  readonly min: number
  readonly max: number
  readonly price: string
  readonly payment_methods?: readonly string[]
  readonly conditions?: string
  readonly payment_window?: string
  readonly reference?: string
  /** The maker's payment method as the route found it. */
  readonly pay_to?: Destination
}

export function postingOf({ body, party }: OpeningFacts): Opening | Problem {
  const asked = body as unknown as Posting
  const { type, currency, foreign_currency, price, conditions, payment_window, reference } = asked
  const maker = party ?? asked.maker
  if (maker === undefined || (party !== null && (asked.maker ?? party) !== party))
    return problem('invalid_request', { pointer: '/maker', reason: 'the maker posts its own ad' })
  if (currency === foreign_currency)
    return problem('invalid_request', { pointer: '/foreign_currency', reason: 'another than the local one' })
  const [total, min, max] = [fromJson(asked.total), fromJson(asked.min), fromJson(asked.max)]
  const least = costOf(price, min, foreign_currency, '/min')
  if (typeof least !== 'bigint') return least
  const cost = costOf(price, total, foreign_currency, '/total')
  if (typeof cost !== 'bigint') return cost
  const paid = paidBy(asked)
  if (isProblem(paid)) return paid
  return {
    creation: {
      parties: { maker },
      currency,
      // Only who pays local money has it locked in the ad; what a taker pays is locked with each order.
      amounts: { total, min, max, inventory: type === 'buy_fx' ? cost : 0n },
      terms: payment_window === undefined ? {} : { payment_window },
      reference: reference ?? null,
    },
    input: { type, foreign_currency, price, ...paid, ...(conditions === undefined ? {} : { conditions }) },
  }
}

/** Who wants foreign money says where to; who sends it, in which ways it can. */
function paidBy({
  type,
  payment_methods,
  pay_to,
  foreign_currency,
}: Posting): Record<string, unknown> | Problem {
  if (type === 'buy_fx') {
    if (pay_to === undefined)
      return problem('invalid_request', {
        pointer: '/payment_method',
        reason: 'where the foreign money is to go',
      })
    if (pay_to.currency !== foreign_currency)
      return problem('currency_mismatch', {
        pointer: '/payment_method',
        reason: `not an account in ${foreign_currency}`,
      })
    if (payment_methods !== undefined)
      return problem('invalid_request', { pointer: '/payment_methods', reason: 'only of an ad that sells' })
    return { payment_methods: [pay_to.kind], pay_to }
  }
  if (pay_to !== undefined)
    return problem('invalid_request', { pointer: '/payment_method', reason: 'only of an ad that buys' })
  return payment_methods === undefined
    ? problem('invalid_request', { pointer: '/payment_methods', reason: 'how the foreign money can be sent' })
    : { payment_methods }
}
