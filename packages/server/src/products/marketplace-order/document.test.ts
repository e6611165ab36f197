/** The marketplace's own document, replayed through the engine: its four tables of balances, its rows, its answers. */

import { expect, test } from 'vitest'
import { pkr, Shop } from '../../../test/fixtures/marketplace-order.ts'

test('Wallet Balance Tracking: the four tables', () => {
  const shop = new Shop()
  expect(shop.balances()).toEqual({ buyer: [1000, 1000, 0], seller: [1000, 1000, 0] })
  shop.take('create', 'buyer')
  shop.take('pay', 'buyer')
  expect(shop.balances()).toEqual({ buyer: [1000, 500, 500], seller: [1000, 1000, 0] })
  expect(shop.answer()).toMatchObject({
    state: 'awaiting_shipment',
    money: 'held',
    is_amount_frozen: true,
    frozen_amount: 50_000,
  })
  shop.take('ship', 'seller')
  expect(shop.balances()).toEqual({ buyer: [1000, 500, 500], seller: [1000, 1000, 0] })
  expect(shop.answer()).toMatchObject({
    state: 'shipped',
    is_amount_frozen: true,
    frozen_amount: 50_000,
    completed_date: null,
  })
  shop.take('confirm_delivery', 'buyer')
  expect(shop.balances()).toEqual({ buyer: [500, 500, 0], seller: [1500, 1500, 0] })
  expect(shop.answer()).toMatchObject({
    state: 'completed',
    money: 'released',
    is_amount_frozen: false,
    frozen_amount: 0,
    completed_date: '2026-01-01T00:00:00.000Z',
  })
})

test('Transaction History: types, amounts and descriptions', () => {
  const shop = new Shop()
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'], ['ship', 'seller'], ['confirm_delivery', 'buyer'])
  expect(shop.rows()).toEqual([
    ['FREEZE', 'Freeze', 500, 'Payment for order {id}'],
    ['FROZEN_TO_DEBIT', 'FrozenToDebit', 500, 'Payment completed for order {id}'],
    ['CREDIT', 'Credit', 500, 'Payment received for order {id}'],
  ])
})

test('What prevents double-freezing: the second payment is refused and changes nothing', () => {
  const shop = new Shop()
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'])
  expect(shop.refused('pay', 'buyer')).toMatchObject({
    code: 'transition_not_open',
    details: { state: 'awaiting_shipment', money: 'held' },
  })
  expect(shop.balances()).toEqual({ buyer: [1000, 500, 500], seller: [1000, 1000, 0] })
})

test('confirming twice pays once', () => {
  const shop = new Shop()
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'], ['ship', 'seller'], ['confirm_delivery', 'buyer'])
  expect(shop.refused('confirm_delivery', 'buyer')).toMatchObject({ code: 'transition_not_open' })
  expect(shop.balances()).toEqual({ buyer: [500, 500, 0], seller: [1500, 1500, 0] })
})

test('a buyer with too little available: payment_pending, and paying is refused until there is enough', () => {
  const shop = new Shop(pkr(499))
  shop.take('create', 'buyer')
  expect(shop.agreement.state).toBe('payment_pending')
  expect(shop.refused('pay', 'buyer')).toMatchObject({
    code: 'insufficient_funds',
    details: { short_by: 100 },
  })
  shop.put('buyer', 'available', pkr(500))
  shop.take('pay', 'buyer')
  expect(shop.balances().buyer).toEqual([500, 0, 500])
})

test('Can buyer cancel after payment: yes, before shipment, and the money is unfrozen', () => {
  const shop = new Shop()
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'], ['cancel', 'buyer'])
  expect(shop.balances()).toEqual({ buyer: [1000, 1000, 0], seller: [1000, 1000, 0] })
  expect(shop.answer()).toMatchObject({
    state: 'cancelled',
    money: 'refunded',
    is_amount_frozen: false,
    completed_date: null,
  })
})

test('after shipment nobody cancels', () => {
  const shop = new Shop()
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'], ['ship', 'seller'])
  for (const who of ['buyer', 'seller', 'operator'] as const)
    expect(shop.refused('cancel', who)).toMatchObject({ code: 'transition_not_open' })
})

test('What if buyer never confirms: after 48 hours the seller is paid, with a reminder 12 hours before', () => {
  const shop = new Shop()
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'], ['ship', 'seller'], ['deliver', 'service'])
  expect(shop.waits()).toEqual([
    ['complete_unanswered', 'reminder', 36],
    ['complete_unanswered', 'transition', 48],
  ])
  shop.pass(47)
  expect(shop.refused('complete_unanswered', 'clock')).toMatchObject({ code: 'transition_not_open' })
  shop.pass(1)
  shop.take('complete_unanswered', 'clock')
  expect(shop.balances()).toEqual({ buyer: [500, 500, 0], seller: [1500, 1500, 0] })
  expect(shop.agreement.state).toBe('completed')
})

test.each([
  [
    'paying takes longer than 24 hours',
    [['create', 'buyer']],
    24,
    'cancel_unpaid',
    'cancelled',
    [1000, 1000, 0],
  ],
  [
    'shipping takes longer than 7 days',
    [
      ['create', 'buyer'],
      ['pay', 'buyer'],
    ],
    168,
    'cancel_unshipped',
    'cancelled',
    [1000, 1000, 0],
  ],
  [
    'the way takes longer than 14 days',
    [
      ['create', 'buyer'],
      ['pay', 'buyer'],
      ['ship', 'seller'],
    ],
    336,
    'assume_delivered',
    'delivered_pending_decision',
    [1000, 500, 500],
  ],
] as const)('%s', (_, taken, hours, transition, state, buyer) => {
  const shop = new Shop()
  shop.takeAll(...taken)
  shop.pass(hours)
  shop.take(transition, 'clock')
  expect(shop.agreement.state).toBe(state)
  expect(shop.balances().buyer).toEqual(buyer)
})

test('a dispute stops the clock; withdrawn, it goes on with the time that was left, and with a day at least', () => {
  const shop = new Shop()
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'], ['ship', 'seller'], ['deliver', 'service'])
  shop.pass(40)
  shop.take('dispute', 'buyer', { dispute_reason: 'damaged', dispute_text: 'broken' })
  expect(shop.waits()).toEqual([['escalate_dispute', 'transition', 72]])
  shop.pass(500)
  expect(shop.refused('withdraw_dispute', 'seller')).toMatchObject({ code: 'not_your_transition' })
  shop.take('withdraw_dispute', 'buyer')
  expect(shop.agreement.state).toBe('delivered_pending_decision')
  // 8 hours were left: a day is given, so that nobody takes the other side's turn by disputing at the last moment.
  expect(shop.waits()).toEqual([
    ['complete_unanswered', 'reminder', 12],
    ['complete_unanswered', 'transition', 24],
  ])
  shop.pass(24)
  shop.take('complete_unanswered', 'clock')
  expect(shop.balances()).toEqual({ buyer: [500, 500, 0], seller: [1500, 1500, 0] })
})

test('rejected and returned: the buyer has the money back', () => {
  const shop = new Shop()
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'], ['ship', 'seller'], ['deliver', 'seller'])
  shop.take('reject', 'buyer', { reject_reason: 'wrong colour' })
  expect(shop.balances().buyer).toEqual([1000, 500, 500])
  shop.take('accept_return', 'seller')
  expect(shop.balances()).toEqual({ buyer: [1000, 1000, 0], seller: [1000, 1000, 0] })
  expect(shop.answer()).toMatchObject({ state: 'cancelled', money: 'refunded' })
})

test('rejected and unanswered for 7 days: an operator decides', () => {
  const shop = new Shop()
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'], ['ship', 'seller'], ['deliver', 'seller'])
  shop.take('reject', 'buyer', { reject_reason: 'wrong colour' })
  shop.pass(168)
  shop.take('dispute_unanswered', 'clock')
  expect(shop.agreement.state).toBe('disputed')
  expect(shop.refused('withdraw_dispute', 'buyer')).toMatchObject({ code: 'not_your_transition' })
})

test.each([
  ['release', {}, [500, 500, 0], [1500, 1500, 0], 'released'],
  ['refund', {}, [1000, 1000, 0], [1000, 1000, 0], 'refunded'],
  ['split', { to_buyer: pkr(200), to_seller: pkr(300) }, [700, 700, 0], [1300, 1300, 0], 'split'],
] as const)('a dispute is decided: %s', (transition, input, buyer, seller, money) => {
  const shop = disputed()
  shop.take(transition, 'operator', input)
  expect(shop.balances()).toEqual({ buyer, seller })
  expect(shop.agreement.money).toBe(money)
})

test.each([
  ['less than is held', { to_buyer: pkr(200), to_seller: pkr(299) }],
  ['more than is held', { to_buyer: pkr(200), to_seller: pkr(301) }],
])('a split of %s is refused', (_, input) => {
  const shop = disputed()
  expect(shop.refused('split', 'operator', input)).toMatchObject({ code: 'distribution_mismatch' })
  expect(shop.balances()).toEqual({ buyer: [1000, 500, 500], seller: [1000, 1000, 0] })
})

test('with a fee of 5% in the schedule the seller has 475 and the platform 25, in a split as well', () => {
  const shop = new Shop(pkr(1000), { fee: '5%' })
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'], ['ship', 'seller'], ['confirm_delivery', 'buyer'])
  expect(shop.balances()).toEqual({ buyer: [500, 500, 0], seller: [1475, 1475, 0] })
  expect(shop.held('platform', 'revenue')).toBe(pkr(25))

  const split = disputed({ fee: '5%' })
  split.take('split', 'operator', { to_buyer: pkr(100), to_seller: pkr(400) })
  expect(split.balances()).toEqual({ buyer: [600, 600, 0], seller: [1380, 1380, 0] })
  expect(split.held('platform', 'revenue')).toBe(pkr(20))
})

function disputed(schedule: Record<string, string> = {}): Shop {
  const shop = new Shop(pkr(1000), schedule)
  shop.takeAll(['create', 'buyer'], ['pay', 'buyer'], ['ship', 'seller'])
  shop.take('dispute', 'seller', { dispute_reason: 'other', dispute_text: 'no answer' })
  return shop
}
