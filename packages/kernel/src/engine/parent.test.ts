/** Engine: an agreement under another one: what it takes out of it, what it takes with it, and that it is both or neither. */

import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { specimens } from '../../test/specimens/index.ts'
import { accepted, clock, operator, person, service, Town } from '../../test/walkthrough.ts'
import type { Agreement } from './agreement.ts'
import type { Ask, Verdict } from './ask.ts'

const mia = person('mia')
const pat = person('pat')
const day_ms = 86_400_000

/** Mia has 500.00 left, and an ad in which 100.00 are locked. */
function market(): { town: Town; ad: string } {
  const town = new Town(specimens, 'specimen-ad')
  town.put('mia', 60_000n)
  const ad = town.begin({ total: 10_000n }, { maker: 'mia' }).agreement.id
  town.agreement = null
  return { town, ad }
}

function orderOf(town: Town, ad: string, amount: bigint, payee = 'pat', currency = 'PHP'): Ask {
  return town.create('specimen-ad-order', { amount }, { payer: 'mia', payee }, { under: ad, currency })
}

/** An order of so much, about which is asked from then on. */
function ordered(amount: bigint): { town: Town; ad: string; order: Agreement } {
  const { town, ad } = market()
  const order = accepted(town.take(orderOf(town, ad, amount)).verdicts[0]).agreement
  town.agreement = order
  return { town, ad, order }
}

const standing = (town: Town, id: string) => {
  const agreement = town.world.agreements.get(id)
  assert(agreement)
  const { state, money, version } = agreement
  const { held, released, refunded, remaining, in_orders, sold } = agreement.amounts
  return { state, money, version, held, released, refunded, remaining, in_orders, sold }
}

const codeOf = (verdict: Verdict | undefined) =>
  verdict?.outcome === 'refused' ? verdict.problem.code : verdict?.outcome

test('an order takes its money out of the ad, and the ad knows of it', () => {
  const { town, ad } = market()
  const { verdicts, changes } = town.take(orderOf(town, ad, 3_000n))
  const order = accepted(verdicts[0]).agreement
  expect(standing(town, order.id)).toMatchObject({ state: 'open', money: 'held', held: 3_000n })
  expect(standing(town, ad)).toMatchObject({ held: 7_000n, remaining: 7_000n, in_orders: 3_000n, version: 2 })
  expect(order.under).toBe(ad)
  expect([town.balance('mia', 'held'), town.balance('mia', 'available')]).toEqual([10_000n, 50_000n])

  const told = changes.events.map(({ agreement, transition, body }) => ({
    ...JSON.parse(body),
    agreement,
    transition,
  }))
  expect(told).toMatchObject([
    {
      agreement: order.id,
      transition: 'create',
      postings: [{ from: 'mia.held', to: 'mia.held', amount: 3_000 }],
    },
    {
      agreement: ad,
      transition: 'take',
      by: { kind: 'child', role: 'child' },
      input: { amount: 3_000 },
      postings: [],
    },
  ])
})

test('what the ad refuses, the order may not do either, and nothing is left of it', () => {
  const { town, ad } = market()
  const before = town.world
  const { verdicts, changes } = town.take(orderOf(town, ad, 10_001n))
  expect(codeOf(verdicts[0])).toBe('insufficient_funds')
  expect([
    changes.agreements.size,
    changes.accounts.size,
    changes.transfers.length,
    changes.events.length,
  ]).toEqual([0, 0, 0, 0])
  expect(town.world.agreements).toEqual(before.agreements)

  // Enough money, but what remains is counted as well: 60.00 are in an order, and come back to its payer.
  town.agreement = accepted(town.take(orderOf(town, ad, 6_000n)).verdicts[0]).agreement
  const [refused] = town.take({ ...orderOf(town, ad, 5_000n), agreement: null }).verdicts
  expect(codeOf(refused)).toBe('insufficient_funds')
  expect(standing(town, ad)).toMatchObject({ held: 4_000n, remaining: 4_000n, in_orders: 6_000n })
})

test('of two orders in one batch that want the last of it, the first has it', () => {
  const { town, ad } = market()
  const { verdicts, changes } = town.take(orderOf(town, ad, 6_000n), orderOf(town, ad, 6_000n, 'quin'))
  expect(verdicts.map(codeOf)).toEqual(['accepted', 'insufficient_funds'])
  expect(standing(town, ad)).toMatchObject({ held: 4_000n, remaining: 4_000n, in_orders: 6_000n, version: 2 })
  expect(changes.events).toHaveLength(2)
})

test('an order may be opened in the batch in which its ad is posted', () => {
  const town = new Town(specimens, 'specimen-ad')
  town.put('mia', 60_000n)
  const post = town.create('specimen-ad', { total: 10_000n }, { maker: 'mia' })
  const { verdicts } = town.take(post, orderOf(town, post.id, 10_000n))
  expect(verdicts.map(codeOf)).toEqual(['accepted', 'accepted'])
  expect(standing(town, post.id)).toMatchObject({ state: 'active', held: 0n, in_orders: 10_000n, version: 2 })
})

test('taken and given back in one batch, the ad has two events more and is as before', () => {
  const { town, ad } = market()
  const take = orderOf(town, ad, 3_000n)
  const cancel = town.ask('cancel', pat, { flow: 'specimen-ad-order', agreement: take.id })
  const { verdicts, changes } = town.take(take, cancel)
  expect(verdicts.map(codeOf)).toEqual(['accepted', 'accepted'])
  expect(changes.events.map(({ transition }) => transition)).toEqual([
    'create',
    'take',
    'cancel',
    'give_back',
  ])
  expect(standing(town, ad)).toMatchObject({
    held: 10_000n,
    remaining: 10_000n,
    in_orders: 0n,
    released: 0n,
    version: 3,
  })
})

test.each([
  ['the payee', pat],
  ['an operator', operator],
])('%s cancels: the ad has it back, as if it had never left', (_, actor) => {
  const { town, ad, order } = ordered(3_000n)
  town.go('cancel', actor)
  expect(standing(town, order.id)).toMatchObject({
    state: 'cancelled',
    money: 'refunded',
    held: 0n,
    refunded: 3_000n,
  })
  expect(standing(town, ad)).toMatchObject({ money: 'held', held: 10_000n, remaining: 10_000n, released: 0n })
})

test('so does the clock', () => {
  const { town, ad, order } = ordered(3_000n)
  town.tick(2 * day_ms)
  accepted(town.take(town.ask('give_up', clock, { kind: 'timer' })).verdicts[0])
  expect(standing(town, order.id)).toMatchObject({ state: 'cancelled', held: 0n })
  expect(standing(town, ad)).toMatchObject({ held: 10_000n, in_orders: 0n, version: 3 })
})

test('what passes through the platform is released once, and each transfer has its reference', () => {
  const { town, ad, order } = ordered(3_000n)
  const { transfers } = town.go('confirm', mia)
  expect(standing(town, order.id)).toMatchObject({
    state: 'paid',
    money: 'released',
    released: 3_000n,
    held: 0n,
  })
  expect(standing(town, ad)).toMatchObject({ state: 'active', held: 7_000n, released: 3_000n, sold: 3_000n })
  expect([town.balance('pat', 'available'), town.balance('platform', 'revenue')]).toEqual([2_970n, 30n])
  expect(town.balance('platform', 'clearing')).toBe(0n)
  expect(transfers.map(({ reference }) => reference?.split('-')[0] ?? null)).toEqual(['PAY', 'EARN', null])
})

test('the last order sells it out', () => {
  const { town, ad } = ordered(10_000n)
  town.go('confirm', mia)
  expect(standing(town, ad)).toMatchObject({ state: 'sold_out', money: 'released', held: 0n, sold: 10_000n })
})

test('what both post in one ask has ids of its own, and moves on in this order', () => {
  const { town, ad, order } = ordered(10_000n)
  town.go('dispute', pat)
  const input = { to_payer: 4_000n, to_payee: 6_000n }
  town.go('settle', pat, { input })
  const { changes } = town.take(town.ask('settle', mia, { input }))
  const posted = changes.transfers.map(({ agreement, amount, debit_code }) => [
    agreement === ad,
    amount,
    debit_code,
  ])
  expect(posted).toEqual([
    [false, 4_000n, 'UNLOCK'],
    [false, 6_000n, 'PAY'],
    [false, 5_940n, 'EARN'],
    [false, 60n, 'FEE'],
    [true, 4_000n, 'RETURN'],
  ])
  expect(new Set(changes.transfers.map(({ id }) => id)).size).toBe(5)
  expect(standing(town, order.id)).toMatchObject({
    state: 'paid',
    money: 'split',
    released: 6_000n,
    refunded: 4_000n,
  })
  expect(standing(town, ad)).toMatchObject({
    state: 'sold_out',
    held: 0n,
    released: 6_000n,
    refunded: 4_000n,
  })
  expect(town.balance('mia', 'available')).toBe(54_000n)
})

test('while an order is open the ad is not closed, by its maker or by the clock', () => {
  const { town, ad } = ordered(3_000n)
  town.agreement = town.world.agreements.get(ad) ?? null
  expect(town.refused('close', mia).details).toMatchObject({ reason: 'orders are open' })
  town.tick(30 * day_ms)
  accepted(town.take(town.ask('lapse', clock, { kind: 'timer' })).verdicts[0])
  expect(standing(town, ad)).toMatchObject({ state: 'active', held: 7_000n })

  const [order] = [...town.world.agreements.values()].filter(({ under }) => under === ad)
  town.take(town.ask('cancel', pat, { flow: 'specimen-ad-order', agreement: order?.id ?? '' }))
  town.tick(30 * day_ms)
  accepted(town.take(town.ask('lapse', clock, { kind: 'timer' })).verdicts[0])
  expect(standing(town, ad)).toMatchObject({ state: 'closed', money: 'refunded', held: 0n })
  expect(town.balance('mia', 'available')).toBe(60_000n)
})

test.each([
  ['another currency', 'PHP', (ad: string) => ({ under: ad, currency: 'RWF' }), 'currency_mismatch'],
  ['none', 'PHP', () => ({ under: null }), 'not_found'],
  ['one that is not there', 'PHP', (ad: string) => ({ under: `${ad.slice(0, 34)}ff` }), 'not_found'],
])('opened under %s it is refused', (_, _currency, change, code) => {
  const { town, ad } = market()
  const ask = orderOf(town, ad, 1_000n)
  assert(ask.creation)
  const { verdicts, changes } = town.take({ ...ask, creation: { ...ask.creation, ...change(ad) } })
  expect(codeOf(verdicts[0])).toBe(code)
  expect(changes.events).toEqual([])
})

test('under an agreement of another flow it is refused', () => {
  const { town } = market()
  const line = town.take(town.create('specimen-line', { limit: 10n }, { lender: 'mia', borrower: 'pat' }))
  const under = accepted(line.verdicts[0]).agreement.id
  expect(codeOf(town.take(orderOf(town, under, 10n)).verdicts[0])).toBe('not_found')
})

test.each([
  ['the maker', mia],
  ['an operator', operator],
  ['the service', service],
])('%s does not take the part of an order', (_, actor) => {
  const { town, ad } = market()
  town.agreement = town.world.agreements.get(ad) ?? null
  const { code, details } = town.refused('take', actor, { input: { amount: 1_000n } })
  expect([code, details['by']]).toEqual(['not_your_transition', ['child']])
})
