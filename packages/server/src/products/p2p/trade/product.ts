/** P2P order: what it needs beside its flow: the shapes of its fields, when a dispute may begin, and what its fee comes to. */

import { Type } from 'typebox'
import { problem } from '@holdfast/kernel/problem.ts'
import { amountOf } from '@holdfast/kernel/engine/agreement.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { basisPoints, spanMs } from '@holdfast/kernel/flow/compile.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { divide } from '@holdfast/kernel/money/divide.ts'
import { whyNotTaken } from '../ad/product.ts'
import { AdType, Currency, PayTo, Price } from '../ad/shapes.ts'
import { p2pTrade } from './flow.ts'
import { orderingOf, OrderingBody } from './ordering.ts'

const proof_text_max = 200

export const trade: Product = {
  flow: p2pTrade,
  shapes: {
    ad_type: AdType,
    currency: Currency,
    price: Price,
    pay_to: PayTo,
    proof: Type.Object(
      {
        file: Type.Optional(Type.String({ maxLength: 100, description: 'Id of a file, fil_…' })),
        reference: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: proof_text_max,
            description: 'As the bank or provider gave it',
          }),
        ),
      },
      { additionalProperties: false, minProperties: 1, description: 'A file, a reference, or both' },
    ),
    flag: Type.Boolean(),
    dispute_reason: Type.Enum(['not_received', 'wrong_amount', 'wrong_sender', 'other']),
  },
  opening: { body: OrderingBody, open: orderingOf },
  own_routes: ['create', 'pay', 'read'],
  guards: {
    // Before any money moves, so that who comes too late is told so, and not that the ad holds too little.
    ad_has_it: ({ agreement, parent }) =>
      parent === null
        ? problem('not_found', { what: 'ad' })
        : whyNotTaken(parent, amountOf(agreement, 'quantity')),
    late_enough: ({ agreement, role, now_ms }) => {
      if (role === 'operator') return null
      const { state, terms, entered_ms } = agreement
      const from_ms = entered_ms + spanMs(terms['dispute_from'] ?? '')
      const wait_ms = from_ms - now_ms
      return wait_ms <= 0
        ? null
        : problem('transition_not_open', {
            state,
            reason: `a dispute may begin ${terms['dispute_from']} after it was paid`,
            open_in_seconds: Math.ceil(wait_ms / 1_000),
          })
    },
  },
  view: (agreement) => {
    const [payee_receives = 0n, fee = 0n] = divide(amountOf(agreement, 'amount'), [
      'rest',
      basisPoints(agreement.terms['fee'] ?? '0%'),
    ])
    return { fee: toJson(fee), payee_receives: toJson(payee_receives) }
  },
}
