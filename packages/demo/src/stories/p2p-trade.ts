/** Demo: the P2P trade, as its document tells it (product-docs/1-p2p-trade.md), at 1,580 naira a dollar. */

import { setTimeout as sleep } from 'node:timers/promises'
import { pick, type Facts } from '../api.ts'
import type { Agreement } from '../agreement.ts'
import { major } from '../major.ts'
import type { Scene } from '../scene.ts'
import type { Story } from '../story.ts'

const currency = 'NGN'
const naira = (units: bigint) => major(units, currency)
const proof = { proof: { reference: 'FT-2026-0077' } }
const why = { dispute_reason: 'wrong_amount', dispute_text: 'Only half of it has come' }
/** Ten dollars cost 15,800 naira, of which 158 are the fee. */
const [fee, received] = [naira(158n), naira(15_642n)]

export const p2pTrade: Story = {
  name: 'p2p-trade',
  says: 'Local money is locked, the foreign money is sent outside, and confirming it has a job release the funds.',
  chapters: [
    { title: 'Order, proof, release: the inventory of an ad', tell: theTrade },
    { title: "The buyer's wallet, and an order that is cancelled", tell: fromTheWallet },
    { title: 'Nobody pays for 15 minutes', tell: unpaid },
    { title: 'The payer is silent for 24 hours, an operator splits', tell: silent },
    { title: 'The last of it is sold, and the rounding goes home', tell: soldOut },
  ],
}

async function theTrade(scene: Scene): Promise<void> {
  const { maker, taker, ad } = await openBureau(scene)
  const board = scene.board(currency, { Payer: maker, Payee: taker })
  await board.row('ad posted: 100 dollars', [200_000n, 42_000n, 158_000n], [0n, 0n, 0n])
  const order = await take(scene, ad, taker)
  const { your_side, state } = await order.read(scene.api.as(taker))
  scene.check('state, side of the taker', ['pending', 'payee'], [state, your_side])
  await order.take(scene.api.as(taker), 'pay', proof)
  scene.check(
    'the payee confirms',
    '403 not_your_transition',
    await order.attempt(scene.api.as(taker), 'confirm'),
  )
  const confirmed = await order.take(scene.api.as(maker), 'confirm')
  scene.check('at once', ['completed', 'releasing'], [confirmed['state'], confirmed['money']])
  const done = await released(scene, order)
  scene.check('and then, by the job', ['completed', 'released'], [done['state'], done['money']])
  scene.check('again', '409 transition_not_open', await order.attempt(scene.api.as(maker), 'confirm'))
  await order.statement(taker, currency, [['P2P-CREDIT', received, `Received in trade ${order.id}`]])
  scene.amount('fee', currency, fee, done['fee'])
  await board.row('released, less 1 %', [184_200n, 42_000n, 142_200n], [15_642n, 15_642n, 0n])
}

async function fromTheWallet(scene: Scene): Promise<void> {
  const maker = await scene.person('maker', currency, naira(1n))
  const taker = await scene.person('taker', currency, naira(200_000n))
  const ad = await post(scene, maker, { type: 'sell_fx', payment_methods: ['bank_transfer'] })
  const payment_method = await methodOf(scene, taker)
  const board = scene.board(currency, { Payer: taker })
  const order = await take(scene, ad, taker, { payment_method })
  await board.row('locked in the wallet of who takes', [200_000n, 184_200n, 15_800n])
  const gone = await order.take(scene.api.as(maker), 'cancel')
  await board.row('cancelled', [200_000n, 200_000n, 0n])
  scene.check('state, money', ['cancelled', 'refunded'], [gone['state'], gone['money']])
  scene.check('on the market again', 10_000, (await ad.read(scene.api.as(taker)))['remaining'])
}

async function unpaid(scene: Scene): Promise<void> {
  const { maker, taker, ad } = await openBureau(scene)
  const board = scene.board(currency, { Payer: maker })
  const order = await take(scene, ad, taker)
  scene.check('closing meanwhile', '409 transition_not_open', await ad.attempt(scene.api.as(maker), 'close'))
  await scene.advance(0.25)
  const { state, money } = await order.read(scene.api.as(maker))
  scene.check('15 minutes later', ['expired', 'refunded'], [state, money])
  scene.check('paying now', '409 transition_not_open', await order.attempt(scene.api.as(taker), 'pay', proof))
  await board.row('back in the ad', [200_000n, 42_000n, 158_000n])
  await ad.take(scene.api.as(maker), 'close')
  await board.row('ad closed', [200_000n, 200_000n, 0n])
}

async function silent(scene: Scene): Promise<void> {
  const { maker, taker, ad } = await openBureau(scene)
  const board = scene.board(currency, { Payer: maker, Payee: taker })
  const order = await take(scene, ad, taker)
  await order.take(scene.api.as(taker), 'pay', proof)
  scene.check(
    'a dispute at once',
    '409 transition_not_open',
    await order.attempt(scene.api.as(maker), 'dispute', why),
  )
  await scene.advance(24)
  const { state, money } = await order.read(scene.api.as(taker))
  scene.check('24 h later, proof releases nothing', ['disputed', 'held'], [state, money])
  const short = { to_payer: 790_000, to_payee: 789_999, reason: 'Half of it came' }
  const { operator } = scene.api
  scene.check(
    'a split a kobo short',
    '409 distribution_mismatch',
    await order.attempt(operator, 'split', short),
  )
  const split = await order.take(operator, 'split', { ...short, to_payee: 790_000 })
  scene.check('state, money', ['completed', 'split'], [split['state'], split['money']])
  await board.row('split in halves, less 1 %', [192_100n, 49_900n, 142_200n], [7_821n, 7_821n, 0n])
}

async function soldOut(scene: Scene): Promise<void> {
  const francs = 'RWF'
  const maker = await scene.person('maker', francs, 1_000n)
  const taker = await scene.person('taker', francs, 1n)
  const payment_method = await methodOf(scene, maker)
  const small = { currency: francs, price: '3350', total: 3, min: 1, max: 3 }
  const ad = await post(scene, maker, { payment_method, ...small })
  const board = scene.board(francs, { Payer: maker })
  await board.row('3 cents at 33.5 francs: 100 locked', [1_000n, 900n, 100n])
  for (let sold = 0; sold < 3; sold += 1) {
    const order = await take(scene, ad, taker, { quantity: 1 })
    await order.take(scene.api.as(taker), 'pay', proof)
    await order.take(scene.api.as(maker), 'confirm')
    await released(scene, order)
  }
  const { state, held } = await ad.read(scene.api.as(maker))
  scene.check('the ad', ['completed', 0], [state, held])
  await board.row('33 paid three times, 1 is back', [901n, 901n, 0n])
}

/** A maker with 200,000 naira, whose ad buys 100 dollars, and somebody who takes from it. */
async function openBureau(scene: Scene): Promise<{ maker: string; taker: string; ad: Agreement }> {
  const maker = await scene.person('maker', currency, naira(200_000n))
  const ad = await post(scene, maker, { payment_method: await methodOf(scene, maker) })
  return { maker, taker: `taker-of-${maker}`, ad }
}

async function post(scene: Scene, maker: string, body: Facts): Promise<Agreement> {
  const market = { type: 'buy_fx', currency, foreign_currency: 'USD', price: '158000' }
  const limits = { total: 10_000, min: 1_000, max: 10_000 }
  return scene.create(scene.api.as(maker), '/p2p/ads', { ...market, ...limits, ...body })
}

async function take(scene: Scene, ad: Agreement, taker: string, body: Facts = {}): Promise<Agreement> {
  return scene.create(scene.api.as(taker), '/p2p/orders', { ad: ad.id, quantity: 1_000, ...body })
}

async function methodOf(scene: Scene, party: string): Promise<unknown> {
  const details = {
    bank_name: 'First Bank',
    routing_number: '021000021',
    account_number: '12345678',
    account_name: party,
  }
  const asked = { kind: 'bank_transfer', currency: 'USD', details }
  const { body } = await scene.did(
    'payment method',
    scene.api.as(party).post('/p2p/payment-methods', asked),
    201,
  )
  return pick(body, 'id')
}

const polls_max = 400
const poll_ms = 25

/** The job needs a moment. */
async function released(scene: Scene, order: Agreement): Promise<Facts> {
  for (let poll = 0; poll < polls_max; poll += 1) {
    const { body } = await scene.api.service.get(order.path)
    if (body['money'] !== 'releasing') return body
    await sleep(poll_ms)
  }
  throw new Error('the job has not released the funds')
}
