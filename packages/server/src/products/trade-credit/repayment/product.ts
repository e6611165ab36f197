/** Credit repayment: its methods, the guard that something is owed, and the columns of its document. */

import { Type } from 'typebox'
import { showId } from '@holdfast/kernel/ids.ts'
import { problem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { maskDetails } from '../../../system-flows/accounts/account-details.ts'
import { rwandan_number } from '../../../system-flows/accounts/mobile-numbers.ts'
import { printable } from '../../../system-flows/outside-reference.ts'
import { tradeCredit } from '../escrow/flow.ts'
import { creditRepayment } from './flow.ts'

export const payment_reference = Type.String({
  ...printable,
  maxLength: 100,
  description: "The provider's or the bank's reference of the payment",
  examples: ['MOMO-4711'],
})
export const repayment_method = Type.Enum(['wallet', 'mobile_money', 'bank_transfer'])

export const mobile_number = Type.String({
  pattern: rwandan_number.source,
  description: 'Of Rwanda: the provider asks its owner to pay. Without it the retailer pays by itself',
  examples: ['0781234567'],
})

export const repayment: Product = {
  flow: creditRepayment,
  shapes: { payment_reference, repayment_method, mobile_number },
  guards: {
    // What comes from outside may be more: the surplus stays in the wallet.
    owes: ({ agreement, balance }) => {
      const owed = balance('retailer.debts')
      if (owed > 0n && amountOf(agreement, 'at_once') <= owed) return null
      const reason = owed > 0n ? 'more than is owed' : 'nothing is owed'
      return problem('limit_exceeded', { pointer: '/amount', owed: toJson(owed), reason })
    },
  },
  own_routes: ['repay'],
  view: columnsOf,
}

function columnsOf(repayment: Agreement): Record<string, unknown> {
  const { data, parties, state } = repayment
  const { debt, mobile_number: number } = data
  const [amount, owed, repaid] = ['amount', 'owed', 'repaid'].map((name) => amountOf(repayment, name))
  const completed = state === 'completed'
  return {
    at_once: undefined,
    debt: undefined,
    owed: undefined,
    worked_out: undefined,
    escrow_transaction_id: typeof debt === 'string' ? showId(tradeCredit.id_prefix, debt) : null,
    retailer_id: parties['retailer'],
    repayment_amount: toJson(amount ?? 0n),
    // The provider has it whole; nobody types it.
    ...(typeof number === 'string' ? maskDetails({ mobile_number: number }) : {}),
    status: state,
    // Of all that is owed, or of the one debt that was named; as it was right after.
    outstanding_amount: toJson((owed ?? 0n) - (repaid ?? 0n)),
    surplus: completed ? toJson((amount ?? 0n) - (repaid ?? 0n)) : 0,
  }
}
