/** Credit line: the guard of its limit, the shapes of its settings, and the words of its answer. */

import { Type } from 'typebox'
import { problem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { moneyOfTerm } from '@holdfast/kernel/money/price.ts'
import { creditLine } from './flow.ts'

export const enabled = Type.Boolean({ description: 'Whether a share of the sales pays back' })
/** Written as a percentage term later, so it has two decimals at the most. */
export const percentage = Type.Number({
  minimum: 0,
  maximum: 100,
  description: 'Of a day’s sales; two decimals at the most',
})

export const line: Product = {
  flow: creditLine,
  shapes: { enabled, percentage },
  guards: {
    within_limit: ({ agreement, child, input }) => {
      const limit = limitOf(agreement, child)
      const used = amountOf(agreement, 'used')
      const amount = typeof input['amount'] === 'bigint' ? input['amount'] : 0n
      if (limit === null || used + amount <= limit) return null
      return problem('limit_exceeded', {
        pointer: '/amount',
        reason: 'beyond the credit limit',
        limit: toJson(limit),
        used: toJson(used),
        left: toJson(limit > used ? limit - used : 0n),
      })
    },
  },
  own_routes: ['open', 'change_settings'],
  view: (agreement) => {
    const max_daily = amountOf(agreement, 'max_daily')
    return { max_daily: max_daily === 0n ? null : toJson(max_daily) }
  },
}

/** Its own; else the one for all, as it is frozen in the order that draws. */
function limitOf(agreement: Agreement, child: Agreement | null): bigint | null {
  const own = amountOf(agreement, 'own_limit')
  return own > 0n ? own : moneyOfTerm(child?.terms['credit_limit'] ?? '', agreement.currency)
}
