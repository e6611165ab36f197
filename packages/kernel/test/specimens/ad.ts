/** Specimens of an agreement under another one: an ad in which money is locked, and the orders that are taken out of it. */

import { problem } from '../../src/problem.ts'
import { amountOf } from '../../src/engine/agreement.ts'
import type { Product } from '../../src/engine/product.ts'
import { defineFlow } from '../../src/flow/define.ts'

const rest_back = ['held', 'maker.held -> maker.available', 'RETURN'] as const

export const ad: Product = {
  flow: defineFlow({
    name: 'specimen-ad',
    noun: 'specimen-ads',
    id_prefix: 'sad',
    about: 'The maker locks an amount; orders are taken out of it.',
    parties: { maker: 'Locks what the orders can cost' },
    amounts: { total: 'fixed', remaining: 'counted', in_orders: 'counted', sold: 'counted', amount: 'given' },
    terms: { listed_for: '30 days' },
    codes: { LOCK: ['Lock', 'Locked for ad {id}'], RETURN: ['Return', 'Returned from ad {id}'] },
    states: {
      active: 'Open for orders',
      sold_out: 'All of it was sold',
      closed: 'What was not sold is back',
    },
    ends: ['sold_out', 'closed'],
    transitions: {
      post: {
        arrow: '[*] -> active',
        by: ['maker', 'service'],
        says: 'Posted',
        counts: [['total', '[*] -> remaining']],
        moves: [['total', 'maker.available -> maker.held', 'LOCK']],
      },
      take: {
        arrow: 'active -> active',
        by: 'child',
        says: 'An order is taken out of it',
        input: { amount: 'amount' },
        counts: [['amount', 'remaining -> in_orders']],
      },
      give_back: {
        arrow: 'active -> active',
        by: 'child',
        says: 'An order gives back what it took',
        input: { amount: 'amount' },
        counts: [['amount', 'in_orders -> remaining']],
      },
      fill: {
        arrow: ['active -> sold_out if total <= sold', 'active -> active'],
        by: 'child',
        says: 'An order is done',
        input: { amount: 'amount' },
        counts: [['amount', 'in_orders -> sold']],
        moves: [[...rest_back, 'into sold_out']],
        tells: ['maker', 'maker in sold_out: All of it is sold'],
      },
      close: {
        arrow: 'active -> closed',
        by: ['maker', 'operator'],
        says: 'Closed',
        needs: ['no_orders'],
        moves: [rest_back],
      },
      lapse: {
        arrow: ['active -> closed if in_orders <= 0', 'active -> active'],
        after: 'listed_for',
        says: 'Listed long enough',
        moves: [[...rest_back, 'into closed']],
        remind: { before: '1 days', tells: ['maker'] },
      },
    },
  }),
  guards: {
    no_orders: ({ agreement }) =>
      amountOf(agreement, 'in_orders') === 0n
        ? null
        : problem('transition_not_open', { state: agreement.state, reason: 'orders are open' }),
  },
}

const give_back = [['held', 'payer.held -> ad.held', 'UNLOCK']] as const
const pay = (part: 'held' | 'to_payee') =>
  [
    [part, 'payer.held -> platform.clearing', 'PAY'],
    [`rest of ${part === 'held' ? 'amount' : part}`, 'platform.clearing -> payee.available', 'EARN'],
    [`fee of ${part === 'held' ? 'amount' : part}`, 'platform.clearing -> platform.revenue', 'FEE'],
  ] as const
/** What the payer has back goes into the ad. */
const divide_between = [['to_payer', 'payer.held -> ad.held', 'UNLOCK'], ...pay('to_payee')] as const

export const adOrder: Product = {
  flow: defineFlow({
    name: 'specimen-ad-order',
    noun: 'specimen-ad-orders',
    id_prefix: 'sado',
    about: 'Takes an amount out of an ad, and pays it to somebody, or gives it back.',
    under: { ad: 'specimen-ad' },
    parties: { payer: 'Has the money in the ad', payee: 'Is paid' },
    beneficiary: 'payee',
    amounts: { amount: 'fixed', to_payer: 'given', to_payee: 'given' },
    terms: { fee: '1%', second_operator_above: '100.00 PHP, 5000 RWF, 0.00005000 BTC', patience: '2 days' },
    codes: {
      LOCK: ['Lock', 'Taken for order {id}'],
      UNLOCK: ['Unlock', 'Given back by order {id}'],
      PAY: ['Pay', 'Paid by order {id}', 'PAY-{id}'],
      EARN: ['Earn', 'Earned by order {id}', 'EARN-{id}'],
      FEE: ['Fee', 'Fee of order {id}'],
    },
    states: {
      open: 'The payer says whether it was delivered',
      disputed: 'Operators decide, or the sides agree',
      paid: 'The payee has it',
      cancelled: 'The ad has it back',
    },
    ends: ['paid', 'cancelled'],
    transitions: {
      create: {
        arrow: '[*] -> open',
        by: ['payer', 'payee', 'service'],
        says: 'Taken out of the ad',
        moves: [['amount', 'ad.held -> payer.held', 'LOCK']],
        drives: 'take',
      },
      confirm: { arrow: 'open -> paid', by: 'payer', says: 'Delivered', moves: pay('held'), drives: 'fill' },
      cancel: {
        arrow: 'open -> cancelled',
        by: ['payee', 'operator'],
        says: 'Cancelled',
        moves: give_back,
        drives: 'give_back',
      },
      dispute: { arrow: 'open -> disputed', by: ['payer', 'payee'], says: 'Disputed', tells: ['operator'] },
      withdraw_dispute: {
        arrow: 'disputed -> [back]',
        by: ['payer', 'payee'],
        says: 'Withdrawn',
        at_least: '24 hours',
      },
      refund: {
        arrow: 'disputed -> cancelled',
        by: 'operator',
        says: 'Operators decide for the ad',
        moves: give_back,
        drives: 'give_back',
        four_eyes_above: 'second_operator_above',
      },
      split: {
        arrow: 'disputed -> paid',
        by: 'operator',
        says: 'Operators divide it',
        input: { to_payer: 'amount_or_zero', to_payee: 'amount_or_zero' },
        moves: divide_between,
        drives: 'fill',
        four_eyes_above: 'second_operator_above',
      },
      settle: {
        arrow: 'disputed -> paid',
        by: { all: ['payer', 'payee'] },
        says: 'The sides agree',
        input: { to_payer: 'amount_or_zero', to_payee: 'amount_or_zero' },
        moves: divide_between,
        drives: 'fill',
      },
      give_up: {
        arrow: 'open -> cancelled',
        after: 'patience',
        says: 'Nobody confirmed',
        moves: give_back,
        drives: 'give_back',
        remind: { before: '1 hours', tells: ['payer', 'payee'] },
      },
      escalate: { arrow: 'disputed -> disputed', after: '3 days', says: 'Still waits', tells: ['operator'] },
    },
  }),
}
