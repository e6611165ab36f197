// The booking's story of its document, from card to GCash: ₱50,000.00 through a real browser, a provider, the engine, and out again.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../fixtures/engine.ts'
import { dashboard, price, wed, type Wedding } from '../fixtures/service-booking.ts'
import {
  openBrowser,
  card_of_a_careful_bank,
  card_without_money,
  payByCard,
  payByWallet,
  paying_card,
} from './browser.ts'
import { openStreet, type Street } from './fixture.ts'
import { startMailbox, type Mailbox } from '../fixtures/smtp-server.ts'

const day_s = 86_400

let street: Street
let mailbox: Mailbox
let browser: Browser
let page: Page

beforeAll(async () => {
  mailbox = await startMailbox()
  street = await openStreet({ config: { mail: mailbox.settings } })
  browser = await openBrowser()
  page = await browser.newPage()
})
afterAll(async () => {
  await browser.close()
  await street.stop()
  await mailbox.stop()
})

const isSettled = (payment: Json) => payment['state'] === 'settled'

async function checkout(wedding: Wedding, body: Json): Promise<Json> {
  const { status, body: begun } = await wedding.by('couple', 'pay', body)
  expect({ status, begun }).toMatchObject({ status: 201 })
  return begun
}

async function settled(wedding: Wedding, payment: Json): Promise<Json> {
  const read = () => street.engine.must(200, `/v1/payments/${payment['id']}`, { party: wedding.couple })
  return street.until(read, isSettled, 'the payment')
}

test('₱50,000.00 by card, both say done, out to GCash: every number of the document', async () => {
  const { engine } = street
  const wedding = await wed(engine)
  await engine.must(200, `/v1/contacts/${wedding.vendor}`, {
    method: 'PUT',
    body: { email: 'vendor@studio.test' },
  })
  const payment = await checkout(wedding, { method: 'card' })
  expect(payment).toMatchObject({ state: 'pending', provider: 'paymongo', amount: price })
  // Nothing is paid by looking.
  await page.goto(payment['checkout_url'])
  expect(await page.getByText('₱50,000.00').count()).toBeGreaterThan(0)
  expect((await wedding.read())['state']).toBe('quote_sent')

  await payByCard(page, payment['checkout_url'], card_without_money)
  expect(await page.getByRole('alert').innerText()).toContain('insufficient funds')
  await payByCard(page, payment['checkout_url'], paying_card)
  await page.getByText('This checkout has been paid').waitFor()
  await settled(wedding, payment)

  expect(await wedding.read()).toMatchObject({ state: 'fully_paid', held: price })
  expect(await wedding.receipts()).toMatchObject([{ amount_paid: price, currency: 'PHP' }])
  expect(await dashboard(engine, wedding.vendor)).toMatchObject({
    pending_balance: price,
    available_balance: 0,
  })
  await wedding.by('vendor', 'mark-complete')
  await wedding.by('couple', 'mark-complete')
  expect(await dashboard(engine, wedding.vendor)).toMatchObject({
    available_balance: price,
    pending_balance: 0,
  })

  const asked = await engine.must(201, `/api/wallet/${wedding.vendor}/withdraw`, {
    party: wedding.vendor,
    body: {
      amount: price,
      currency: 'PHP',
      method: 'gcash',
      account_details: { mobile_number: '09171234567', account_name: 'Studio Ana' },
    },
  })
  await engine.advance(day_s)
  await engine.must(200, `/admin/withdrawals/${asked['id']}/approve`, {
    key: engine.admin,
    body: { pay_by: 'provider', reason: 'looked at' },
  })
  await street.banksPay(1)
  const withdrawal = await street.until(
    () => engine.must(200, `/v1/withdrawals/${asked['id']}`, { party: wedding.vendor }),
    ({ status }) => status === 'completed',
    'the withdrawal',
  )
  expect(withdrawal['payout_reference']).toBeTruthy()
  expect(await dashboard(engine, wedding.vendor)).toMatchObject({
    withdrawn_amount: price,
    available_balance: 0,
    reserved: 0,
  })
  const mail = await mailbox.until('vendor@studio.test', /paid out/i)
  expect(mail.text).toContain('50,000.00')

  expect(await street.moved()).toEqual({ pay_ins: price, refunds: 0, pay_outs: price })
  expect(await street.standing('outside', 'clearing')).toBe(0)
  expect(await engine.integrity()).toMatchObject({ clean: true })
}, 60_000)

test('by GCash on the hosted page, and by a card whose bank asks first', async () => {
  const { engine } = street
  const [first, second] = [await wed(engine), await wed(engine)]
  const by_gcash = await checkout(first, { method: 'gcash' })
  await payByWallet(page, by_gcash['checkout_url'], 'GCash')
  await page.getByText('This checkout has been paid').waitFor()
  await settled(first, by_gcash)
  const by_card = await checkout(second, { method: 'checkout' })
  await payByCard(page, by_card['checkout_url'], card_of_a_careful_bank)
  await page.getByRole('button', { name: 'Authorize the payment' }).click()
  await settled(second, by_card)
  expect((await first.read())['state']).toBe('fully_paid')
  expect((await second.read())['state']).toBe('fully_paid')
}, 60_000)
