/** Specimens of debts: a credit line that counts, loans under it that are owed, and repayments, the oldest debt first. */

import { problem } from '../../src/problem.ts'
import type { Product } from '../../src/engine/product.ts'
import { defineFlow } from '../../src/flow/define.ts'

export const line: Product = {
  flow: defineFlow({
    name: 'specimen-line',
    noun: 'specimen-lines',
    id_prefix: 'sln',
    about: 'Counts what one may still borrow.',
    parties: { lender: 'Lends', borrower: 'Borrows, and pays back' },
    amounts: { limit: 'fixed', left: 'counted', amount: 'given', repaid: 'given' },
    terms: { lending: 'on' },
    codes: {},
    states: { open: 'One may borrow', closed: 'Nobody borrows any more' },
    ends: ['closed'],
    transitions: {
      open: {
        arrow: '[*] -> open',
        by: ['lender', 'service'],
        says: 'Opened',
        counts: [['limit', '[*] -> left']],
      },
      lend: {
        arrow: 'open -> open',
        by: 'child',
        says: 'Something was lent',
        input: { amount: 'amount' },
        counts: [['amount', 'left -> [*]']],
      },
      repay: {
        arrow: 'open -> open',
        by: 'child',
        says: 'Something was repaid',
        input: { repaid: 'amount_or_zero' },
        counts: [['repaid', '[*] -> left']],
      },
      close: {
        arrow: 'open -> closed',
        by: ['lender', 'operator'],
        says: 'Closed',
        looks_at: ['borrower.debts'],
        needs: ['nothing_owed'],
      },
    },
  }),
  guards: {
    nothing_owed: ({ agreement, balance, role }) =>
      role === 'operator' || balance('borrower.debts') === 0n
        ? null
        : problem('transition_not_open', { state: agreement.state, reason: 'something is owed' }),
  },
}

export const loan: Product = {
  flow: defineFlow({
    name: 'specimen-loan',
    noun: 'specimen-loans',
    id_prefix: 'sloan',
    about: 'The lender pays the borrower, who owes it.',
    under: { line: 'specimen-line' },
    parties: { lender: 'Lends', borrower: 'Borrows' },
    amounts: { amount: 'fixed' },
    terms: {
      lending: 'on',
      lent_at_most: '60000.00 PHP, 6000000 RWF, 0.06000000 BTC',
      lent_within: '90 days',
    },
    codes: { LEND: ['Lend', 'Lent by {id}'], OWED: ['Owed', 'Owed for {id}'] },
    states: { open: 'The lender may still go back on it', lent: 'It is owed', refused: 'Not lent' },
    ends: ['lent', 'refused'],
    transitions: {
      lend: {
        arrow: '[*] -> open',
        by: ['lender', 'service'],
        says: 'Put aside',
        needs: ['switched_on'],
        within: { limit: 'lent_at_most', code: 'LEND', of: 'lender', over: 'lent_within' },
        moves: [['amount', 'lender.available -> lender.held', 'LEND']],
        drives: 'lend',
      },
      pay_out: {
        arrow: 'open -> lent',
        by: ['borrower', 'operator'],
        says: 'Paid out',
        moves: [
          ['held', 'lender.held -> borrower.available', 'LEND'],
          ['amount', 'borrower.debt -> lender.due', 'OWED'],
        ],
      },
      forget: {
        arrow: 'open -> refused',
        after: '1 days',
        says: 'Not wanted',
        moves: [['held', 'lender.held -> lender.available', 'LEND']],
        remind: { before: '1 hours', tells: ['borrower'] },
      },
    },
  }),
  guards: {
    switched_on: ({ agreement }) =>
      agreement.terms['lending'] === 'on' ? null : problem('transition_not_open', { reason: 'switched off' }),
  },
}

export const repayment: Product = {
  flow: defineFlow({
    name: 'specimen-repayment',
    noun: 'specimen-repayments',
    id_prefix: 'srep',
    about: 'Pays back what is owed, the oldest debt first, and never all that one has.',
    under: { line: 'specimen-line' },
    parties: { lender: 'Is paid back', borrower: 'Pays back' },
    amounts: { amount: 'fixed', keep: 'fixed', repaid: 'worked_out' },
    terms: { at_most: '50%' },
    codes: { REPAY: ['Repay', 'Repaid by {id}'], SETTLED: ['Settled', 'Owed no more, {id}'] },
    states: { repaid: 'Paid back', nothing: 'There was nothing to pay back, or nothing to pay with' },
    ends: ['repaid', 'nothing'],
    transitions: {
      repay: {
        arrow: ['[*] -> nothing if repaid <= 0', '[*] -> repaid'],
        by: ['borrower', 'service'],
        says: 'Paid back',
        input: { debt: 'text?', keep: 'amount_or_zero' },
        works_out: {
          repaid: [
            'amount',
            'borrower.debts',
            'borrower.available less keep',
            'borrower.available less at_most',
          ],
        },
        moves: [
          ['repaid', 'borrower.available -> lender.available', 'REPAY'],
          ['repaid', 'lender.due -> borrower.debts', 'SETTLED'],
        ],
        drives: 'repay',
      },
    },
  }),
}
