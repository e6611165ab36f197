/** Refund: what was paid for a booking goes back to where it came from, or into the payer's wallet where it cannot. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

export const refund = defineFlow({
  name: 'refund',
  noun: 'v1/refunds',
  id_prefix: 'rfd',
  about:
    'A payment goes back to where it came from. The booking has put the money in transit; here it arrives, or it is credited to the payer.',

  parties: { payer: 'Had paid, and gets it back' },
  amounts: { amount: 'fixed' },
  terms: { ask_after: '5 days', may_return: '90 days' },
  codes: {
    REFUND_PAID: ['RefundPaid', 'Refund {id} paid'],
    REFUND_CREDITED: ['RefundCredited', 'Refund {id}, to your wallet'],
  },

  states: {
    pending: 'On its way back through the provider',
    completed: 'Sent back; it may still come back to us',
    settled: 'Sent back for good',
    credited: 'It could not go back, so it is in the wallet of who had paid',
  },
  ends: ['settled', 'credited'],

  transitions: {
    create: {
      arrow: '[*] -> pending',
      by: 'service',
      says: 'A payment goes back',
      input: { payment: 'id' },
    },
    complete: {
      arrow: 'pending -> completed',
      by: 'service',
      says: 'The provider has sent it back',
      moves: [['amount', 'outside.transit -> outside.clearing', 'REFUND_PAID']],
      tells: ['payer: Your refund has been sent to where you had paid from'],
    },
    deny: {
      arrow: 'pending -> pending',
      by: 'service',
      says: 'The provider does not know of it',
      input: { note: 'text?' },
      tells: [
        'operator: The provider does not know of a refund that it was asked for; look there, and say what became of it',
      ],
    },
    complete_by_hand: {
      arrow: 'pending -> completed',
      by: 'operator',
      says: 'Operator has sent it back by hand',
      input: { refund_reference: 'refund_reference', override: 'override?' },
      moves: [['amount', 'outside.transit -> outside.clearing', 'REFUND_PAID']],
      tells: ['payer: Your refund has been sent'],
    },
    fail: {
      arrow: 'pending -> credited',
      by: 'service',
      says: 'The provider cannot send it back: it is credited',
      input: { note: 'text?' },
      moves: [['amount', 'outside.transit -> payer.available', 'REFUND_CREDITED']],
      tells: [
        'payer: Your refund could not go back to where it came from, so it is in your wallet',
        'operator: A refund could not go back, and was credited to the payer',
      ],
    },
    credit_by_hand: {
      arrow: 'pending -> credited',
      by: 'operator',
      says: 'Operator credits it instead',
      input: { override: 'override?' },
      moves: [['amount', 'outside.transit -> payer.available', 'REFUND_CREDITED']],
      tells: ['payer: Your refund could not go back to where it came from, so it is in your wallet'],
    },
    come_back: {
      arrow: 'completed -> credited',
      by: ['service', 'operator'],
      says: 'It was sent back, and has come to us again: it is credited',
      input: { note: 'text?', return_reference: 'outside_reference?' },
      counts_once: { reference: 'return_reference', from: 'provider' },
      moves: [['amount', 'outside.clearing -> payer.available', 'REFUND_CREDITED']],
      tells: [
        'payer: Your refund came back to us, so it is in your wallet',
        'operator: A refund came back, and was credited to the payer',
      ],
    },

    settle: {
      arrow: 'completed -> settled',
      after: 'may_return',
      says: 'Too late to come back',
    },
    escalate: {
      arrow: 'pending -> pending',
      after: 'ask_after',
      says: 'Still on its way back',
      tells: ['operator: A refund is still on its way; ask the provider'],
    },
  },
})
