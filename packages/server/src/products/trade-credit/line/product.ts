/** Credit line: the guard of its limit, the shapes of its settings, and the words of its answer. */

import { Type } from 'typebox'
import { problem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { amount_max, fromJson, toJson } from '@holdfast/kernel/money/amount.ts'
import { moneyOfTerm } from '@holdfast/kernel/money/price.ts'
import { creditLine } from './flow.ts'

export const enabled = Type.Boolean({ description: 'Whether a share of the sales pays back' })
/** Written as a percentage term later, so it has two decimals at the most. */
export const percentage = Type.Number({
  minimum: 0,
  maximum: 100,
  description: 'Of a day’s sales; two decimals at the most',
})

/** Minor units, where 0 is nothing; null is no limit of its own. */
export const limit = Type.Union(
  [Type.Integer({ minimum: 0, maximum: toJson(amount_max), description: 'Minor units' }), Type.Null()],
  { description: '0: nothing. Null: none of its own' },
)

export const line: Product = {
  flow: creditLine,
  shapes: { enabled, percentage, limit },
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
  own_routes: ['open', 'change_settings', 'set_limit'],
  view: (agreement) => ({
    own_limit: shown(ownLimitOf(agreement)),
    max_daily: shown(maxDailyOf(agreement)),
  }),
}

/** What the retailer may have held and owe at the most; null where the limit for all holds. */
export function ownLimitOf(agreement: Agreement): bigint | null {
  return settingOf(agreement, 'own_limit')
}

/** What is deducted from a day's sales at the most; null where there is no maximum. */
export function maxDailyOf(agreement: Agreement): bigint | null {
  return settingOf(agreement, 'max_daily')
}

/** A line of the first version of its flow has it among its amounts until it is set again; there 0 was none. */
function settingOf({ data, amounts }: Agreement, name: 'own_limit' | 'max_daily'): bigint | null {
  const value = data[name]
  if (typeof value === 'number') return fromJson(value)
  const before = amounts[name] ?? 0n
  return value === undefined && before > 0n ? before : null
}

function shown(value: bigint | null): number | null {
  return value === null ? null : toJson(value)
}

/** Its own; else the one for all, as it is frozen in the order that draws. */
function limitOf(agreement: Agreement, child: Agreement | null): bigint | null {
  return ownLimitOf(agreement) ?? moneyOfTerm(child?.terms['credit_limit'] ?? '', agreement.currency)
}
