/** Payment: what it needs beside its flow: how it is opened from a booking, and what must arrive. */

import { Type } from 'typebox'
import { isProblem, problem } from '../../base/problem.ts'
import { amountOf } from '../../engine/agreement.ts'
import type { OpeningFacts, Product } from '../../engine/product.ts'
import { toJson } from '../../money/amount.ts'
import { currency_codes } from '../../money/currency.ts'
import { dueOf, partDue, payment_parts, type PaymentPart } from '../service-booking/due.ts'
import { payment as flow } from './flow.ts'

export const Part = Type.Enum([...payment_parts])

/** That money arrived: in live mode the marketplace's word alone does not count. */
export const own_routes: readonly string[] = ['settle', 'set_aside']

export const payment: Product = {
  flow,
  shapes: {
    part: Part,
    method: Type.Enum(['checkout']),
    currency: Type.Enum([...currency_codes]),
  },
  opening: {
    body: Type.Object(
      { part: Type.Optional(Part) },
      { additionalProperties: false, description: 'Without a part: what is due next' },
    ),
    open: ({ body, parent, party }: OpeningFacts) => {
      // What a person has no part in does not exist for it.
      if (parent === null || (party !== null && !Object.values(parent.parties).includes(party)))
        return problem('not_found', { what: 'booking' })
      const due = partDue(parent, body['part'] as PaymentPart | undefined)
      if (isProblem(due)) return due
      const { couple = '', vendor = '' } = parent.parties
      return {
        creation: {
          parties: { payer: couple, payee: vendor },
          currency: parent.currency,
          amounts: { amount: due.amount },
          terms: {},
          reference: null,
        },
        input: { part: due.part, method: 'checkout' },
      }
    },
  },
  own_routes,
  guards: {
    // The booking may have moved since its opening was worked out.
    is_due: ({ agreement, parent }) => {
      const amount = amountOf(agreement, 'amount')
      const due = parent === null ? [] : dueOf(parent)
      return due.some((each) => each.amount === amount)
        ? null
        : problem('transition_not_open', { state: parent?.state, reason: 'this is not due' })
    },
    same_currency: ({ agreement, input }) =>
      input['currency'] === agreement.currency
        ? null
        : problem('currency_mismatch', { pointer: '/currency', expected: agreement.currency }),
    pays_what_was_asked: ({ agreement, input }) => {
      const amount = amountOf(agreement, 'amount')
      return input['amount_paid'] === amount
        ? null
        : problem('amount_mismatch', { pointer: '/amount_paid', expected: [toJson(amount)] })
    },
  },
  view: ({ state, data }) => ({
    status: state,
    // Where the payer goes to pay; none before a provider is asked.
    checkout_url: data['checkout_url'] ?? null,
    settled_at: data['settled_at'] ?? null,
  }),
}
