/** Service booking: the vendor quotes, the couple pays, and the vendor has the money when both say that the service was done. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

const pay_vendor = [
  ['rest of held', 'couple.held -> vendor.available', 'EARNING'],
  ['fee of held', 'couple.held -> platform.revenue', 'EARNING/FEE'],
] as const
/** To where it came from: what a provider brought goes back through it, and is in transit until the provider says that it arrived. */
const give_back = [
  ['from_wallet', 'couple.held -> couple.available', 'REFUND'],
  ['from_provider', 'couple.held -> outside.transit', 'REFUND'],
] as const
/** All for the couple is a refund. Of a part nobody can say which payment it was, so it goes to the wallet. */
const divide_between = [
  ['from_wallet', 'couple.held -> couple.available', 'REFUND', 'into refunded'],
  ['from_provider', 'couple.held -> outside.transit', 'REFUND', 'into refunded'],
  ['to_couple', 'couple.held -> couple.available', 'REFUND', 'into completed'],
  ['rest of to_vendor', 'couple.held -> vendor.available', 'EARNING', 'into completed'],
  ['fee of to_vendor', 'couple.held -> platform.revenue', 'EARNING/FEE', 'into completed'],
] as const
const parts = { to_couple: 'amount_or_zero', to_vendor: 'amount_or_zero' } as const
const counts_as_paid = [
  'quote_sent -> fully_paid if price <= paid',
  'quote_sent -> deposit_paid',
  'deposit_paid -> fully_paid',
] as const
const tells_of_payment = [
  'vendor: A payment for a booking has arrived; it is yours once both of you say that the service was done',
  'couple: Your payment has arrived, and its receipt is written',
] as const
const tells_of_earning = [
  'vendor: The money for a booking is in your wallet',
  'couple: The booking is completed, and the vendor is paid',
] as const
const tells_of_refund = [
  'couple: Your booking has ended, and what you paid goes back to where it came from',
  'vendor: A booking has ended, and what was paid for it goes back',
] as const
const tells_of_division = [
  'couple: What you paid for a booking has been divided',
  'vendor: What was paid for a booking has been divided',
] as const

export const serviceBooking = defineFlow({
  name: 'service-booking',
  noun: 'bookings',
  id_prefix: 'bkg',
  about:
    'A vendor quotes, the couple pays, and the vendor has the money when both say that the service was done.',

  parties: {
    couple: 'Books, pays, and says when it was done',
    vendor: 'Quotes, serves, says when it was done, and is paid',
  },
  beneficiary: 'vendor',
  amounts: {
    price: 'fixed',
    deposit: 'fixed',
    paid: 'counted',
    from_wallet: 'counted',
    from_provider: 'counted',
    amount_paid: 'given',
    to_couple: 'given',
    to_vendor: 'given',
  },
  terms: {
    fee: '0%',
    answer_within: '30 days',
    quote_valid: { is: '30 days', min: '1 days', max: '365 days' },
    balance_within: '30 days',
    silence: '14 days',
    late_after: '30 days',
    dispute_review: '3 days',
    evidence_within: '7 days',
    time_after_dispute: '24 hours',
    second_operator_above:
      '1000000.00 PKR, 200000.00 PHP, 5000000.00 NGN, 5000.00 USD, 5000.00 EUR, 5000.00 GBP, 5000.00 CAD, 100000000 VND, 5000000 RWF, 5000.000000 USDT, 5000.000000 USDC, 0.05000000 BTC',
  },
  codes: {
    PAYMENT: ['Payment', 'Payment for booking {id}'],
    EARNING: ['Earning', 'Earned by booking {id}'],
    FEE: ['Fee', 'Fee of booking {id}'],
    REFUND: ['Refund', 'Refund of booking {id}'],
  },

  states: {
    request: 'Asked for; the vendor quotes or declines',
    quote_sent: 'The vendor named a price; the couple pays or declines',
    deposit_paid: 'A part is paid, and waits for the rest',
    fully_paid: 'All of it is paid, and waits until both say that the service was done',
    disputed: 'An operator decides, or the two agree; the clock stands still',
    completed: 'The vendor is paid, or what was paid is divided',
    refunded: 'Ended; all that was paid went back to where it came from',
    cancelled: 'Ended before anything was paid',
    declined: 'One of the two said no before anything was paid',
    quote_expired: 'The quote was not paid in time',
  },
  ends: ['completed', 'refunded', 'cancelled', 'declined', 'quote_expired'],
  dispute: {
    state: 'disputed',
    raise: ['dispute'],
    withdraw: 'withdraw_dispute',
    release: 'release',
    refund: 'refund',
    split: 'split',
    settle: 'settle',
    parts: { couple: 'to_couple', vendor: 'to_vendor' },
  },

  transitions: {
    create: {
      arrow: '[*] -> request',
      by: ['couple', 'service'],
      says: 'Booking asked for',
      input: { service_at: 'instant', details: 'booking_details' },
      tells: ['vendor: A couple asks for your service; send a quote or decline'],
    },
    send_quote: {
      arrow: 'request -> quote_sent',
      by: 'vendor',
      says: 'Vendor sends a quote',
      input: { price: 'amount', deposit: 'amount_or_zero?', items: 'quote_items?' },
      needs: ['deposit_is_a_part', 'items_make_the_price'],
      tells: ['couple: The vendor has sent you a quote'],
    },
    decline: {
      arrow: ['request -> declined', 'quote_sent -> declined'],
      by: ['vendor', 'couple'],
      says: 'The booking was declined',
      tells: ['couple', 'vendor'],
    },
    pay_from_wallet: {
      arrow: counts_as_paid,
      by: 'couple',
      says: 'Couple pays from its wallet',
      input: { amount_paid: 'amount' },
      needs: ['pays_what_is_due'],
      counts: [
        ['amount_paid', '[*] -> paid'],
        ['amount_paid', '[*] -> from_wallet'],
      ],
      moves: [['amount_paid', 'couple.available -> couple.held', 'PAYMENT']],
      tells: tells_of_payment,
    },
    payment_settled: {
      arrow: counts_as_paid,
      by: 'child',
      says: 'A payment through a provider has arrived',
      input: { amount_paid: 'amount' },
      needs: ['pays_what_is_due'],
      counts: [
        ['amount_paid', '[*] -> paid'],
        ['amount_paid', '[*] -> from_provider'],
      ],
      tells: tells_of_payment,
    },
    mark_complete: {
      arrow: 'fully_paid -> completed',
      by: { all: ['vendor', 'couple'] },
      says: 'Both say that the service was done: the vendor is paid',
      moves: pay_vendor,
      stamps: 'both_completed_at',
      tells: tells_of_earning,
    },
    unmark_complete: {
      arrow: 'fully_paid -> fully_paid',
      by: ['vendor', 'couple'],
      says: 'A completion mark was taken back',
      undoes: 'mark_complete',
      tells: ['couple', 'vendor'],
    },

    cancel_unpaid: {
      arrow: ['request -> cancelled', 'quote_sent -> cancelled'],
      by: ['couple', 'vendor', 'operator'],
      says: 'The booking was cancelled before anything was paid',
      tells: ['couple', 'vendor'],
    },
    cancel_paid: {
      arrow: ['deposit_paid -> refunded', 'fully_paid -> refunded'],
      by: ['vendor', 'operator'],
      says: 'Cancelled after payment: all of it goes back',
      moves: give_back,
      four_eyes_above: 'second_operator_above',
      tells: tells_of_refund,
    },
    cancel_together: {
      arrow: ['deposit_paid -> refunded', 'fully_paid -> refunded'],
      by: { all: ['couple', 'vendor'] },
      says: 'Both cancel after payment: all of it goes back',
      moves: give_back,
      tells: tells_of_refund,
    },

    dispute: {
      arrow: ['deposit_paid -> disputed', 'fully_paid -> disputed'],
      by: ['couple', 'vendor'],
      says: 'A booking is disputed: its money waits',
      input: { dispute_reason: 'dispute_reason', dispute_text: 'text' },
      tells: ['couple', 'vendor', 'operator'],
    },
    withdraw_dispute: {
      arrow: 'disputed -> [back]',
      by: ['couple', 'vendor'],
      says: 'Dispute withdrawn by who raised it',
      at_least: 'time_after_dispute',
      tells: ['couple', 'vendor', 'operator'],
    },
    release: {
      arrow: 'disputed -> completed',
      by: 'operator',
      says: 'Operator decides for the vendor',
      moves: pay_vendor,
      four_eyes_above: 'second_operator_above',
      tells: tells_of_earning,
    },
    refund: {
      arrow: 'disputed -> refunded',
      by: 'operator',
      says: 'Operator decides for the couple',
      moves: give_back,
      four_eyes_above: 'second_operator_above',
      tells: tells_of_refund,
    },
    split: {
      arrow: ['disputed -> refunded if held <= to_couple', 'disputed -> completed'],
      by: 'operator',
      says: 'Operator divides what is held',
      input: parts,
      needs: ['parts_make_what_is_held'],
      moves: divide_between,
      four_eyes_above: 'second_operator_above',
      tells: tells_of_division,
    },
    settle: {
      arrow: ['disputed -> refunded if held <= to_couple', 'disputed -> completed'],
      by: { all: ['couple', 'vendor'] },
      says: 'Couple and vendor agree on a distribution',
      input: parts,
      needs: ['parts_make_what_is_held'],
      moves: divide_between,
      tells: [...tells_of_division, 'operator: The two sides of a booking have agreed'],
    },

    expire_request: {
      arrow: 'request -> cancelled',
      after: 'answer_within',
      says: 'No quote came in time',
      tells: ['couple: The vendor did not answer in time', 'vendor: You did not answer in time'],
    },
    expire_quote: {
      arrow: 'quote_sent -> quote_expired',
      after: 'quote_valid',
      says: 'The quote was not paid in time',
      tells: ['couple: The quote is not valid any more', 'vendor: Your quote was not paid in time'],
      remind: { before: '12 hours', tells: ['couple: The quote is valid for 12 hours more'] },
    },
    escalate_balance: {
      arrow: 'deposit_paid -> deposit_paid',
      after: 'balance_within',
      says: 'The deposit is paid, and the rest does not come',
      tells: [
        'operator: A deposit is paid, and the rest does not come',
        'couple: The rest of the price is still to be paid',
        'vendor: The couple has not paid the rest yet',
      ],
    },
    escalate_silence: {
      arrow: 'fully_paid -> disputed',
      after: 'silence',
      since: 'mark_complete',
      not_before: 'service_at',
      says: 'One side says that it was done, and the other is silent: an operator decides',
      tells: [
        'operator: One side of a booking says that it was done, and the other is silent',
        'couple: Only one of you says that the service was done; an operator decides now',
        'vendor: Only one of you says that the service was done; an operator decides now',
      ],
    },
    escalate_late: {
      arrow: 'fully_paid -> fully_paid',
      after: 'late_after',
      since: 'service_at',
      says: 'Paid, its date long past, and still open',
      tells: [
        'operator: A booking is paid, its date is long past, and it is still open',
        'couple: Was the service done? Then say so, or raise a dispute',
        'vendor: Was the service done? Then say so',
      ],
    },
    escalate_dispute: {
      arrow: 'disputed -> disputed',
      after: 'dispute_review',
      says: 'The dispute still waits for a decision',
      tells: ['operator'],
    },
  },
})
