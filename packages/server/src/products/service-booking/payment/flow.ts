/** Payment: the couple pays for a booking through a provider; the booking moves when the payment is settled, and only then. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

export const payment = defineFlow({
  name: 'payment',
  noun: 'v1/payments',
  id_prefix: 'pay',
  about:
    'A payment for a booking through a provider. What arrived counts once, and only if it is what is due.',
  under: { booking: 'service-booking' },

  reference_per: 'provider',
  parties: { payer: 'Pays for the booking', payee: 'Is paid once the booking is completed' },
  amounts: { amount: 'fixed', amount_paid: 'given' },
  terms: { pay_within: '24 hours', may_arrive: '90 days' },
  codes: {
    PAYMENT: ['Payment', 'Payment {id}'],
  },

  states: {
    pending: 'The payer has not paid yet, or the provider has not told us',
    settled: 'The money arrived, and is held for the booking',
    failed: 'The provider says that it was not paid',
    expired: 'Not paid in time; the provider may still be late in telling us',
    set_aside:
      'Money arrived that the booking does not wait for: it lies in suspense, and an operator looks after it',
    closed: 'Nothing arrived',
  },
  ends: ['settled', 'set_aside', 'closed'],

  transitions: {
    create: {
      arrow: '[*] -> pending',
      by: ['payer', 'service'],
      says: 'Payment begun',
      input: {
        part: 'part',
        method: 'method',
        mobile_number: 'mobile_number?',
        success_url: 'return_url?',
        cancel_url: 'return_url?',
      },
      needs: ['is_due'],
    },
    offer: {
      arrow: 'pending -> pending',
      by: 'service',
      says: 'The provider waits for the payer',
      input: { checkout_url: 'text', provider: 'text' },
    },
    settle: {
      arrow: ['pending -> settled', 'failed -> settled', 'expired -> settled'],
      by: ['service', 'operator'],
      says: 'The provider says that it is paid',
      input: {
        amount_paid: 'amount',
        currency: 'currency',
        provider_reference: 'reference',
        provider: 'provider?',
      },
      counts_once: { reference: 'provider_reference', from: 'provider' },
      needs: ['same_currency', 'pays_what_was_asked'],
      moves: [['amount_paid', 'outside.clearing -> booking.held', 'PAYMENT']],
      drives: 'payment_settled',
      stamps: 'settled_at',
    },
    fail: {
      arrow: 'pending -> failed',
      by: ['service', 'operator'],
      says: 'The provider says that it was not paid',
      input: { note: 'text?' },
      tells: ['payer: Your payment did not succeed; you can try again'],
    },
    set_aside: {
      arrow: ['pending -> set_aside', 'failed -> set_aside', 'expired -> set_aside'],
      by: ['service', 'operator'],
      says: 'Money arrived that the booking does not wait for, and lies in suspense',
      input: { because: 'because', suspense: 'text' },
    },
    expire: {
      arrow: 'pending -> expired',
      after: 'pay_within',
      says: 'Not paid in time',
      tells: ['payer: Your payment was not made in time; you can try again'],
    },
    close: {
      arrow: ['failed -> closed', 'expired -> closed'],
      after: 'may_arrive',
      says: 'Nothing arrived',
    },
  },
})
