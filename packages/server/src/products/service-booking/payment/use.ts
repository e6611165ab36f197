/** Payment: how it uses providers: it is paid with one, and settled when that one says so. */

import assert from 'node:assert/strict'
import { showId } from '@holdfast/kernel/ids.ts'
import { amountOf } from '@holdfast/kernel/engine/agreement.ts'
import type { Details, ProviderPayment } from '../../../payments/processor/provider-payment.ts'
import type { ProviderBinding, PaymentRequest } from '../../../payments/processor/binding.ts'
import { serviceBooking } from '../booking/flow.ts'
import { payment as flow } from './flow.ts'
import type { PaymentMethod } from './product.ts'

/** What its creation was given of how it is paid. */
export interface HowToPay {
  readonly method: PaymentMethod
  readonly mobile_number?: string
  readonly success_url?: string
  readonly cancel_url?: string
}

interface Asked extends HowToPay {
  readonly part: string
}

export const pay_in_says: ProviderBinding['says'] = {
  offered: ({ checkout_url, provider }) => ({ transition: 'offer', input: { checkout_url, provider } }),
  succeeded: settlement,
  failed: ({ reason }) => ({ transition: 'fail', input: reason ? { note: reason } : {} }),
}

export const paymentUse: ProviderBinding = {
  flow: flow.name,
  kind: 'pay_in',
  on: { flow: flow.name, transitions: ['create'] },
  wants: ({ body }, payment) => {
    const asked = body.input as unknown as Asked
    assert(payment.under !== null, 'a payment stands under its booking')
    const { payer = '' } = payment.parties
    const wanted = {
      agreement: payment.id,
      method: methodOf(asked),
      amount: amountOf(payment, 'amount'),
      currency: payment.currency,
      details: detailsOf(asked, payer, paidFor(asked, showId(serviceBooking.id_prefix, payment.under))),
    }
    return Promise.resolve([wanted])
  },
  while: ['pending'],
  says: pay_in_says,
  closes: ['expire'],
}

function paidFor({ part }: Asked, booking: string): string {
  return `Booking ${booking}${part === 'full' ? '' : `, ${part}`}`
}

/** Null for any that the payer finds on the provider's page. */
export function methodOf({ method }: HowToPay): PaymentRequest['method'] {
  return method === 'checkout' ? null : method
}

export function detailsOf(
  { mobile_number, success_url, cancel_url }: HowToPay,
  payer: string,
  description: string,
): Details {
  return {
    description,
    party: payer,
    ...(success_url === undefined || cancel_url === undefined
      ? {}
      : { return_urls: { paid: success_url, cancelled: cancel_url } }),
    ...(mobile_number === undefined ? {} : { payer_number: mobile_number }),
  }
}

/** What arrived, as the provider tells it: whether it is what was asked for, the payment looks at. */
function settlement({ provider, told_amount, told_currency, settled_id }: ProviderPayment) {
  assert(told_amount !== null && settled_id !== null, 'a pay-in that has succeeded says what arrived')
  return {
    transition: 'settle',
    input: { amount_paid: told_amount, currency: told_currency, provider_reference: settled_id, provider },
  }
}
