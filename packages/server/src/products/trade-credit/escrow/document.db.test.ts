// The document of trade credit, line by line, over HTTP: its numbers, its statuses, its columns.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { million, startCredit, type Credit } from '../../../../test/fixtures/trade-credit.ts'
import { lastDayAt } from './business-days.ts'

let credit: Credit

beforeAll(async () => {
  credit = await startCredit()
})
afterAll(() => credit.engine.stop())
afterEach(async () => {
  expect(await credit.engine.integrity()).toMatchObject({ clean: true })
})

test('phases 1 to 3: 2,000,000 held, released, 300,000 of 1,000,000 sales deducted, 500,000 by mobile money', async () => {
  const { engine } = credit
  const { retailer, wholesaler } = credit.couple()
  const before = (await credit.wallet('company'))['available']

  const escrow = await credit.hold({ retailer, wholesaler, amount: 2 * million }, { order_id: 'PO-2M' })
  expect(escrow).toMatchObject({
    order_id: 'PO-2M',
    retailer_id: retailer,
    wholesaler_id: wholesaler,
    order_amount: 2 * million,
    escrow_amount: 2 * million,
    status: 'held',
  })
  expect(Date.parse(escrow['auto_release_at']) - Date.parse(escrow['created_at'])).toBe(7 * 86_400_000)
  expect(await credit.wallet('company')).toMatchObject({ available: before, frozen: 2 * million })
  expect(await credit.wallet(wholesaler)).toMatchObject({ available: 0, pending: 2 * million })
  const { id: hold } = await engine.running.db.one<{ id: string }>(
    'select id from transfers where id = $1 and amount = 2000000',
    [escrow['blnk_transaction_ref']],
  )
  expect(hold).toBe(escrow['blnk_transaction_ref'])
  const { data: waiting } = await engine.must(200, '/wholesaler/escrow/pending-confirmations', {
    party: wholesaler,
  })
  expect(waiting).toMatchObject([{ id: escrow['id'], status: 'held', outstanding_amount: 0 }])
  // Nothing is owed yet: the debt arises when the wholesaler is paid.
  expect(await credit.summary(retailer)).toMatchObject({
    held_amount: 2 * million,
    outstanding_amount: 0,
    credit_limit: 5 * million,
    credit_used: 2 * million,
    credit_available: 3 * million,
  })

  const released = await credit.confirm(escrow)
  expect(released.body).toMatchObject({ status: 'released', money: 'released', released_amount: 2 * million })
  expect(await credit.wallet(wholesaler)).toMatchObject({ available: 2 * million, pending: 0 })
  expect(await credit.wallet('company')).toMatchObject({ available: before, frozen: 0 })
  expect(await credit.summary(retailer)).toMatchObject({
    held_amount: 0,
    outstanding_amount: 2 * million,
    credit_used: 2 * million,
  })

  await credit.sell(retailer, million)
  const { date } = lastDayAt((await credit.now()) + 86_400_000)
  await credit.endOfDay()
  expect(await credit.deductions(retailer)).toMatchObject([
    {
      state: 'deducted',
      business_date: date,
      sales: million,
      deduction_percentage: '30%',
      deduction: 300_000,
      minimum_balance: 10_000,
      caps: {
        percentage_of_sales: 300_000,
        max_daily: null,
        owed: 2 * million,
        above_minimum_balance: 990_000,
      },
      skipped_because: null,
    },
  ])
  expect(await credit.wallet(retailer)).toMatchObject({ available: 700_000 })
  expect(await credit.wallet('company')).toMatchObject({ available: before + 300_000 })
  expect(await credit.summary(retailer)).toMatchObject({
    outstanding_amount: 1_700_000,
    repaid_amount: 300_000,
  })
  const { data: told } = await engine.must(200, '/v1/notifications', { party: retailer })
  expect(told[0]).toMatchObject({
    flow: 'credit-deduction',
    says: 'A share of your sales has paid back what you owe',
  })

  const announced = await credit.repay(retailer, {
    repayment_amount: 500_000,
    repayment_method: 'mobile_money',
  })
  expect([announced.status, announced.body['status']]).toEqual([201, 'pending'])
  expect(await credit.summary(retailer)).toMatchObject({ outstanding_amount: 1_700_000 })
  const confirmed = await engine.must(200, `/company/escrow-repayments/${announced.body['id']}/confirm`, {
    body: { payment_reference: 'MOMO-1' },
  })
  expect(confirmed).toMatchObject({
    status: 'completed',
    repayment_amount: 500_000,
    repayment_method: 'mobile_money',
    outstanding_amount: 1_200_000,
    surplus: 0,
  })
  expect(await credit.wallet(retailer)).toMatchObject({ available: 700_000 })

  const detail = await engine.must(200, `/retailer/escrow/transactions/${escrow['id']}`, { party: retailer })
  expect(detail).toMatchObject({
    status: 'released',
    outstanding_amount: 1_200_000,
    repayments: [
      {
        escrow_transaction_id: escrow['id'],
        repayment_amount: 500_000,
        repayment_method: 'mobile_money',
        status: 'completed',
      },
      {
        escrow_transaction_id: escrow['id'],
        repayment_amount: 300_000,
        repayment_method: 'auto_deduct',
        status: 'completed',
      },
    ],
  })
})

test('phase 3, option B: 500,000 on 2,000,000 leaves 1,500,000', async () => {
  const { retailer } = credit.couple()
  await credit.owe(retailer, 2 * million)
  const { body } = await credit.repay(retailer, {
    repayment_amount: 500_000,
    repayment_method: 'bank_transfer',
  })
  const answer = await credit.engine.must(200, `/company/escrow-repayments/${body['id']}/confirm`, {
    body: { payment_reference: 'BANK-1' },
  })
  expect(answer).toMatchObject({ outstanding_amount: 1_500_000 })
  expect(await credit.summary(retailer)).toMatchObject({
    outstanding_amount: 1_500_000,
    credit_used: 1_500_000,
  })
})

test('phase 2, option B: after 7 days without a dispute it is expired, and the wholesaler is paid', async () => {
  const { retailer, wholesaler } = credit.couple()
  const escrow = await credit.hold({ retailer, wholesaler, amount: 2 * million })
  await credit.engine.advance(7 * 86_400 - 60)
  expect(await credit.wallet(wholesaler)).toMatchObject({ available: 0 })
  await credit.engine.advance(120)
  const row = await credit.engine.must(200, `/retailer/escrow/transactions/${escrow['id']}`, {
    party: retailer,
  })
  expect(row).toMatchObject({ status: 'expired', money: 'released', outstanding_amount: 2 * million })
  expect(await credit.wallet(wholesaler)).toMatchObject({ available: 2 * million })
})
