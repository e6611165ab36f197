/** Demo: what the engine promises of every product, shown on an order: races, repeats, dry runs. */

import { randomUUID } from 'node:crypto'
import { outcome, rowsOf } from '../api.ts'
import type { Scene } from '../scene.ts'
import type { Chapter } from '../story.ts'
import { currency, openShop, order_amount } from './marketplace-shop.ts'

const confirmations = 100

export const guarantees: readonly Chapter[] = [
  { title: `${confirmations} confirmations at the same time`, tell: race },
  { title: 'A request sent again', tell: replay },
  { title: 'A dry run', tell: dryRun },
]

async function race(scene: Scene): Promise<void> {
  const { buyer, seller, shipped } = await openShop(scene)
  const board = scene.board(currency, { Buyer: buyer, Seller: seller })
  const order = await shipped()
  const caller = scene.api.as(buyer)
  const outcomes = await Promise.all(
    Array.from({ length: confirmations }, () => order.attempt(caller, 'confirm-delivery')),
  )
  const times = Map.groupBy(outcomes, (each) => each)
  scene.check('answered 200', 1, times.get('200')?.length ?? 0)
  scene.check('409 transition_not_open', confirmations - 1, times.get('409 transition_not_open')?.length ?? 0)
  await board.row('paid once', [500n, 500n, 0n], [1500n, 1500n, 0n])
}

async function replay(scene: Scene): Promise<void> {
  const { buyer, seller } = await openShop(scene)
  const board = scene.board(currency, { Buyer: buyer })
  const caller = scene.api.as(buyer)
  const body = { seller, amount: order_amount, currency }
  const key = randomUUID()
  const first = await scene.did('create', caller.post('/orders', body, key), 201)
  const again = await caller.post('/orders', body, key)
  scene.check('same key, same body', '201', outcome(again))
  scene.check('Idempotent-Replayed', [false, true], [first.replayed, again.replayed])
  scene.check('answers alike to the byte', true, first.text === again.text)
  const other = await caller.post('/orders', { ...body, amount: 60_000 }, key)
  scene.check('same key, other body', '422 idempotency_key_reused', outcome(other))
  const orders = await scene.did('list', caller.get('/orders'))
  scene.check('orders of the buyer', 1, rowsOf(orders).length)

  const path = `/orders/${String(first.body['id'])}`
  const pay_key = randomUUID()
  const paid = await scene.did('pay', caller.post(`${path}/pay`, {}, pay_key))
  const repaid = await caller.post(`${path}/pay`, {}, pay_key)
  scene.check('paid again', ['200', true], [outcome(repaid), repaid.replayed && repaid.text === paid.text])
  await board.row('frozen once', [1000n, 500n, 500n])
  await scene.did('cancel', caller.post(`${path}/cancel`))
}

async function dryRun(scene: Scene): Promise<void> {
  const { buyer, order: place } = await openShop(scene)
  const board = scene.board(currency, { Buyer: buyer })
  const caller = scene.api.as(buyer)
  const order = await place()
  const [was, log] = [await order.read(caller), await scene.log()]
  const { text } = await scene.did('dry run', caller.post(`${order.path}/pay?dry_run=true`))
  const would: WouldBe = JSON.parse(text)
  scene.check('it would be', 'awaiting_shipment', would.agreement.state)
  scene.amount('it would freeze', currency, 50_000n, would.postings[0]?.amount)
  scene.quiet('postings', 1, would.postings.length)
  scene.check(
    'it would tell',
    ['seller'],
    would.tells.map(({ role }) => role),
  )
  scene.check('the order is the same', true, JSON.stringify(was) === JSON.stringify(await order.read(caller)))
  scene.check('new events', 0, (await scene.log()).length - log.length)
  await board.row('the wallet is the same', [1000n, 1000n, 0n])
  await order.take(caller, 'cancel')
}

interface WouldBe {
  readonly agreement: { readonly state: string }
  readonly postings: readonly { readonly amount: number }[]
  readonly tells: readonly { readonly role: string }[]
}
