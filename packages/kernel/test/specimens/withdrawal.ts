/** A specimen like a withdrawal: reserved at once, approved by an operator, paid outside, and sometimes sent back by the bank. */

import type { Product } from '../../src/engine/product.ts'
import { defineFlow } from '../../src/flow/define.ts'

const give_back = [['held', 'vendor.payout -> vendor.available', 'WITHDRAWAL_RETURNED']] as const

const flow = defineFlow({
  name: 'specimen-withdrawal',
  noun: 'specimen-withdrawals',
  id_prefix: 'swd',
  about: 'A vendor takes money out of its wallet.',
  parties: { vendor: 'Takes money out' },
  amounts: { amount: 'fixed' },
  terms: { review: '2 days', transfer: '1 days', may_return: '90 days' },
  codes: {
    WITHDRAWAL: ['Withdrawal', 'Withdrawal {id}'],
    WITHDRAWAL_RETURNED: ['Withdrawal returned', 'Withdrawal {id} came back'],
  },
  states: {
    pending: 'Reserved; an operator looks at it',
    processing: 'Approved; the transfer is on its way',
    completed: 'Paid; the bank may still send it back',
    settled: 'Paid for good',
    rejected: 'Not approved; the money is back',
    failed: 'The transfer failed; the money is back',
    returned: 'The bank sent it back',
    cancelled: 'Taken back by the vendor',
  },
  ends: ['settled', 'rejected', 'failed', 'returned', 'cancelled'],
  transitions: {
    request: {
      arrow: '[*] -> pending',
      by: 'vendor',
      says: 'Vendor asks for its money',
      input: { account: 'text' },
      moves: [['amount', 'vendor.available -> vendor.payout', 'WITHDRAWAL']],
      tells: ['operator'],
    },
    approve: { arrow: 'pending -> processing', by: 'operator', says: 'Approved', tells: ['vendor'] },
    reject: {
      arrow: 'pending -> rejected',
      by: 'operator',
      says: 'Rejected',
      moves: give_back,
      tells: ['vendor'],
    },
    cancel: { arrow: 'pending -> cancelled', by: 'vendor', says: 'Taken back', moves: give_back },
    mark_paid: {
      arrow: 'processing -> completed',
      by: ['service', 'operator'],
      says: 'Paid',
      input: { payout_reference: 'reference' },
      moves: [['held', 'vendor.payout -> outside.clearing', 'WITHDRAWAL']],
      tells: ['vendor'],
    },
    mark_failed: {
      arrow: 'processing -> failed',
      by: ['service', 'operator'],
      says: 'The transfer failed',
      moves: give_back,
      tells: ['vendor'],
    },
    mark_returned: {
      arrow: 'completed -> returned',
      by: ['service', 'operator'],
      says: 'The bank sent it back',
      moves: [['amount', 'outside.clearing -> vendor.payout', 'WITHDRAWAL_RETURNED'], ...give_back],
      tells: ['vendor'],
    },
    settle: { arrow: 'completed -> settled', after: 'may_return', says: 'Too late to come back' },
    remind_of_review: {
      arrow: 'pending -> pending',
      after: 'review',
      says: 'Still waits for approval',
      tells: ['operator'],
    },
    remind_of_transfer: {
      arrow: 'processing -> processing',
      after: 'transfer',
      says: 'Still on its way',
      tells: ['operator'],
    },
  },
})

export const withdrawal: Product = { flow }
