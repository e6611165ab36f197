/** Credit line: how much the company may lend to one retailer, how much of it is in use, and how it is paid back from sales. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

export const creditLine = defineFlow({
  name: 'credit-line',
  noun: 'company/credit-lines',
  id_prefix: 'cln',
  about:
    'What the company lends to one retailer stays within a limit. The line holds no money: it counts what is held for the retailer and what the retailer owes.',

  parties: { company: 'Lends, and sets the limit', retailer: 'Orders on credit, and pays back' },
  amounts: {
    minimum_balance: 'fixed',
    used: 'counted',
    amount: 'given',
    to_company: 'given',
    repaid: 'given',
    deduction: 'given',
  },
  terms: {},
  codes: {},

  states: {
    open: 'Orders may be paid on credit',
    stopped: 'No new orders on credit; what is owed stays owed',
  },
  ends: [],

  transitions: {
    open: {
      arrow: '[*] -> open',
      by: ['service', 'operator'],
      says: 'Credit line opened',
      // A limit may be none, which is not 0, so it is no amount.
      input: { enabled: 'enabled', deduction_percentage: 'percentage' },
    },
    change_settings: {
      arrow: ['open -> open', 'stopped -> stopped'],
      by: 'retailer',
      says: 'The retailer changes how its sales pay back',
      input: {
        enabled: 'enabled?',
        deduction_percentage: 'percentage?',
        minimum_balance: 'amount_or_zero?',
        max_daily: 'limit?',
      },
    },
    set_limit: {
      arrow: ['open -> open', 'stopped -> stopped'],
      by: ['operator', 'service'],
      says: 'A limit of its own, or the limit for all again',
      input: { own_limit: 'limit' },
      tells: ['retailer: Your credit limit has changed'],
    },
    stop: {
      arrow: 'open -> stopped',
      by: ['operator', 'service'],
      says: 'No new orders on credit',
      tells: ['retailer: New orders cannot be paid on credit for now'],
    },
    resume: {
      arrow: 'stopped -> open',
      by: ['operator', 'service'],
      says: 'Orders on credit again',
      tells: ['retailer: Orders can be paid on credit again'],
    },

    draw: {
      arrow: 'open -> open',
      by: 'child',
      says: 'The company holds money for an order',
      needs: ['within_limit'],
      input: { amount: 'amount' },
      counts: [['amount', '[*] -> used']],
    },
    undo_draw: {
      arrow: ['open -> open', 'stopped -> stopped'],
      by: 'child',
      says: 'An order was refunded',
      input: { amount: 'amount' },
      counts: [['amount', 'used -> [*]']],
    },
    undo_part: {
      arrow: ['open -> open', 'stopped -> stopped'],
      by: 'child',
      says: 'A part of an order was refunded',
      input: { to_company: 'amount_or_zero' },
      counts: [['to_company', 'used -> [*]']],
    },
    repay: {
      arrow: ['open -> open', 'stopped -> stopped'],
      by: 'child',
      says: 'The retailer repaid',
      input: { repaid: 'amount_or_zero' },
      counts: [['repaid', 'used -> [*]']],
    },
    deduct: {
      arrow: ['open -> open', 'stopped -> stopped'],
      by: 'child',
      says: "A share of a day's sales was deducted",
      input: { deduction: 'amount_or_zero' },
      counts: [['deduction', 'used -> [*]']],
    },
  },
})
