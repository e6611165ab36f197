/** Marketplace order: a buyer freezes the price, the seller ships, confirming delivery pays the seller. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

const pay_seller = [
  ['rest of amount', 'buyer.held -> seller.available', 'FROZEN_TO_DEBIT/CREDIT'],
  ['fee of amount', 'buyer.held -> platform.revenue', 'FROZEN_TO_DEBIT/FEE'],
] as const
/** A distribution of what is held: the parts must sum to it. */
const divide_between = [
  ['to_buyer', 'buyer.held -> buyer.available', 'UNFREEZE'],
  ['rest of to_seller', 'buyer.held -> seller.available', 'FROZEN_TO_DEBIT/CREDIT'],
  ['fee of to_seller', 'buyer.held -> platform.revenue', 'FROZEN_TO_DEBIT/FEE'],
] as const
/** All for the buyer is a refund. */
const all_back = ['disputed -> cancelled if held <= to_buyer', 'disputed -> completed'] as const
const unfreeze = [['held', 'buyer.held -> buyer.available', 'UNFREEZE']] as const

export const marketplaceOrder = defineFlow({
  name: 'marketplace-order',
  noun: 'orders',
  id_prefix: 'ord',
  about: 'A buyer freezes the price, the seller ships, and confirming delivery pays the seller.',

  parties: { buyer: 'Pays, and says that the goods came', seller: 'Ships, and is paid' },
  beneficiary: 'seller',
  amounts: { amount: 'fixed', to_buyer: 'given', to_seller: 'given' },
  terms: {
    fee: '0%',
    pay_within: '24 hours',
    ship_within: '7 days',
    arrive_within: '14 days',
    decide_within: '48 hours',
    answer_rejection_within: '7 days',
    dispute_review: '3 days',
    evidence_within: '7 days',
    time_after_dispute: '24 hours',
    second_operator_above:
      '1000000.00 PKR, 200000.00 PHP, 5000000.00 NGN, 5000.00 USD, 5000.00 EUR, 5000.00 GBP, 5000.00 CAD, 100000000 VND, 5000000 RWF, 5000.000000 USDT, 5000.000000 USDC, 0.05000000 BTC',
  },
  codes: {
    FREEZE: ['Freeze', 'Payment for order {id}'],
    UNFREEZE: ['Unfreeze', 'Payment returned for order {id}'],
    FROZEN_TO_DEBIT: ['FrozenToDebit', 'Payment completed for order {id}'],
    CREDIT: ['Credit', 'Payment received for order {id}'],
    FEE: ['Fee', 'Fee for order {id}'],
  },

  states: {
    created: 'Created; the buyer can afford it',
    payment_pending: 'Created; the buyer has too little available',
    awaiting_shipment: 'Price frozen in the wallet of the buyer',
    shipped: 'On its way; the price stays frozen',
    delivered_pending_decision: 'Delivered; the buyer confirms or rejects',
    rejected: 'The buyer does not want it; the seller accepts the return, or either side disputes',
    disputed: 'An operator decides; the clock stands still',
    completed: 'The seller is paid',
    cancelled: 'Ended; whatever was frozen is back with the buyer',
  },
  ends: ['completed', 'cancelled'],
  dispute: {
    state: 'disputed',
    raise: ['dispute'],
    withdraw: 'withdraw_dispute',
    release: 'release',
    refund: 'refund',
    split: 'split',
    settle: 'settle',
    parts: { buyer: 'to_buyer', seller: 'to_seller' },
  },

  transitions: {
    create: {
      arrow: ['[*] -> created if amount <= buyer.available', '[*] -> payment_pending'],
      by: ['buyer', 'service'],
      says: 'Order created',
      input: { items: 'items?', shipping_address: 'shipping_address?' },
      tells: ['seller'],
      path: '/orders',
    },
    pay: {
      arrow: ['created -> awaiting_shipment', 'payment_pending -> awaiting_shipment'],
      by: 'buyer',
      says: 'Buyer pays: the price is frozen',
      moves: [['amount', 'buyer.available -> buyer.held', 'FREEZE']],
      tells: ['seller'],
    },
    ship: {
      arrow: 'awaiting_shipment -> shipped',
      by: 'seller',
      says: 'Seller ships',
      input: { courier: 'text?', tracking_number: 'text?' },
      tells: ['buyer'],
    },
    deliver: {
      arrow: 'shipped -> delivered_pending_decision',
      by: ['seller', 'service', 'operator'],
      says: 'Delivered',
      tells: ['buyer'],
    },
    confirm_delivery: {
      arrow: ['shipped -> completed', 'delivered_pending_decision -> completed'],
      by: 'buyer',
      says: 'Buyer confirms delivery: the seller is paid',
      moves: pay_seller,
      tells: ['seller'],
    },
    reject: {
      arrow: 'delivered_pending_decision -> rejected',
      by: 'buyer',
      says: 'Buyer rejects the goods',
      input: { reject_reason: 'text' },
      tells: ['seller'],
    },
    accept_return: {
      arrow: 'rejected -> cancelled',
      by: 'seller',
      says: 'Seller accepts the return: the buyer is refunded',
      moves: unfreeze,
      tells: ['buyer'],
    },
    cancel: {
      arrow: ['created -> cancelled', 'payment_pending -> cancelled', 'awaiting_shipment -> cancelled'],
      by: ['buyer', 'seller', 'operator'],
      says: 'Cancelled before shipment',
      moves: unfreeze,
      tells: ['buyer', 'seller'],
    },
    dispute: {
      arrow: ['shipped -> disputed', 'delivered_pending_decision -> disputed', 'rejected -> disputed'],
      by: ['buyer', 'seller', 'operator'],
      says: 'Dispute raised',
      input: { dispute_reason: 'dispute_reason', dispute_text: 'text' },
      tells: ['buyer', 'seller', 'operator'],
    },
    withdraw_dispute: {
      arrow: 'disputed -> [back]',
      by: ['buyer', 'seller', 'operator'],
      says: 'Dispute withdrawn by who raised it',
      at_least: 'time_after_dispute',
      tells: ['buyer', 'seller', 'operator'],
    },
    release: {
      arrow: 'disputed -> completed',
      by: 'operator',
      says: 'Operator decides for the seller',
      moves: pay_seller,
      four_eyes_above: 'second_operator_above',
      tells: ['buyer', 'seller'],
    },
    refund: {
      arrow: 'disputed -> cancelled',
      by: 'operator',
      says: 'Operator decides for the buyer',
      moves: unfreeze,
      four_eyes_above: 'second_operator_above',
      tells: ['buyer', 'seller'],
    },
    split: {
      arrow: all_back,
      by: 'operator',
      says: 'Operator divides what is held',
      input: { to_buyer: 'amount_or_zero', to_seller: 'amount_or_zero' },
      moves: divide_between,
      four_eyes_above: 'second_operator_above',
      tells: ['buyer', 'seller'],
    },
    settle: {
      arrow: all_back,
      by: { all: ['buyer', 'seller'] },
      says: 'Both sides agree on a distribution',
      input: { to_buyer: 'amount_or_zero', to_seller: 'amount_or_zero' },
      moves: divide_between,
      tells: ['buyer', 'seller', 'operator'],
    },

    cancel_unpaid: {
      arrow: ['created -> cancelled', 'payment_pending -> cancelled'],
      after: 'pay_within',
      says: 'Not paid in time',
      tells: ['buyer', 'seller'],
    },
    cancel_unshipped: {
      arrow: 'awaiting_shipment -> cancelled',
      after: 'ship_within',
      says: 'Not shipped in time: the buyer is refunded',
      moves: unfreeze,
      tells: ['buyer', 'seller'],
      remind: { before: '12 hours', tells: ['seller'] },
    },
    assume_delivered: {
      arrow: 'shipped -> delivered_pending_decision',
      after: 'arrive_within',
      says: 'Taken as delivered',
      tells: ['buyer', 'seller'],
    },
    complete_unanswered: {
      arrow: 'delivered_pending_decision -> completed',
      after: 'decide_within',
      says: 'No answer in time: the seller is paid',
      moves: pay_seller,
      tells: ['buyer', 'seller'],
      remind: { before: '12 hours', tells: ['buyer'] },
    },
    dispute_unanswered: {
      arrow: 'rejected -> disputed',
      after: 'answer_rejection_within',
      says: 'No answer to the rejection: an operator decides',
      tells: ['buyer', 'seller', 'operator'],
    },
    escalate_dispute: {
      arrow: 'disputed -> disputed',
      after: 'dispute_review',
      says: 'The dispute still waits for a decision',
      tells: ['operator'],
    },
  },
})
