/** Service booking's own document, steps 7 to 9: the vendor withdraws what it earned. Numbers, states and dashboards as told there. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEngine, type Engine } from '../../../test/fixtures/engine.ts'
import { day_s, Till, vendor_products } from '../../../test/fixtures/withdrawal.ts'

const vendor = '2-2025-001'
const fifty_thousand = 5_000_000

let engine: Engine
let till: Till

beforeAll(async () => {
  engine = await startEngine({ products: vendor_products })
  till = new Till(engine)
  await engine.topUp('couple', fifty_thousand, 'PHP')
  const body = { buyer: 'couple', seller: vendor, amount: fifty_thousand, currency: 'PHP' }
  const { id } = await engine.must(201, '/orders', { body })
  for (const [step, party] of [
    ['pay', 'couple'],
    ['ship', vendor],
    ['confirm-delivery', 'couple'],
  ] as const)
    await engine.must(200, `/orders/${id}/${step}`, { party, body: {} })
})
afterAll(() => engine.stop())

test('steps 7 to 9: ₱50,000.00 by GCash, requested, processed, received (D: a new number is approved after 24 hours)', async () => {
  expect(await engine.wallet(vendor, 'PHP')).toMatchObject({
    earned: fifty_thousand,
    available: fifty_thousand,
    pending: 0,
    withdrawn: 0,
  })

  const requested = await engine.must(201, `/api/wallet/${vendor}/withdraw`, {
    key: await engine.token(vendor),
    body: {
      amount: fifty_thousand,
      currency: 'PHP',
      method: 'gcash',
      account_details: { mobile_number: '09171234567' },
    },
  })
  expect(requested).toMatchObject({
    withdrawal_number: expect.stringMatching(/^WD-[0-9A-Z]{26}$/),
    vendor_id: vendor,
    amount: fifty_thousand,
    currency: 'PHP',
    method: 'gcash',
    account_details: { mobile_number: '09171234567' },
    status: 'pending',
    money: 'held',
    payout_reference: null,
    processed_at: null,
  })
  const { id } = requested
  expect(await engine.wallet(vendor, 'PHP')).toMatchObject({
    available: 0,
    payout: fifty_thousand,
    withdrawn: 0,
  })
  const { data: told } = await engine.must(200, '/v1/notifications', { key: engine.admin })
  expect(told[0]).toMatchObject({ agreement: id, says: 'A withdrawal waits for approval' })

  const early = await till.decide(id, 'approve')
  expect([early.status, early.body]).toMatchObject([
    409,
    { code: 'limit_exceeded', may_be_approved_at: requested['may_be_approved_at'] },
  ])
  await engine.advance(day_s)
  expect(await till.go(id, 'approve')).toMatchObject({ status: 'processing' })

  const paid = (await till.decide(id, 'mark-paid', { payout_reference: 'GCASH-0001' })).body
  expect(paid).toMatchObject({ status: 'completed', money: 'released', payout_reference: 'GCASH-0001' })
  expect(paid['processed_at']).toBe(paid['state_since'])
  expect(await engine.wallet(vendor, 'PHP')).toMatchObject({
    earned: fifty_thousand,
    available: 0,
    pending: 0,
    payout: 0,
    withdrawn: fifty_thousand,
  })
  const { data: heard } = await engine.must(200, '/v1/notifications', { party: vendor })
  expect(heard[0]).toMatchObject({ agreement: id, says: 'Your withdrawal has been paid out' })
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

test('who reads the number out finds the same withdrawal, and only its own', async () => {
  const { data } = await engine.must(200, `/api/wallet/${vendor}/withdrawals`, { party: vendor })
  expect(data).toHaveLength(1)
  const { id, withdrawal_number } = data[0]
  expect(await engine.must(200, `/v1/withdrawals/${withdrawal_number}`, { party: vendor })).toMatchObject({
    id,
  })
  for (const path of [
    `/v1/withdrawals/${id}`,
    `/v1/withdrawals/${withdrawal_number}`,
    `/v1/withdrawals/wd_1`,
  ])
    await engine.must(404, path, { party: 'somebody' })
})
