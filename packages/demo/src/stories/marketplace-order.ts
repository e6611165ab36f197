/** Demo: the marketplace order, in the numbers of its document (product-docs/2-marketplace-order.md). */

import type { Agreement, Entry } from '../agreement.ts'
import { outcome, pick } from '../api.ts'
import { netOf } from '../log.ts'
import type { Scene } from '../scene.ts'
import type { Story } from '../story.ts'
import { currency, hour_ms, hoursLeft, openShop, price, rupees, type Shop } from './marketplace-shop.ts'
import { guarantees } from './marketplace-guarantees.ts'

export const marketplaceOrder: Story = {
  name: 'marketplace-order',
  says: 'A buyer freezes the price, the seller ships, and confirming delivery pays the seller.',
  chapters: [
    { title: 'The order, as its document tells it', tell: theOrder },
    { title: 'Cancelled before shipment', tell: cancelled },
    { title: 'Nobody answers for 48 hours', tell: unanswered },
    { title: 'A dispute stops the clock, an operator splits', tell: disputed },
    { title: 'A fee of 5 %, for new orders only', tell: withFee },
    ...guarantees,
  ],
}

async function theOrder(scene: Scene): Promise<void> {
  const shop = await openShop(scene)
  const { buyer, seller } = shop
  const board = scene.board(currency, { Buyer: buyer, Seller: seller })
  await board.row('before', [1000n, 1000n, 0n], [1000n, 1000n, 0n])
  const order = await shop.order()
  const paid = await order.take(scene.api.as(buyer), 'pay')
  await board.row('after payment', [1000n, 500n, 500n], [1000n, 1000n, 0n])
  await order.take(scene.api.as(seller), 'ship', { courier: 'TCS', tracking_number: '779-1234' })
  await board.row('after shipment', [1000n, 500n, 500n], [1000n, 1000n, 0n])
  scene.check('a second payment', '409 transition_not_open', await order.attempt(scene.api.as(buyer), 'pay'))
  scene.check(
    'the seller confirms',
    '403 not_your_transition',
    await order.attempt(scene.api.as(seller), 'confirm-delivery'),
  )
  scene.check('a stranger reads', '404 not_found', outcome(await scene.api.as('stranger').get(order.path)))
  const confirmed = await order.take(scene.api.as(buyer), 'confirm-delivery')
  await board.row('after confirmation', [500n, 500n, 0n], [1500n, 1500n, 0n])
  scene.check('states', ['awaiting_shipment', 'completed'], [paid['state'], confirmed['state']])
  scene.check('is_amount_frozen', [true, false], [paid['is_amount_frozen'], confirmed['is_amount_frozen']])
  scene.amount('frozen_amount, paid', currency, price, paid['frozen_amount'])
  scene.amount('frozen_amount, confirmed', currency, 0n, confirmed['frozen_amount'])
  await statements(
    shop,
    order,
    [
      ['Freeze', price, `Payment for order ${order.id}`],
      ['FrozenToDebit', price, `Payment completed for order ${order.id}`],
    ],
    [['Credit', price, `Payment received for order ${order.id}`]],
  )
}

async function cancelled(scene: Scene): Promise<void> {
  const shop = await openShop(scene)
  const { buyer, seller } = shop
  const board = scene.board(currency, { Buyer: buyer, Seller: seller })
  const order = await shop.order()
  await order.take(scene.api.as(buyer), 'pay')
  await board.row('paid', [1000n, 500n, 500n], [1000n, 1000n, 0n])
  const gone = await order.take(scene.api.as(buyer), 'cancel')
  await board.row('cancelled: unfrozen', [1000n, 1000n, 0n], [1000n, 1000n, 0n])
  scene.check('state, money', ['cancelled', 'refunded'], [gone['state'], gone['money']])
  await statements(
    shop,
    order,
    [
      ['Freeze', price, `Payment for order ${order.id}`],
      ['Unfreeze', price, `Payment returned for order ${order.id}`],
    ],
    [],
  )
  const late = await shop.shipped()
  scene.check(
    'once it is shipped',
    '409 transition_not_open',
    await late.attempt(scene.api.as(buyer), 'cancel'),
  )
  await late.take(scene.api.as(buyer), 'confirm-delivery')
}

async function unanswered(scene: Scene): Promise<void> {
  const shop = await openShop(scene)
  const { buyer, seller } = shop
  const board = scene.board(currency, { Buyer: buyer, Seller: seller })
  const order = await shop.shipped()
  const delivered = await order.take(scene.api.service, 'deliver')
  const due_ms = Date.parse(String(delivered['state_since'])) + 48 * hour_ms
  const { if_nothing_happens: ahead } = await order.read(scene.api.as(buyer))
  const by = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(due_ms)
  scene.check(
    'the buyer reads',
    `If nothing happens by ${by} (UTC): PKR 500.00 to ${seller}.`,
    pick(ahead, 'sentence'),
  )
  scene.check('to the millisecond', new Date(due_ms).toISOString(), pick(ahead, 'at'))
  scene.quiet('and leads to', ['completed', 'released'], [pick(ahead, 'to'), pick(ahead, 'money')])
  await board.row('delivered', [1000n, 500n, 500n], [1000n, 1000n, 0n])

  await scene.advance(36)
  const reminder = (await order.events()).at(-1)
  scene.check('36 h later', ['reminder', 'complete_unanswered'], [reminder?.kind, reminder?.transition])
  scene.check('it tells', ['buyer'], reminder?.tells)
  await board.row('reminded', [1000n, 500n, 500n], [1000n, 1000n, 0n])

  await scene.advance(12)
  const { state, money, ended_at } = await order.read(scene.api.as(buyer))
  await board.row('12 h after that', [500n, 500n, 0n], [1500n, 1500n, 0n])
  scene.check('state, money', ['completed', 'released'], [state, money])
  scene.quiet('not before it was due', true, Date.parse(String(ended_at)) >= due_ms)
  scene.check(
    'confirming now',
    '409 transition_not_open',
    await order.attempt(scene.api.as(buyer), 'confirm-delivery'),
  )
}

async function disputed(scene: Scene): Promise<void> {
  const shop = await openShop(scene)
  const { buyer, seller } = shop
  const { operator } = scene.api
  const board = scene.board(currency, { Buyer: buyer, Seller: seller })
  const order = await shop.shipped()
  await order.take(scene.api.service, 'deliver')
  await scene.advance(40)
  scene.check('40 h later, hours left', 8, await hoursLeft(scene, order, 'complete_unanswered'))
  const why = { dispute_reason: 'damaged', dispute_text: 'The lid is cracked' }
  await order.take(scene.api.as(buyer), 'dispute', why)
  scene.check('disputed, hours left', null, await hoursLeft(scene, order, 'complete_unanswered'))
  await scene.advance(500)
  await board.row('500 h later, disputed', [1000n, 500n, 500n], [1000n, 1000n, 0n])
  const calls = (await order.events()).filter(({ transition }) => transition === 'escalate_dispute')
  scene.check('operators were called', 6, calls.length)
  await order.take(scene.api.as(buyer), 'withdraw-dispute')
  // 8 were left; the other side has a day at least.
  scene.check('withdrawn, hours left', 24, await hoursLeft(scene, order, 'complete_unanswered'))

  await order.take(scene.api.as(seller), 'dispute', {
    dispute_reason: 'other',
    dispute_text: 'It left here whole',
  })
  const short = { to_buyer: 20_000, to_seller: 29_999, reason: 'Wear and tear' }
  scene.check(
    'a split a paisa short',
    '409 distribution_mismatch',
    await order.attempt(operator, 'split', short),
  )
  scene.check(
    'a split by the buyer',
    '403 not_your_transition',
    await order.attempt(scene.api.as(buyer), 'split', short),
  )
  const split = await order.take(operator, 'split', { ...short, to_seller: 30_000 })
  await board.row('split 200 to 300', [700n, 700n, 0n], [1300n, 1300n, 0n])
  scene.check('state, money', ['completed', 'split'], [split['state'], split['money']])
  await statements(
    shop,
    order,
    [
      ['Freeze', price, `Payment for order ${order.id}`],
      ['Unfreeze', rupees(200n), `Payment returned for order ${order.id}`],
      ['FrozenToDebit', rupees(300n), `Payment completed for order ${order.id}`],
    ],
    [['Credit', rupees(300n), `Payment received for order ${order.id}`]],
  )
}

async function withFee(scene: Scene): Promise<void> {
  const shop = await openShop(scene)
  const { buyer, seller } = shop
  const board = scene.board(currency, { Buyer: buyer, Seller: seller })
  const old = await shop.shipped()
  await publish(scene, '5%', 1)
  const fresh = await shop.shipped()
  const [before, after] = [await old.read(scene.api.as(buyer)), await fresh.read(scene.api.as(buyer))]
  scene.check(
    'fee: old order, new order',
    ['0%', '5%'],
    [pick(before, 'terms.fee'), pick(after, 'terms.fee')],
  )
  await old.take(scene.api.as(buyer), 'confirm-delivery')
  await board.row('old order confirmed', [500n, 0n, 500n], [1500n, 1500n, 0n])
  await fresh.take(scene.api.as(buyer), 'confirm-delivery')
  await board.row('new order confirmed', [0n, 0n, 0n], [1975n, 1975n, 0n])
  scene.amount(
    'platform, old order',
    currency,
    0n,
    Number(netOf(await old.events(), currency, 'platform.revenue')),
  )
  scene.amount(
    'platform, new order',
    currency,
    rupees(25n),
    Number(netOf(await fresh.events(), currency, 'platform.revenue')),
  )
  await publish(scene, '0%', 2)
}

/** Versions of a schedule are never changed: another fee is another version. */
async function publish(scene: Scene, fee: string, version: number): Promise<void> {
  const body = { flow: 'marketplace-order', terms: { fee }, reason: 'Price list' }
  const published = await scene.did('fee schedule', scene.api.operator.post('/v1/fee-schedules', body), 201)
  scene.check(`fee ${fee}, version`, version, published.body['version'])
}

async function statements(
  shop: Shop,
  order: Agreement,
  buyer: readonly Entry[],
  seller: readonly Entry[],
): Promise<void> {
  await order.statement(shop.buyer, currency, buyer)
  await order.statement(shop.seller, currency, seller)
}
