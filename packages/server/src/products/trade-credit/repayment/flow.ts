/** Credit repayment: the retailer pays back, from the wallet at once, or from outside once that money has come. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

const repay = [
  ['repaid', 'retailer.available -> company.available', 'REPAYMENT'],
  ['repaid', 'company.due -> retailer.debts', 'DEBT_REPAID'],
] as const

export const creditRepayment = defineFlow({
  name: 'credit-repayment',
  noun: 'company/escrow-repayments',
  id_prefix: 'rpy',
  about:
    'The retailer pays back what it owes, the oldest debt first. Money from outside counts once the provider or an operator confirms it; what is more than is owed stays in the wallet.',

  under: { line: 'credit-line' },
  parties: { company: 'Is paid back', retailer: 'Pays back' },
  amounts: {
    amount: 'fixed',
    // The amount where it comes from the wallet, else 0.
    at_once: 'fixed',
    // Before this repayment.
    owed: 'worked_out',
    repaid: 'worked_out',
  },
  terms: { confirm_within: '7 days' },
  codes: {
    PAYMENT_IN: ['PaymentIn', 'Payment received for repayment {id}'],
    REPAYMENT: ['Repayment', 'Repayment {id}'],
    DEBT_REPAID: ['DebtRepaid', 'Debt repaid by {id}'],
  },

  states: {
    pending: 'The money has not come yet',
    completed: 'Repaid',
    rejected: 'The money did not come',
    expired: 'Nobody confirmed it in time',
  },
  ends: ['completed', 'rejected', 'expired'],

  transitions: {
    repay: {
      arrow: ['[*] -> pending if at_once <= 0', '[*] -> completed'],
      by: 'retailer',
      says: 'The retailer pays back, or says that money is on its way',
      looks_at: ['retailer.debts'],
      needs: ['owes'],
      input: {
        repayment_method: 'repayment_method',
        debt: 'text?',
        payment_reference: 'payment_reference?',
        mobile_number: 'mobile_number?',
        notes: 'text?',
      },
      works_out: { owed: ['retailer.debts'], repaid: ['at_once'] },
      moves: repay,
      drives: 'repay',
      tells: ['company'],
    },
    confirm: {
      arrow: 'pending -> completed',
      by: ['service', 'operator'],
      says: 'The money came',
      input: { payment_reference: 'payment_reference', provider: 'provider?' },
      counts_once: { reference: 'payment_reference', from: 'provider' },
      works_out: { owed: ['retailer.debts'], repaid: ['amount', 'retailer.debts'] },
      moves: [['amount', 'outside.clearing -> retailer.available', 'PAYMENT_IN'], ...repay],
      drives: 'repay',
      tells: ['retailer: Your repayment has arrived', 'company'],
    },
    reject: {
      arrow: 'pending -> rejected',
      by: ['service', 'operator'],
      says: 'The money did not come',
      tells: ['retailer: Your repayment was not found and does not count'],
    },
    withdraw: {
      arrow: 'pending -> rejected',
      by: 'retailer',
      says: 'The retailer takes it back',
    },

    expire: {
      arrow: 'pending -> expired',
      after: 'confirm_within',
      says: 'Not confirmed in time',
      tells: ['retailer: Your repayment was not confirmed and does not count', 'operator'],
    },
  },
})
