/** Service booking, pure: what the couple may pay now: the deposit or all of it, and after the deposit the balance. */

import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'

export const payment_parts = ['deposit', 'full', 'balance'] as const
export type PaymentPart = (typeof payment_parts)[number]

export interface Due {
  readonly part: PaymentPart
  readonly amount: bigint
}

/** What is due, the next first; nothing where nothing is to be paid. */
export function dueOf(booking: Agreement): readonly Due[] {
  const [price, deposit] = [amountOf(booking, 'price'), amountOf(booking, 'deposit')]
  if (booking.state === 'deposit_paid')
    return [{ part: 'balance', amount: price - amountOf(booking, 'paid') }]
  if (booking.state !== 'quote_sent') return []
  const full: Due = { part: 'full', amount: price }
  return deposit > 0n ? [{ part: 'deposit', amount: deposit }, full] : [full]
}

/** The part that is asked for, or what is due next where none is. */
export function partDue(booking: Agreement, part: PaymentPart | undefined): Due | Problem {
  const due = dueOf(booking)
  const found = part === undefined ? due[0] : due.find((each) => each.part === part)
  if (found !== undefined) return found
  return problem('transition_not_open', {
    state: booking.state,
    reason: due.length === 0 ? 'nothing is due' : `no ${part} is due`,
    due: due.map((each) => ({ part: each.part, amount: toJson(each.amount) })),
  })
}

/** Money that is not exactly what is due is not this booking's. */
export function notDue(booking: Agreement, amount: unknown): Problem | null {
  const due = dueOf(booking)
  if (due.length === 0)
    return problem('transition_not_open', { state: booking.state, reason: 'nothing is due' })
  if (due.some((each) => each.amount === amount)) return null
  return problem('amount_mismatch', {
    pointer: '/amount_paid',
    expected: due.map((each) => toJson(each.amount)),
  })
}
