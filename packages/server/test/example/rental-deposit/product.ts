/** Rental deposit: the shape of its home, the guard of its claim, and the words of its answer. */

import { Type } from 'typebox'
import { problem } from '@holdfast/kernel/problem.ts'
import { amountOf } from '@holdfast/kernel/engine/agreement.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { rentalDeposit } from './flow.ts'

export const deposit: Product = {
  flow: rentalDeposit,
  shapes: {
    home: Type.Object({ street: Type.String(), city: Type.String() }, { additionalProperties: false }),
  },
  guards: {
    rent_has_ended: ({ agreement, now_ms }) => {
      const { rent_ends } = agreement.data
      const ended = typeof rent_ends === 'string' && Date.parse(rent_ends) <= now_ms
      return ended ? null : problem('limit_exceeded', { reason: 'the rent has not ended', rent_ends })
    },
  },
  view: (agreement) => ({ is_secured: amountOf(agreement, 'held') > 0n }),
}
