/** Payment: what it needs beside its flow: how it is opened from a booking, and what must arrive. */

import { Type } from 'typebox'
import { isProblem, problem, type Problem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { OpeningFacts, Product } from '@holdfast/kernel/engine/product.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { currency_codes } from '@holdfast/kernel/money/currency.ts'
import { suspense_reasons } from '../../../payments/providers/suspense.ts'
import { dueOf, partDue, payment_parts, type PaymentPart } from '../booking/due.ts'
import { payment as flow } from './flow.ts'

export const Part = Type.Enum([...payment_parts])

/** The page of the provider, where the payer chooses among all that it offers, or one of these. */
export const payment_methods = [
  'checkout',
  'card',
  'gcash',
  'maya',
  'grab_pay',
  'qr_ph',
  'mobile_money',
  'bank_transfer',
] as const
export type PaymentMethod = (typeof payment_methods)[number]

const ReturnUrl = Type.String({
  maxLength: 2_000,
  pattern: '^https?://[\\x21-\\x7e]+$',
  description: 'Where the payer goes back to; proves nothing',
})

/** How the payer wants to pay. */
export const how_to_pay = {
  mobile_number: Type.Optional(
    Type.String({
      pattern: '^[1-9][0-9]{6,14}$',
      description: "Of a mobile wallet, with its country's digits and without +; for mobile_money",
    }),
  ),
  success_url: Type.Optional(ReturnUrl),
  cancel_url: Type.Optional(ReturnUrl),
}

/** That money arrived: in live mode the marketplace's word alone does not count. */
export const told_by_operators: readonly string[] = ['settle', 'set_aside']

export const pay_in_shapes = {
  method: Type.Enum([...payment_methods]),
  mobile_number: how_to_pay.mobile_number,
  return_url: ReturnUrl,
  because: Type.Enum([...suspense_reasons]),
  currency: Type.Enum([...currency_codes]),
}

/** Of what arrived: exactly what was asked for, in amount and currency. */
export const arrival_guards = {
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
} satisfies Product['guards']

export const payment: Product = {
  flow,
  shapes: {
    part: Part,
    ...pay_in_shapes,
  },
  opening: {
    body: Type.Object(
      {
        part: Type.Optional(Part),
        method: Type.Optional(pay_in_shapes.method),
        ...how_to_pay,
      },
      { additionalProperties: false, description: 'Without a part: what is due next' },
    ),
    open: ({ body, parent, party }: OpeningFacts) => {
      // What a person has no part in does not exist for it.
      if (parent === null || (party !== null && !Object.values(parent.parties).includes(party)))
        return problem('not_found', { what: 'booking' })
      const how = howToPay(body)
      if (isProblem(how)) return how
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
        input: { part: due.part, ...how },
      }
    },
  },
  // Where the payer pays, the provider says.
  own_routes: [...told_by_operators, 'offer'],
  guards: {
    // The booking may have moved since its opening was worked out.
    is_due: ({ agreement, parent }) => {
      const amount = amountOf(agreement, 'amount')
      const due = parent === null ? [] : dueOf(parent)
      return due.some((each) => each.amount === amount)
        ? null
        : problem('transition_not_open', { state: parent?.state, reason: 'this is not due' })
    },
    ...arrival_guards,
  },
  view: payInView,
}

/** Of every pay-in: where it stands and where to pay. Number and addresses are the payer's own, and for the provider alone. */
export function payInView({ state, data }: Agreement): Record<string, unknown> {
  return {
    status: state,
    // None before a provider is asked.
    checkout_url: data['checkout_url'] ?? null,
    provider: data['provider'] ?? null,
    mobile_number: undefined,
    success_url: undefined,
    cancel_url: undefined,
    settled_at: data['settled_at'] ?? null,
  }
}

/** What the provider needs to know of the payer, or what is lacking of it. */
export function howToPay(body: OpeningFacts['body']): Record<string, unknown> | Problem {
  const { method = 'checkout', mobile_number, success_url, cancel_url } = body
  if (method === 'mobile_money' && mobile_number === undefined)
    return problem('invalid_request', { pointer: '/mobile_number', reason: 'mobile_money needs it' })
  if ((success_url === undefined) !== (cancel_url === undefined))
    return problem('invalid_request', {
      pointer: success_url === undefined ? '/success_url' : '/cancel_url',
      reason: 'success_url and cancel_url go together',
    })
  return {
    method,
    ...(mobile_number === undefined ? {} : { mobile_number }),
    ...(success_url === undefined ? {} : { success_url, cancel_url }),
  }
}
