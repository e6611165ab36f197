/** Suspense credit: all of what was set aside, to one person: the one who was to pay, where nobody else is named. */

import { Type } from 'typebox'
import { problem } from '@holdfast/kernel/problem.ts'
import { amountOf } from '@holdfast/kernel/engine/agreement.ts'
import type { OpeningFacts, Product } from '@holdfast/kernel/engine/product.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { suspenseCredit as flow } from './flow.ts'

const Party = Type.String({
  pattern: '^[A-Za-z0-9_.:@-]{1,64}$',
  description: 'Who gets it; by default who was to pay',
})

export const suspenseCredit: Product = {
  flow,
  opening: {
    body: Type.Object({ party: Type.Optional(Party) }, { additionalProperties: false }),
    open: ({ body, parent }: OpeningFacts) => {
      if (parent === null) return problem('not_found', { what: 'suspense' })
      const holder = (body['party'] as string | undefined) ?? parent.parties['payer']
      if (holder === undefined)
        return problem('invalid_request', { pointer: '/party', reason: 'nobody is known who was to pay' })
      return {
        creation: {
          parties: { holder },
          currency: parent.currency,
          amounts: { amount: amountOf(parent, 'amount') },
          terms: {},
          reference: null,
        },
        input: {},
      }
    },
  },
  own_routes: ['credit'],
  guards: {
    is_all_of_it: ({ agreement, parent }) => {
      const all = parent === null ? 0n : amountOf(parent, 'amount')
      return amountOf(agreement, 'amount') === all
        ? null
        : problem('amount_mismatch', { pointer: '/amount', expected: [toJson(all)] })
    },
  },
}
