/** Credit deduction: once per retailer and business day, a share of the day's sales pays back what is owed. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

export const creditDeduction = defineFlow({
  name: 'credit-deduction',
  noun: 'company/escrow-deductions',
  id_prefix: 'ded',
  about:
    "A share of a business day's sales pays back what is owed, the oldest debt first, never more than a daily maximum, and never below the balance that the retailer keeps.",

  under: { line: 'credit-line' },
  parties: { company: 'Is paid back', retailer: 'Sold, and pays back' },
  amounts: {
    sales: 'fixed',
    // The daily maximum; 0 where nothing may be deducted.
    at_most: 'fixed',
    minimum_balance: 'fixed',
    deduction: 'worked_out',
  },
  terms: { deduction_percentage: { is: '30%', min: '0%', max: '100%' } },
  codes: {
    AUTO_DEDUCTION: ['AutoDeduction', 'Repaid from sales, {id}'],
    DEBT_REPAID: ['DebtRepaid', 'Debt repaid by {id}'],
  },

  states: { deducted: 'A share of the sales paid back', skipped: 'Nothing was deducted' },
  ends: ['deducted', 'skipped'],

  transitions: {
    deduct: {
      arrow: ['[*] -> skipped if deduction <= 0', '[*] -> deducted'],
      by: 'service',
      says: "A business day's deduction",
      input: { business_date: 'text', enabled: 'enabled', max_daily: 'max_daily', stopped_by: 'text?' },
      works_out: {
        deduction: [
          'deduction_percentage of sales',
          'at_most',
          'retailer.debts',
          'retailer.available less minimum_balance',
        ],
      },
      moves: [
        ['deduction', 'retailer.available -> company.available', 'AUTO_DEDUCTION'],
        ['deduction', 'company.due -> retailer.debts', 'DEBT_REPAID'],
      ],
      drives: 'deduct',
      tells: ['retailer in deducted: A share of your sales has paid back what you owe'],
    },
  },
})
