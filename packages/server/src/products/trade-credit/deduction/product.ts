/** Credit deduction: a row that explains itself: the sales, every cap, the amount, or why nothing was deducted. */

import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import type { ProblemCode } from '@holdfast/kernel/problem.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { enabled, limit } from '../line/product.ts'
import { creditDeduction } from './flow.ts'

export const deduction: Product = {
  flow: creditDeduction,
  shapes: {
    enabled,
    max_daily: limit,
  },
  own_routes: ['deduct'],
  view: (agreement) => {
    const caps = capsOf(agreement)
    return {
      at_most: undefined,
      worked_out: undefined,
      deduction_percentage: agreement.terms['deduction_percentage'],
      caps,
      ...(agreement.data['stopped_by'] === undefined ? {} : { stopped_by: not_possible }),
      skipped_because: agreement.state === 'skipped' ? whySkipped(agreement, caps) : null,
    }
  },
  // What is in the wallet of the retailer is not the company's to read.
  toParty: (shown, role) => {
    if (role === 'retailer') return shown
    const { above_minimum_balance: _figure, ...caps } = shown['caps'] as Caps
    return { ...shown, caps }
  },
}

/** Whose wallet was frozen is not for both to know. */
export const not_possible = 'not_possible_now' satisfies ProblemCode

export interface Caps {
  readonly percentage_of_sales: number
  /** Null where there is no daily maximum. */
  readonly max_daily: unknown
  readonly owed: number
  readonly above_minimum_balance: number
}

function capsOf({ data }: Agreement): Caps {
  const { worked_out } = data as { worked_out?: { deduction: { least_of: Record<string, number> } } }
  const least_of = worked_out?.deduction.least_of ?? {}
  return {
    percentage_of_sales: least_of['deduction_percentage of sales'] ?? 0,
    max_daily: data['max_daily'] ?? null,
    owed: least_of['retailer.debts'] ?? 0,
    above_minimum_balance: least_of['retailer.available less minimum_balance'] ?? 0,
  }
}

/** The first that holds. */
function whySkipped(agreement: Agreement, caps: Caps): string {
  const { enabled: is_enabled, stopped_by } = agreement.data
  const reasons: readonly [boolean, string][] = [
    [is_enabled === false, 'switched off by the retailer'],
    [typeof stopped_by === 'string', 'it was not possible that day'],
    [amountOf(agreement, 'sales') === 0n, 'no sales'],
    [caps.owed === 0, 'nothing is owed'],
    [caps.max_daily === 0, 'the daily maximum is nothing'],
    [caps.percentage_of_sales === 0, 'the percentage of the sales is nothing'],
    [
      caps.above_minimum_balance <= 0,
      `the balance is not above the minimum of ${toJson(amountOf(agreement, 'minimum_balance'))}`,
    ],
  ]
  return reasons.find(([holds]) => holds)?.[1] ?? 'nothing to deduct'
}
