/** Trade credit: the company pays the wholesaler for the retailer, who owes the company from the moment it is paid. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

const pay_and_lend = [
  ['held', 'company.held -> wholesaler.available', 'ESCROW_RELEASE'],
  ['amount', 'retailer.debt -> company.due', 'CREDIT_GIVEN'],
] as const
const give_back = [['held', 'company.held -> company.available', 'ESCROW_REFUND']] as const
/** All back is a refund. */
const all_back = ['disputed -> refunded if held <= to_company', 'disputed -> released'] as const
/** What the company has back, the retailer does not owe. The parts must sum to what is held. */
const divide_between = [
  ['to_company', 'company.held -> company.available', 'ESCROW_REFUND'],
  ['to_wholesaler', 'company.held -> wholesaler.available', 'ESCROW_RELEASE'],
  ['to_wholesaler', 'retailer.debt -> company.due', 'CREDIT_GIVEN'],
] as const

export const tradeCredit = defineFlow({
  name: 'trade-credit',
  noun: 'company/escrow',
  id_prefix: 'esc',
  about:
    'The company pays the wholesaler for the retailer. What the wholesaler was paid, the retailer owes the company.',

  under: { line: 'credit-line' },
  parties: {
    company: 'Pays first',
    retailer: 'Orders, and owes what was paid',
    wholesaler: 'Delivers, and is paid',
  },
  beneficiary: 'wholesaler',
  amounts: { amount: 'fixed', to_company: 'given', to_wholesaler: 'given' },
  terms: {
    escrow: 'on',
    credit_limit: '5000000 RWF',
    auto_release_days: { is: '7 days', min: '1 days', max: '30 days' },
    dispute_review: '3 days',
    evidence_within: '7 days',
    time_after_dispute: '24 hours',
    second_operator_above: '5000000 RWF',
  },
  codes: {
    ESCROW_HOLD: ['EscrowHold', 'Held for order {id}'],
    ESCROW_RELEASE: ['EscrowRelease', 'Payment for order {id}'],
    ESCROW_REFUND: ['EscrowRefund', 'Returned from order {id}'],
    CREDIT_GIVEN: ['CreditGiven', 'Owed for order {id}'],
  },

  states: {
    held: 'The money of the company waits for the delivery',
    disputed: 'An operator decides; the clock stands still',
    released: 'The wholesaler is paid',
    expired: 'The wholesaler is paid, since nobody disputed in time',
    refunded: 'The company has its money back, and nothing is owed',
  },
  ends: ['released', 'expired', 'refunded'],
  dispute: {
    state: 'disputed',
    raise: ['dispute'],
    withdraw: 'withdraw_dispute',
    release: 'release',
    refund: 'refund',
    split: 'split',
    settle: 'settle',
    parts: { retailer: 'to_company', wholesaler: 'to_wholesaler' },
  },

  transitions: {
    create: {
      arrow: '[*] -> held',
      by: ['service', 'operator'],
      says: 'The company holds the money for an order',
      needs: ['switched_on'],
      moves: [['amount', 'company.available -> company.held', 'ESCROW_HOLD']],
      drives: 'draw',
      tells: [
        'retailer: Your order is confirmed; the company has put the money for it aside',
        'wholesaler: The money for an order is put aside; please ship it',
      ],
    },
    confirm_delivery: {
      arrow: 'held -> released',
      by: ['wholesaler', 'retailer', 'operator'],
      says: 'Delivery confirmed: the wholesaler is paid',
      moves: pay_and_lend,
      tells: [
        'wholesaler: The delivery is confirmed and you are paid',
        'retailer: The delivery is confirmed; you owe the company what it paid for you',
      ],
      path: '/wholesaler/escrow/confirm-delivery/{id}',
    },
    dispute: {
      arrow: 'held -> disputed',
      by: ['retailer', 'operator'],
      says: 'Dispute raised',
      input: { dispute_reason: 'dispute_reason', dispute_text: 'text?' },
      tells: [
        'operator: A retailer disputes an order: decide on the money',
        'wholesaler: The retailer disputes the order; the money waits for a decision',
      ],
      path: '/retailer/escrow/dispute/{id}',
    },
    cancel: {
      arrow: 'held -> refunded',
      by: ['service', 'operator'],
      says: 'Order cancelled: the company has its money back',
      moves: give_back,
      drives: 'undo_draw',
      tells: ['retailer', 'wholesaler'],
    },
    withdraw_dispute: {
      arrow: 'disputed -> [back]',
      by: ['retailer', 'operator'],
      says: 'Dispute withdrawn by who raised it',
      at_least: 'time_after_dispute',
      tells: ['operator', 'wholesaler'],
    },
    release: {
      arrow: 'disputed -> released',
      by: 'operator',
      says: 'Operator decides for the wholesaler',
      moves: pay_and_lend,
      four_eyes_above: 'second_operator_above',
      tells: ['retailer', 'wholesaler'],
    },
    refund: {
      arrow: 'disputed -> refunded',
      by: 'operator',
      says: 'Operator decides for the retailer, who owes nothing',
      moves: give_back,
      drives: 'undo_draw',
      four_eyes_above: 'second_operator_above',
      tells: ['retailer', 'wholesaler'],
    },
    split: {
      arrow: all_back,
      by: 'operator',
      says: 'Partial refund: the wholesaler is paid the rest',
      input: { to_company: 'amount_or_zero', to_wholesaler: 'amount_or_zero' },
      moves: divide_between,
      drives: 'undo_part',
      four_eyes_above: 'second_operator_above',
      tells: ['retailer', 'wholesaler'],
    },
    settle: {
      arrow: all_back,
      by: { all: ['retailer', 'wholesaler'] },
      says: 'Both sides agree on a partial refund',
      input: { to_company: 'amount_or_zero', to_wholesaler: 'amount_or_zero' },
      moves: divide_between,
      drives: 'undo_part',
      tells: ['retailer', 'wholesaler', 'operator'],
    },

    auto_release: {
      arrow: 'held -> expired',
      after: 'auto_release_days',
      says: 'No dispute in time: the wholesaler is paid',
      moves: pay_and_lend,
      tells: [
        'wholesaler: Nobody disputed in time and you are paid',
        'retailer: Nobody disputed in time; you owe the company what it paid for you',
      ],
      remind: { before: '12 hours', tells: ['retailer', 'wholesaler'] },
    },
    escalate_dispute: {
      arrow: 'disputed -> disputed',
      after: 'dispute_review',
      says: 'The dispute still waits for a decision',
      tells: ['operator'],
    },
  },
})
