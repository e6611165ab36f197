/** A specimen like a P2P trade: postings that a job makes later, with a fee; undoing by consent; a guard that looks at the time. */

import { problem } from '../../src/problem.ts'
import type { Product } from '../../src/engine/product.ts'
import { defineFlow } from '../../src/flow/define.ts'
import { spanMs } from '../../src/flow/compile.ts'

const give_back = [['held', 'payer.held -> payer.available', 'UNLOCK']] as const
const pay_out = [
  ['rest of held', 'payer.held -> payee.available', 'P2P_DEBIT/P2P_CREDIT'],
  ['fee of held', 'payer.held -> platform.revenue', 'P2P_DEBIT/P2P_FEE'],
] as const

const flow = defineFlow({
  name: 'specimen-trade',
  noun: 'trades',
  id_prefix: 'strd',
  about: 'The payer locks local money; the payee sends foreign money outside; a job releases.',
  parties: { payer: 'Locks, and confirms', payee: 'Sends the foreign money, and receives' },
  beneficiary: 'payee',
  amounts: { amount: 'fixed', to_payer: 'given' },
  terms: {
    fee: '1%',
    payment_window: { is: '15 minutes', min: '15 minutes', max: '60 minutes' },
    dispute_from: '30 minutes',
    silence: '24 hours',
    review: '3 days',
  },
  codes: {
    LOCK: ['Lock', 'Locked for trade {id}'],
    UNLOCK: ['Unlock', 'Returned from trade {id}'],
    P2P_DEBIT: ['P2P-DEBIT', 'Paid in trade {id}'],
    P2P_CREDIT: ['P2P-CREDIT', 'Received in trade {id}'],
    P2P_FEE: ['P2P-FEE', 'Fee of trade {id}'],
  },
  states: {
    pending: 'Locked; waits for the foreign money',
    paid: 'The payee says that it was sent',
    disputed: 'An operator decides',
    completed: 'Confirmed; a job releases',
    cancelled: 'Ended; the payer has the money back',
    expired: 'Not paid in time',
  },
  ends: ['completed', 'cancelled', 'expired'],
  transitions: {
    create: {
      arrow: '[*] -> pending',
      by: ['payer', 'service'],
      says: 'Trade opened',
      moves: [['amount', 'payer.available -> payer.held', 'LOCK']],
      tells: ['payee'],
    },
    pay: {
      arrow: 'pending -> paid',
      by: 'payee',
      says: 'Marked as paid',
      input: { proof: 'text' },
      tells: ['payer'],
    },
    undo_paid: {
      arrow: 'paid -> pending',
      by: { all: ['payee', 'payer'] },
      says: 'Both take the payment back',
    },
    confirm: {
      arrow: 'paid -> completed',
      by: 'payer',
      says: 'Confirmed: funds will be released soon',
      later: pay_out,
      tells: ['payee'],
    },
    cancel: {
      arrow: 'pending -> cancelled',
      by: ['payer', 'payee', 'operator'],
      says: 'Cancelled',
      moves: give_back,
    },
    take_over: {
      arrow: 'paid -> disputed',
      by: 'operator',
      says: 'Operator takes it over, at any time',
      tells: ['payer', 'payee'],
    },
    dispute: {
      arrow: 'paid -> disputed',
      by: ['payer', 'payee'],
      needs: ['late_enough'],
      says: 'Dispute raised',
      tells: ['operator'],
    },
    withdraw_dispute: {
      arrow: 'disputed -> [back]',
      by: ['payer', 'payee', 'operator'],
      says: 'Dispute withdrawn',
      at_least: '24 hours',
    },
    release: {
      arrow: 'disputed -> completed',
      by: 'operator',
      says: 'Operator decides for the payee',
      later: pay_out,
    },
    refund: {
      arrow: 'disputed -> cancelled',
      by: 'operator',
      says: 'Operator decides for the payer',
      moves: give_back,
    },
    split: {
      arrow: 'disputed -> completed',
      by: 'operator',
      says: 'Operator divides what is held',
      input: { to_payer: 'amount_or_zero' },
      moves: [['to_payer', 'payer.held -> payer.available', 'UNLOCK'], ...pay_out],
    },
    expire: {
      arrow: 'pending -> expired',
      after: 'payment_window',
      says: 'Not paid in time',
      moves: give_back,
      remind: { before: '5 minutes', tells: ['payee'] },
    },
    escalate_silence: {
      arrow: 'paid -> disputed',
      after: 'silence',
      says: 'The payer is silent: an operator decides',
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

export const trade: Product = {
  flow,
  guards: {
    late_enough: ({ agreement, now_ms }) => {
      const from_ms = agreement.entered_ms + spanMs(agreement.terms['dispute_from'] ?? '')
      return now_ms >= from_ms
        ? null
        : problem('transition_not_open', { state: agreement.state, reason: 'too early to dispute' })
    },
  },
}
