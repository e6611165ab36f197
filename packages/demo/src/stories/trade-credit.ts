/** Demo: trade credit, in the numbers of its document (product-docs/5-trade-credit.md). */

import { outcome, rowsOf } from '../api.ts'
import type { Scene } from '../scene.ts'
import type { Story } from '../story.ts'
import { currency, Town } from './trade-credit-town.ts'

const million = 1_000_000

export const tradeCredit: Story = {
  name: 'trade-credit',
  says: 'The company pays the wholesaler for the retailer, who pays back from its sales.',
  chapters: [
    { title: 'An order on credit, as its document tells it', tell: theOrder },
    { title: 'Nobody disputes for 7 days', tell: expired },
    { title: 'A dispute, and a partial refund', tell: disputed },
    { title: 'A limit, and a day that explains itself', tell: limits },
  ],
}

async function theOrder(scene: Scene): Promise<void> {
  const town = await Town.open(scene, 2 * million)
  const { retailer, wholesaler } = town
  const board = scene.board(currency, { Retailer: retailer, Wholesaler: wholesaler })
  const held = await town.hold(2 * million)
  scene.check('status', 'held', held['status'])
  await town.outstanding('owed while it is held', 0n)
  await board.row('held', [0n, 0n, 0n], [0n, 0n, 0n])
  const released = await town.confirm(held)
  scene.check('status, money', ['released', 'released'], [released['status'], released['money']])
  await board.row('delivery confirmed', [0n, 0n, 0n], [2_000_000n, 2_000_000n, 0n])
  await town.outstanding('owed once it is paid', 2_000_000n)

  await town.sell(million)
  await board.row('a day’s sales', [1_000_000n, 1_000_000n, 0n], [2_000_000n, 2_000_000n, 0n])
  const row = await town.endOfDay()
  scene.check('the day, at 23:00 in Kigali', ['deducted', '30%'], [row['state'], row['deduction_percentage']])
  scene.amount('deducted', currency, 300_000n, row['deduction'])
  await board.row('30 % deducted', [700_000n, 700_000n, 0n], [2_000_000n, 2_000_000n, 0n])
  await town.outstanding('still owed', 1_700_000n)

  const announced = await town.repay(500_000, 'mobile_money')
  scene.check('a payment on its way', 'pending', announced['status'])
  await town.outstanding('owed until it comes', 1_700_000n)
  const arrived = await town.arrived(announced)
  scene.check('once it came', 'completed', arrived['status'])
  await town.outstanding('still owed', 1_200_000n)
  await board.row('the wallet is the same', [700_000n, 700_000n, 0n], [2_000_000n, 2_000_000n, 0n])
  const answer = await scene.did('repayments', scene.api.as(retailer).get('/retailer/escrow/repayments'))
  scene.check(
    'escrow_repayments',
    ['mobile_money', 'auto_deduct'],
    rowsOf(answer).map((one) => one['repayment_method']),
  )
  await town.settle()
}

async function expired(scene: Scene): Promise<void> {
  const town = await Town.open(scene, 2 * million)
  const board = scene.board(currency, { Wholesaler: town.wholesaler })
  const { id } = await town.hold(2 * million)
  await scene.advance(7 * 24 - 1)
  await board.row('an hour before', [0n, 0n, 0n])
  await scene.advance(1)
  await board.row('7 days', [2_000_000n, 2_000_000n, 0n])
  const path = `/retailer/escrow/transactions/${String(id)}`
  const { body } = await scene.did('read', scene.api.as(town.retailer).get(path))
  scene.check('status', 'expired', body['status'])
  await town.outstanding('owed', 2_000_000n)
  const paid = await town.repay(500_000, 'bank_transfer')
  await town.arrived(paid)
  await town.outstanding('after 500,000', 1_500_000n)
  const other = await scene.api.as(town.wholesaler).get(path)
  scene.check('the retailer’s page, read by the wholesaler', '403 not_yours', outcome(other))
  await town.settle()
}

async function disputed(scene: Scene): Promise<void> {
  const town = await Town.open(scene, 2 * million)
  const board = scene.board(currency, { Wholesaler: town.wholesaler })
  const { id } = await town.hold(2 * million)
  const body = { dispute_reason: 'damaged', dispute_text: 'A quarter of the crates is broken' }
  const dispute = `/retailer/escrow/dispute/${String(id)}`
  await scene.did('dispute', scene.api.as(town.retailer).post(dispute, body))
  const confirm = `/wholesaler/escrow/confirm-delivery/${String(id)}`
  const late = await scene.api.as(town.wholesaler).post(confirm)
  scene.check('the wholesaler confirms now', '409 transition_not_open', outcome(late))
  await scene.advance(8 * 24)
  await board.row('8 days later', [0n, 0n, 0n])
  const split = { to_company: 500_000, to_wholesaler: 1_500_000, reason: 'A quarter was broken' }
  const decided = await scene.did(
    'split',
    scene.api.operator.post(`/company/escrow/${String(id)}/split`, split),
  )
  scene.check('status, money', ['released', 'split'], [decided.body['status'], decided.body['money']])
  await board.row('partial refund', [1_500_000n, 1_500_000n, 0n])
  await town.outstanding('owed is what was paid', 1_500_000n)
  await town.settle()
}

async function limits(scene: Scene): Promise<void> {
  const town = await Town.open(scene, 6 * million)
  const held = await town.hold(4 * million)
  const { retailer, wholesaler } = town
  const order = { order_id: `PO-${retailer}-too-much`, retailer, wholesaler, amount: 1_000_001 }
  const refused = await scene.api.service.post('/company/escrow', order)
  scene.check('beyond 5,000,000', '409 limit_exceeded', outcome(refused))
  scene.amount('left of the limit', currency, 1_000_000n, refused.body['left'])
  await town.confirm(held)
  await town.sell(10_000)
  const row = await town.endOfDay()
  scene.check('at the minimum of 10,000', 'skipped', row['state'])
  scene.check('because', 'the balance is not above the minimum of 10000', row['skipped_because'])
  const again = await scene.api.operator.post('/admin/escrow-jobs/auto-deductions/run', {
    business_date: row['business_date'],
    reason: 'Run again, to see that nothing is done twice',
  })
  scene.check('run again', '200', outcome(again))
  await town.outstanding('owed', 4_000_000n)
  await town.settle()
}
