/**
 * A specimen like a service booking: a price that the vendor quotes, payments that a provider confirms, two-sided
 * completion that can be taken back, and a silence that escalates but never pays.
 */

import { problem } from '../../src/problem.ts'
import type { Product } from '../../src/engine/product.ts'
import { amountOf } from '../../src/engine/agreement.ts'
import { defineFlow } from '../../src/flow/define.ts'

const pay_vendor = [['held', 'couple.held -> vendor.available', 'EARNING']] as const
const give_back = [['held', 'couple.held -> outside.clearing', 'REFUND']] as const

const flow = defineFlow({
  name: 'specimen-booking',
  noun: 'specimen-bookings',
  id_prefix: 'sbkg',
  about: 'The couple pays a deposit or all of it by a provider; both say when it is done.',
  parties: { couple: 'Books and pays', vendor: 'Quotes, serves, and is paid' },
  beneficiary: 'vendor',
  amounts: { price: 'fixed', deposit: 'fixed', payment: 'given' },
  terms: { quote_valid: '30 days', silence: '14 days', forgotten: '60 days', review: '3 days' },
  codes: {
    PAYMENT: ['Payment', 'Payment for booking {id}'],
    EARNING: ['Earning', 'Earned by booking {id}'],
    REFUND: ['Refund', 'Refund of booking {id}'],
  },
  states: {
    request: 'Asked for',
    quote_sent: 'The vendor named a price',
    deposit_paid: 'A part is paid',
    fully_paid: 'All of it is paid',
    disputed: 'An operator decides',
    completed: 'Both say that it is done',
    refunded: 'Ended; what was paid went back',
    cancelled: 'Ended before any payment',
    quote_expired: 'The quote was not accepted in time',
  },
  ends: ['completed', 'refunded', 'cancelled', 'quote_expired'],
  transitions: {
    create: {
      arrow: '[*] -> request',
      by: ['couple', 'service'],
      says: 'Booking asked for',
      input: { event_date: 'instant?' },
    },
    send_quote: {
      arrow: 'request -> quote_sent',
      by: 'vendor',
      says: 'Vendor sends a quote',
      input: { price: 'amount', deposit: 'amount_or_zero' },
      needs: ['deposit_within_price'],
      tells: ['couple'],
    },
    confirm_payment: {
      arrow: ['quote_sent -> fully_paid if price <= payment', 'quote_sent -> deposit_paid'],
      by: 'service',
      says: 'The provider says that it is paid',
      input: { payment: 'amount' },
      needs: ['pays_what_is_asked'],
      moves: [['payment', 'outside.clearing -> couple.held', 'PAYMENT']],
      tells: ['couple', 'vendor'],
    },
    confirm_balance: {
      arrow: 'deposit_paid -> fully_paid',
      by: 'service',
      says: 'The provider says that the rest is paid',
      input: { payment: 'amount' },
      needs: ['pays_what_is_asked'],
      moves: [['payment', 'outside.clearing -> couple.held', 'PAYMENT']],
      tells: ['couple', 'vendor'],
    },
    mark_complete: {
      arrow: 'fully_paid -> completed',
      by: { all: ['vendor', 'couple'] },
      says: 'Both say that it is done: the vendor is paid',
      moves: pay_vendor,
      tells: ['vendor', 'couple'],
    },
    unmark_complete: {
      arrow: 'fully_paid -> fully_paid',
      by: ['vendor', 'couple'],
      says: 'Takes the own mark back',
      undoes: 'mark_complete',
    },
    cancel: {
      arrow: ['request -> cancelled', 'quote_sent -> cancelled'],
      by: ['couple', 'vendor', 'operator'],
      says: 'Cancelled before payment',
    },
    cancel_paid: {
      arrow: ['deposit_paid -> refunded', 'fully_paid -> refunded'],
      by: ['vendor', 'operator'],
      says: 'Cancelled, with a full refund',
      moves: give_back,
    },
    cancel_together: {
      arrow: ['deposit_paid -> refunded', 'fully_paid -> refunded'],
      by: { all: ['couple', 'vendor'] },
      says: 'Both cancel',
      moves: give_back,
    },
    dispute: {
      arrow: 'fully_paid -> disputed',
      by: ['couple', 'vendor', 'operator'],
      says: 'Dispute raised',
      tells: ['operator'],
    },
    withdraw_dispute: {
      arrow: 'disputed -> [back]',
      by: ['couple', 'vendor', 'operator'],
      says: 'Dispute withdrawn',
      at_least: '24 hours',
    },
    release: {
      arrow: 'disputed -> completed',
      by: 'operator',
      says: 'Operator decides for the vendor',
      moves: pay_vendor,
    },
    refund: {
      arrow: 'disputed -> refunded',
      by: 'operator',
      says: 'Operator decides for the couple',
      moves: give_back,
    },
    expire_quote: { arrow: 'quote_sent -> quote_expired', after: 'quote_valid', says: 'The quote ran out' },
    expire_request: { arrow: 'request -> cancelled', after: '30 days', says: 'No quote came' },
    escalate_silence: {
      arrow: 'fully_paid -> disputed',
      after: 'silence',
      since: 'mark_complete',
      says: 'One side is silent: an operator decides',
      tells: ['operator'],
      remind: { before: '2 days', tells: ['couple', 'vendor'] },
    },
    escalate_late: {
      arrow: 'fully_paid -> fully_paid',
      after: 'silence',
      since: 'event_date',
      says: 'The date has passed',
      tells: ['operator'],
    },
    escalate_forgotten: {
      arrow: ['deposit_paid -> deposit_paid', 'fully_paid -> fully_paid'],
      after: 'forgotten',
      says: 'Paid, and nothing happened',
      tells: ['operator'],
    },
    escalate_dispute: {
      arrow: 'disputed -> disputed',
      after: 'review',
      says: 'The dispute still waits',
      tells: ['operator'],
    },
  },
})

export const booking: Product = {
  flow,
  guards: {
    deposit_within_price: ({ input }) =>
      Number(input['deposit']) < Number(input['price'])
        ? null
        : problem('amount_out_of_range', { pointer: '/deposit' }),
    pays_what_is_asked: ({ agreement, input }) => {
      const [price, deposit, held] = [
        amountOf(agreement, 'price'),
        amountOf(agreement, 'deposit'),
        amountOf(agreement, 'held'),
      ]
      const asked = held > 0n ? [price - held] : [price, deposit]
      return asked.some((amount) => amount === input['payment'])
        ? null
        : problem('amount_out_of_range', { pointer: '/payment' })
    },
  },
}
