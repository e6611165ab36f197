/** Suspense: money that arrived and that nothing here waits for is looked after until an operator credits it or sends it back. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

export const suspense = defineFlow({
  name: 'suspense',
  noun: 'v1/suspense',
  id_prefix: 'sus',
  about:
    'Money that arrived and that nothing here waits for: the wrong amount, an unknown reference, paid twice, paid too late. It stands apart, with the reason, until an operator credits it to somebody or sends it back.',

  reference_per: 'provider',
  parties: { payer: { says: 'Was to pay, as far as we know', optional: true } },
  amounts: { amount: 'fixed' },
  terms: {
    remind_every: '3 days',
    may_return: '90 days',
    second_operator_above:
      '1000000.00 PKR, 200000.00 PHP, 5000000.00 NGN, 5000.00 USD, 5000.00 EUR, 5000.00 GBP, 5000.00 CAD, 100000000 VND, 5000000 RWF, 5000.000000 USDT, 5000.000000 USDC, 0.05000000 BTC',
  },
  codes: {
    SET_ASIDE: ['SetAside', 'Set aside as {id}'],
    SUSPENSE_REFUND: ['SuspenseRefund', 'Refund of {id}'],
    SUSPENSE_REFUND_PAID: ['SuspenseRefundPaid', 'Refund of {id} arrived'],
    SUSPENSE_REFUND_BACK: ['SuspenseRefundBack', 'Refund of {id} came back'],
  },

  states: {
    open: 'The money is set aside; an operator credits it or sends it back',
    refunding: 'On its way back to where it came from',
    refunded: 'Sent back; it may still come back to us',
    settled: 'Sent back for good',
    credited: "In somebody's wallet",
  },
  ends: ['settled', 'credited'],

  transitions: {
    set_aside: {
      arrow: '[*] -> open',
      by: ['service', 'operator'],
      says: 'Money arrived that nothing waits for',
      input: { because: 'because', provider: 'provider', about: 'id?', note: 'text?' },
      counts_once: { reference: 'reference', from: 'provider' },
      moves: [['amount', 'outside.clearing -> platform.suspense', 'SET_ASIDE']],
      tells: [
        'operator: Money arrived that nothing waits for; credit it or send it back',
        'payer: Money that you sent arrived, and could not be used for what it was meant; we look after it',
      ],
    },
    credited: {
      arrow: 'open -> credited',
      by: 'child',
      says: 'Credited to a wallet',
      tells: ['payer: Money that you sent and that could not be used has been credited to a wallet'],
    },
    refund: {
      arrow: 'open -> refunding',
      by: 'operator',
      says: 'Operator sends it back to where it came from',
      moves: [['amount', 'platform.suspense -> outside.transit', 'SUSPENSE_REFUND']],
      four_eyes_above: 'second_operator_above',
      tells: ['payer: Money that you sent and that could not be used goes back to where it came from'],
    },
    refund_arrived: {
      arrow: 'refunding -> refunded',
      by: ['service', 'operator'],
      says: 'The provider has sent it back',
      input: { override: 'override?' },
      moves: [['amount', 'outside.transit -> outside.clearing', 'SUSPENSE_REFUND_PAID']],
      tells: ['payer: Money that you sent and that could not be used has been sent back'],
    },
    refund_denied: {
      arrow: 'refunding -> refunding',
      by: 'service',
      says: 'The provider does not know of it',
      input: { note: 'text?' },
      tells: [
        'operator: The provider does not know that it was asked to send money back; look there, and say what became of it',
      ],
    },
    refund_failed: {
      arrow: 'refunding -> open',
      by: ['service', 'operator'],
      says: 'It could not be sent back',
      input: { note: 'text?', override: 'override?' },
      moves: [['amount', 'outside.transit -> platform.suspense', 'SUSPENSE_REFUND_BACK']],
      tells: ['operator: Money that was set aside could not be sent back'],
    },
    refunded_by_hand: {
      arrow: 'open -> refunded',
      by: 'operator',
      says: 'Sent back by bank, outside of any provider',
      input: { refund_reference: 'refund_reference' },
      moves: [['amount', 'platform.suspense -> outside.clearing', 'SUSPENSE_REFUND_PAID']],
      four_eyes_above: 'second_operator_above',
      tells: ['payer: Money that you sent and that could not be used has been sent back'],
    },
    refund_returned: {
      arrow: 'refunded -> open',
      by: ['service', 'operator'],
      says: 'It was sent back, and has come to us again',
      input: { note: 'text?', return_reference: 'outside_reference?' },
      counts_once: { reference: 'return_reference', from: 'provider' },
      moves: [['amount', 'outside.clearing -> platform.suspense', 'SUSPENSE_REFUND_BACK']],
      tells: ['operator: Money that was sent back has come to us again'],
    },

    settle: {
      arrow: 'refunded -> settled',
      after: 'may_return',
      says: 'Too late to come back',
    },
    remind: {
      arrow: 'open -> open',
      after: 'remind_every',
      says: 'Still set aside',
      tells: ['operator: Money is still set aside; credit it or send it back'],
    },
    remind_of_refund: {
      arrow: 'refunding -> refunding',
      after: 'remind_every',
      says: 'Still on its way back',
      tells: ['operator: Money is still on its way back; ask the provider'],
    },
  },
})
