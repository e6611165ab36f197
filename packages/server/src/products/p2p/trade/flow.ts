/** P2P order: local money is locked, the foreign leg happens outside, and confirming it has a job release the funds. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

const lock = [
  ['from_ad', 'ad.held -> payer.held', 'P2P_LOCK'],
  ['from_wallet', 'payer.available -> payer.held', 'P2P_LOCK'],
] as const
const unlock = [
  ['from_ad', 'payer.held -> ad.held', 'P2P_UNLOCK'],
  ['from_wallet', 'payer.held -> payer.available', 'P2P_UNLOCK'],
] as const
const release_funds = [
  ['amount', 'payer.held -> platform.clearing', 'P2P_DEBIT'],
  ['rest of amount', 'platform.clearing -> payee.available', 'P2P_CREDIT'],
  ['fee of amount', 'platform.clearing -> platform.revenue', 'P2P_FEE'],
] as const
/** A distribution of what is held: the parts must sum to it. All for the payer is a refund, to where it came from. */
const all_back = ['disputed -> cancelled if held <= to_payer', 'disputed -> completed'] as const
const divide_between = [
  ['from_ad', 'payer.held -> ad.held', 'P2P_UNLOCK', 'into cancelled'],
  ['from_wallet', 'payer.held -> payer.available', 'P2P_UNLOCK', 'into cancelled'],
  ['to_payer', 'payer.held -> payer.available', 'P2P_UNLOCK', 'into completed'],
  ['to_payee', 'payer.held -> platform.clearing', 'P2P_DEBIT', 'into completed'],
  ['rest of to_payee', 'platform.clearing -> payee.available', 'P2P_CREDIT', 'into completed'],
  ['fee of to_payee', 'platform.clearing -> platform.revenue', 'P2P_FEE', 'into completed'],
] as const
const ad_hears = { cancelled: 'give_back', completed: 'fill' } as const

export const p2pTrade = defineFlow({
  name: 'p2p-trade',
  noun: 'p2p/orders',
  id_prefix: 'trd',
  about:
    'The local money of the payer is locked, the payee sends the foreign money outside and proves it, and once the payer confirms, a job releases the funds.',

  under: { ad: 'p2p-ad' },
  parties: {
    payer: 'Its local money is locked; says that the foreign money came',
    payee: 'Sends the foreign money, and receives the local',
  },
  beneficiary: 'payee',
  amounts: {
    amount: 'fixed',
    quantity: 'fixed',
    from_ad: 'worked_out',
    from_wallet: 'worked_out',
    to_payer: 'given',
    to_payee: 'given',
  },
  terms: {
    fee: '1%',
    payment_window: { is: '15 minutes', min: '15 minutes', max: '60 minutes' },
    dispute_from: '30 minutes',
    silence: '24 hours',
    dispute_review: '3 days',
    evidence_within: '7 days',
    time_after_dispute: '24 hours',
    second_operator_above:
      '1000000.00 PKR, 200000.00 PHP, 5000000.00 NGN, 5000.00 USD, 5000.00 EUR, 5000.00 GBP, 5000.00 CAD, 100000000 VND, 5000000 RWF, 5000.000000 USDT, 5000.000000 USDC, 0.05000000 BTC',
  },
  codes: {
    P2P_LOCK: ['P2P-LOCK', 'Locked for trade {id}'],
    P2P_UNLOCK: ['P2P-UNLOCK', 'Returned from trade {id}'],
    P2P_DEBIT: ['P2P-DEBIT', 'Paid in trade {id}', 'P2P-DEBIT-{id}'],
    P2P_CREDIT: ['P2P-CREDIT', 'Received in trade {id}', 'P2P-CREDIT-{id}'],
    P2P_FEE: ['P2P-FEE', 'Fee of trade {id}', 'P2P-FEE-{id}'],
  },

  states: {
    pending: 'Funds locked; the payee sends the foreign money',
    paid: 'The payee has proved that it was sent; the payer verifies',
    disputed: 'An operator decides; the clock stands still',
    completed: 'Confirmed or decided; the funds are released',
    cancelled: 'Ended; the funds are back where they came from',
    expired: 'Not paid in time; the funds are back where they came from',
  },
  ends: ['completed', 'cancelled', 'expired'],
  dispute: {
    state: 'disputed',
    raise: ['dispute'],
    withdraw: 'withdraw_dispute',
    release: 'release',
    refund: 'refund',
    split: 'split',
    settle: 'settle',
    parts: { payer: 'to_payer', payee: 'to_payee' },
  },

  transitions: {
    create: {
      arrow: '[*] -> pending',
      by: ['payer', 'payee', 'service'],
      says: 'Order created: the funds are locked',
      needs: ['ad_has_it'],
      input: { type: 'ad_type', foreign_currency: 'currency', price: 'price', pay_to: 'pay_to' },
      works_out: { from_ad: ['amount', 'ad.held'], from_wallet: ['amount less from_ad'] },
      moves: lock,
      drives: 'take',
      tells: [
        'payer: New order: your funds are locked until the foreign money has come',
        'payee: New order: send the foreign money in time, then mark it as paid',
      ],
    },
    pay: {
      arrow: 'pending -> paid',
      by: 'payee',
      says: 'Payee marks it as paid, with proof',
      input: { proof: 'proof', proof_reused: 'flag?' },
      tells: ['payer: The payee says that it paid: verify it, then release', 'payee: Marked as paid'],
    },
    undo_paid: {
      arrow: 'paid -> pending',
      by: { all: ['payee', 'payer'] },
      says: 'Both take the payment back',
      tells: ['payer', 'payee'],
    },
    confirm: {
      arrow: 'paid -> completed',
      by: 'payer',
      says: 'Payer confirms the payment',
      drives: 'fill',
      later: release_funds,
      job: 'release-funds',
      tells: [
        'payer: Confirmed: the funds will be released soon',
        'payee: Order completed: the funds are on their way to you',
      ],
      later_tells: ['payee: Funds received'],
    },
    cancel: {
      arrow: 'pending -> cancelled',
      by: ['payer', 'payee', 'operator'],
      says: 'Order cancelled: the funds go back',
      moves: unlock,
      drives: 'give_back',
      tells: ['payer', 'payee'],
    },
    dispute: {
      arrow: 'paid -> disputed',
      by: ['payer', 'payee', 'operator'],
      says: 'Dispute raised',
      needs: ['late_enough'],
      input: { dispute_reason: 'dispute_reason', dispute_text: 'text' },
      tells: ['payer', 'payee', 'operator'],
    },
    withdraw_dispute: {
      arrow: 'disputed -> [back]',
      by: ['payer', 'payee', 'operator'],
      says: 'Dispute withdrawn by who raised it',
      at_least: 'time_after_dispute',
      tells: ['payer', 'payee', 'operator'],
    },
    release: {
      arrow: 'disputed -> completed',
      by: 'operator',
      says: 'Operator decides for the payee',
      moves: release_funds,
      drives: 'fill',
      four_eyes_above: 'second_operator_above',
      tells: ['payer', 'payee: Decided for you: funds received'],
    },
    refund: {
      arrow: 'disputed -> cancelled',
      by: 'operator',
      says: 'Operator decides for the payer',
      moves: unlock,
      drives: 'give_back',
      four_eyes_above: 'second_operator_above',
      tells: ['payer', 'payee'],
    },
    split: {
      arrow: all_back,
      by: 'operator',
      says: 'Operator divides what is held',
      input: { to_payer: 'amount_or_zero', to_payee: 'amount_or_zero' },
      moves: divide_between,
      drives: ad_hears,
      four_eyes_above: 'second_operator_above',
      tells: ['payer', 'payee'],
    },
    settle: {
      arrow: all_back,
      by: { all: ['payer', 'payee'] },
      says: 'Both sides agree on a distribution',
      input: { to_payer: 'amount_or_zero', to_payee: 'amount_or_zero' },
      moves: divide_between,
      drives: ad_hears,
      tells: ['payer', 'payee', 'operator'],
    },

    expire: {
      arrow: 'pending -> expired',
      after: 'payment_window',
      says: 'Not paid in time: the funds go back',
      moves: unlock,
      drives: 'give_back',
      tells: ['payer', 'payee'],
      remind: {
        before: '5 minutes',
        tells: ['payee: The order expires in 5 minutes: mark it as paid if you have paid'],
      },
    },
    dispute_silence: {
      arrow: 'paid -> disputed',
      after: 'silence',
      says: 'No answer of the payer in time: an operator decides',
      tells: ['payer', 'payee', 'operator'],
    },
    escalate_dispute: {
      arrow: 'disputed -> disputed',
      after: 'dispute_review',
      says: 'The dispute still waits for a decision',
      tells: ['operator'],
    },
  },
})
