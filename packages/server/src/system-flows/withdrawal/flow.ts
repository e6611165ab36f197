/** Withdrawal: money leaves a wallet: reserved at once, approved by an operator, paid outside, and sometimes sent back. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

const give_back = [['held', 'holder.payout -> holder.available', 'WITHDRAWAL_RETURNED']] as const
const pay = [['held', 'holder.payout -> outside.clearing', 'WITHDRAWAL_PAID']] as const
const is_paid = 'holder: Your withdrawal has been paid out'
const is_back = 'holder: Your withdrawal could not be paid out; the money is back in your wallet'

export const withdrawal = defineFlow({
  name: 'withdrawal',
  noun: 'v1/withdrawals',
  id_prefix: 'wd',
  about: 'The owner of a wallet takes money out of it; an operator approves, and it is paid outside.',

  parties: { holder: 'Owns the wallet, and takes money out of it' },
  amounts: { amount: 'fixed' },
  terms: {
    minimum: '100.00 PHP, 500.00 PKR, 1000.00 NGN, 50000 VND, 1000 RWF',
    daily_limit:
      '500000.00 PHP, 2500000.00 PKR, 12500000.00 NGN, 12500.00 USD, 12500.00 EUR, 12500.00 GBP, 12500.00 CAD, 250000000 VND, 12500000 RWF',
    second_operator_above:
      '200000.00 PHP, 1000000.00 PKR, 5000000.00 NGN, 5000.00 USD, 5000.00 EUR, 5000.00 GBP, 5000.00 CAD, 100000000 VND, 5000000 RWF',
    cool_off: '24 hours',
    approve_within: '2 days',
    transfer_within: '2 days',
    may_return: '90 days',
  },
  codes: {
    WITHDRAWAL: ['Withdrawal', 'Withdrawal {id}'],
    WITHDRAWAL_PAID: ['WithdrawalPaid', 'Withdrawal {id} paid'],
    WITHDRAWAL_RETURNED: ['WithdrawalReturned', 'Withdrawal {id} came back'],
  },

  states: {
    pending: 'Reserved; an operator looks at it',
    processing: 'Approved; the transfer is on its way',
    sent: 'With the provider; it tells us whether it arrived',
    completed: 'Paid; the bank may still send it back',
    settled: 'Paid for good',
    rejected: 'Not approved; the money is back in the wallet',
    failed: 'The transfer failed; the money is back in the wallet',
    returned: 'The bank sent it back; the money is back in the wallet',
    cancelled: 'Taken back before it was approved; the money is back in the wallet',
  },
  ends: ['settled', 'rejected', 'failed', 'returned', 'cancelled'],

  transitions: {
    request: {
      arrow: '[*] -> pending',
      by: ['holder', 'service'],
      says: 'Withdrawal asked for: the money is reserved',
      input: { method: 'method', account_details: 'account_details', destination_since: 'instant' },
      needs: ['reaches_minimum'],
      within: { limit: 'daily_limit', code: 'WITHDRAWAL', of: 'holder', over: '24 hours' },
      moves: [['amount', 'holder.available -> holder.payout', 'WITHDRAWAL']],
      tells: [
        'operator: A withdrawal waits for approval',
        'holder: A withdrawal from your wallet was asked for; if it was not you, cancel it now',
      ],
      path: '/api/wallet/{vendor_id}/withdraw',
    },
    cancel: {
      arrow: 'pending -> cancelled',
      by: 'holder',
      says: 'Taken back before it was approved',
      moves: give_back,
      tells: ['operator'],
    },
    approve: {
      arrow: 'pending -> processing',
      by: 'operator',
      says: 'Operator approves: the transfer is made',
      input: { pay_by: 'pay_by?' },
      needs: ['destination_cooled_off'],
      sends_out: 'holder',
      four_eyes_above: 'second_operator_above',
      tells: ['holder: Your withdrawal is approved and on its way', 'service'],
      path: '/admin/withdrawals/{id}/approve',
    },
    reject: {
      arrow: 'pending -> rejected',
      by: 'operator',
      says: 'Operator rejects: the money is back',
      input: { note: 'text?' },
      moves: give_back,
      tells: ['holder: Your withdrawal was not approved; the money is back in your wallet'],
      path: '/admin/withdrawals/{id}/reject',
    },
    mark_paid: {
      arrow: 'processing -> completed',
      by: ['operator', 'service'],
      says: 'Paid outside',
      input: { payout_reference: 'reference' },
      needs: ['paid_by_hand'],
      sends_out: 'holder',
      stamps: 'processed_at',
      moves: pay,
      tells: [is_paid],
      path: '/admin/withdrawals/{id}/mark-paid',
    },
    mark_failed: {
      arrow: 'processing -> failed',
      by: ['operator', 'service'],
      says: 'The transfer failed: the money is back',
      input: { note: 'text?' },
      moves: give_back,
      tells: [is_back, 'operator'],
      path: '/admin/withdrawals/{id}/mark-failed',
    },
    send: {
      arrow: 'processing -> sent',
      by: 'service',
      says: 'The provider is asked to pay it',
      needs: ['paid_by_provider'],
      sends_out: 'holder',
    },
    fall_back: {
      arrow: ['sent -> processing', 'processing -> processing'],
      by: 'service',
      says: 'The provider did not take it, and nothing was paid',
      input: { pay_by: 'by_hand' },
      needs: ['paid_by_provider'],
      tells: ['operator: The provider did not take a withdrawal; pay it by hand, or mark it failed'],
    },
    deny: {
      arrow: 'sent -> sent',
      by: 'service',
      says: 'The provider does not know of it',
      input: { note: 'text?' },
      tells: [
        'operator: The provider does not know of a withdrawal that it was asked to pay; look there, and say what became of it',
      ],
    },
    arrived: {
      arrow: 'sent -> completed',
      by: ['service', 'operator'],
      says: 'The provider has paid it',
      input: { payout_reference: 'reference', override: 'override?' },
      stamps: 'processed_at',
      moves: pay,
      tells: [is_paid],
      path: '/admin/withdrawals/{id}/arrived',
    },
    bounced: {
      arrow: 'sent -> failed',
      by: ['service', 'operator'],
      says: 'The provider could not pay it: the money is back',
      input: { note: 'text?', override: 'override?' },
      moves: give_back,
      tells: [is_back, 'operator'],
      path: '/admin/withdrawals/{id}/bounced',
    },
    mark_returned: {
      arrow: 'completed -> returned',
      by: ['operator', 'service'],
      says: 'The bank sent it back: the money is in the wallet again',
      input: { note: 'text?', return_reference: 'outside_reference?' },
      counts_once: { reference: 'return_reference', from: 'provider' },
      moves: [['amount', 'outside.clearing -> holder.payout', 'WITHDRAWAL_RETURNED'], ...give_back],
      tells: ['holder: Your bank sent a withdrawal back; the money is in your wallet again', 'operator'],
      path: '/admin/withdrawals/{id}/mark-returned',
    },

    settle: {
      arrow: 'completed -> settled',
      after: 'may_return',
      says: 'Too late to come back: paid for good',
    },
    remind_of_approval: {
      arrow: 'pending -> pending',
      after: 'approve_within',
      says: 'Still waits for approval',
      tells: ['operator: A withdrawal still waits for approval'],
    },
    remind_of_transfer: {
      arrow: ['processing -> processing', 'sent -> sent'],
      after: 'transfer_within',
      says: 'Approved, and still not paid',
      tells: ['operator: A withdrawal was approved and is still not paid'],
    },
  },
})
