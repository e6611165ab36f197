/** P2P order, pure: what becomes of the body that orders from an ad: who pays whom, how much, and where the foreign money goes. */

import { Type } from 'typebox'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Opening, OpeningFacts } from '@holdfast/kernel/engine/product.ts'
import { fromJson } from '@holdfast/kernel/money/amount.ts'
import { costOf } from '../ad/pricing.ts'
import { ForeignAmount, PaymentMethodId, Person, Reference, type Destination } from '../ad/shapes.ts'

export const OrderingBody = Type.Object(
  {
    taker: Type.Optional(Person),
    quantity: ForeignAmount,
    payment_method: Type.Optional(PaymentMethodId),
    reference: Type.Optional(Reference),
  },
  { additionalProperties: false },
)

interface Ordering {
  readonly taker?: string
  readonly quantity: number
  readonly reference?: string
  /** The taker's payment method as the route found it. */
  readonly pay_to?: Destination
}

export function orderingOf({ body, parent, party }: OpeningFacts): Opening | Problem {
  if (parent === null) return problem('not_found', { what: 'ad' })
  const asked = body as unknown as Ordering
  const taker = party ?? asked.taker
  if (taker === undefined || (party !== null && (asked.taker ?? party) !== party))
    return problem('invalid_request', { pointer: '/taker', reason: 'who takes the ad orders' })
  const maker = parent.parties['maker'] ?? ''
  if (taker === maker)
    return problem('not_your_transition', {
      transition: 'create',
      reason: 'nobody takes its own ad',
      you_are: 'maker',
    })
  const { type, price, foreign_currency } = parent.data as Record<string, string>
  const quantity = fromJson(asked.quantity)
  const amount = costOf(price ?? '', quantity, foreign_currency ?? '', '/quantity')
  if (typeof amount !== 'bigint') return amount
  const pay_to = payToOf(parent, asked)
  if ('code' in pay_to) return pay_to
  const maker_pays = type === 'buy_fx'
  return {
    creation: {
      parties: maker_pays ? { payer: maker, payee: taker } : { payer: taker, payee: maker },
      currency: parent.currency,
      amounts: { amount, quantity },
      terms: {},
      reference: asked.reference ?? null,
    },
    input: { type, price, foreign_currency, pay_to },
  }
}

/** Whoever pays local money gets the foreign: the maker has said where in its ad, the taker says so now. */
function payToOf({ data }: Agreement, asked: Ordering): Destination | Problem {
  const at = { pointer: '/payment_method' }
  if (data['type'] === 'buy_fx')
    return asked.pay_to === undefined
      ? (data['pay_to'] as Destination)
      : problem('invalid_request', { ...at, reason: 'this ad says where the foreign money goes' })
  const allowed = data['payment_methods'] as readonly string[]
  if (asked.pay_to === undefined)
    return problem('invalid_request', { ...at, reason: 'where the foreign money is to go', allowed })
  if (asked.pay_to.currency !== data['foreign_currency'])
    return problem('currency_mismatch', {
      ...at,
      reason: `not an account in ${String(data['foreign_currency'])}`,
    })
  return allowed.includes(asked.pay_to.kind)
    ? asked.pay_to
    : problem('invalid_request', { ...at, reason: 'the maker does not send it this way', allowed })
}
