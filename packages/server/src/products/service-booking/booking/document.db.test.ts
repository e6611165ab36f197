// The booking's own document, replayed over HTTP: its steps, its dashboards, its receipts, its block of balances.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startEngine, type Engine, type Json } from '../../../../test/fixtures/engine.ts'
import { currency, dashboard, price, settled, wed } from '../../../../test/fixtures/service-booking.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

const couple = 'couple-1'
const vendor = '2-2025-001'
const nothing = {
  total_earnings: 0,
  available_balance: 0,
  pending_balance: 0,
  withdrawn_amount: 0,
  reserved: 0,
}

test('steps 1 to 9: ₱50,000.00 from the request to the withdrawn amount', async () => {
  const asked = { service_name: 'Photography', event_date: '2025-03-15T00:00:00+08:00' }
  const { id, state } = await engine.must(201, '/bookings', {
    party: couple,
    body: { vendor, currency, ...asked },
  })
  expect(state).toBe('request')
  const by = (party: string, act: string, body: Json = {}) =>
    engine.must(200, `/bookings/${id}/${act}`, { party, body })

  const quote = { price, items: [{ name: 'Photography', amount: price }] }
  expect(await by(vendor, 'send-quote', quote)).toMatchObject({ state: 'quote_sent', price: 5_000_000 })
  expect(await dashboard(engine, vendor)).toEqual(nothing)

  const begun = await engine.must(201, `/bookings/${id}/pay`, { party: couple, body: { method: 'checkout' } })
  expect(begun).toMatchObject({
    state: 'pending',
    amount: 5_000_000,
    currency,
    part: 'full',
    checkout_url: null,
  })
  // Nothing moves before the provider says so.
  expect(await engine.must(200, `/bookings/${id}`)).toMatchObject({ state: 'quote_sent', held: 0 })
  expect(await settled(engine, begun)).toMatchObject({ state: 'settled' })

  const paid = await engine.must(200, `/bookings/${id}`, { party: vendor })
  const unmarked = { vendor_completed: false, couple_completed: false, fully_completed: false }
  expect(paid).toMatchObject({
    state: 'fully_paid',
    money: 'held',
    held: 5_000_000,
    ...unmarked,
    completed_at: null,
  })
  const { data: receipts } = await engine.must(200, `/bookings/${id}/receipts`, { party: couple })
  expect(receipts).toMatchObject([
    { amount_paid: 5_000_000, currency, couple, vendor, booking: id, payment: begun['id'] },
  ])
  expect(receipts[0].receipt_number).toMatch(/^WB-\d{4}-000001$/)
  expect(await engine.must(200, `/v1/receipts/${receipts[0].receipt_number}`, { party: vendor })).toEqual(
    receipts[0],
  )
  expect(await dashboard(engine, vendor)).toEqual({ ...nothing, pending_balance: 5_000_000 })
  expect((await engine.must(200, '/api/wallet', { party: vendor }))['display']).toMatchObject({
    pending_balance: 'PHP 50,000.00',
    available_balance: 'PHP 0.00',
  })

  const half = await by(vendor, 'mark-complete')
  const vendor_only = { vendor_completed: true, couple_completed: false, fully_completed: false }
  expect(half).toMatchObject({
    state: 'fully_paid',
    waiting_for: ['couple'],
    ...vendor_only,
    completed_at: null,
  })
  expect(await dashboard(engine, vendor)).toEqual({ ...nothing, pending_balance: 5_000_000 })
  const done = await by(couple, 'mark-complete')
  const both = { vendor_completed: true, couple_completed: true, fully_completed: true }
  expect(done).toMatchObject({ state: 'completed', money: 'released', ...both })
  expect(done['completed_at']).toEqual(expect.any(String))
  expect(await engine.must(200, `/bookings/${id}`)).toMatchObject({
    ...both,
    completed_at: done['completed_at'],
  })

  const earned = { ...nothing, total_earnings: 5_000_000, available_balance: 5_000_000 }
  expect(await dashboard(engine, vendor)).toEqual(earned)
  expect((await engine.must(200, '/api/wallet', { party: vendor }))['display']).toMatchObject({
    total_earnings: 'PHP 50,000.00',
    available_balance: 'PHP 50,000.00',
    pending_balance: 'PHP 0.00',
    withdrawn_amount: 'PHP 0.00',
  })

  const account_details = { mobile_number: '09171234567' }
  const payout = { amount: 5_000_000, currency, method: 'gcash', account_details }
  const { id: wd } = await engine.must(201, `/api/wallet/${vendor}/withdraw`, { party: vendor, body: payout })
  expect(await dashboard(engine, vendor)).toEqual({ ...earned, available_balance: 0, reserved: 5_000_000 })
  await engine.advance(24 * 3_600)
  await engine.operate(`/admin/withdrawals/${wd}/approve`)
  await engine.operate(`/admin/withdrawals/${wd}/mark-paid`, { payout_reference: 'gcash-1' })
  expect(await dashboard(engine, vendor)).toEqual({
    ...earned,
    available_balance: 0,
    withdrawn_amount: 5_000_000,
  })
})

test('Balance Calculation Logic: ₱500,000.00 earned, ₱150,000.00 pending, nothing withdrawn', async () => {
  const rich = 'vendor-of-many'
  const bookings: [price: number, completed: boolean][] = [
    [20_000_000, true],
    [5_000_000, true],
    [25_000_000, true],
    [10_000_000, false],
    [5_000_000, false],
  ]
  for (const [each, completed] of bookings) {
    const wedding = await wed(engine, { vendor: rich, price: each })
    await wedding.paid()
    await wedding.by('couple', 'mark-complete')
    if (completed) await wedding.by('vendor', 'mark-complete')
  }
  // Neither quoted nor cancelled counts.
  await wed(engine, { vendor: rich })
  const cancelled = await wed(engine, { vendor: rich })
  await cancelled.paid()
  await cancelled.by('vendor', 'cancel')
  expect(await dashboard(engine, rich)).toEqual({
    total_earnings: 50_000_000,
    available_balance: 50_000_000,
    pending_balance: 15_000_000,
    withdrawn_amount: 0,
    reserved: 0,
  })
})

test('State Transitions: a deposit first, the balance later, each with its receipt', async () => {
  const wedding = await wed(engine, { deposit: 1_500_000 })
  expect(await wedding.read()).toMatchObject({
    due: [
      { part: 'deposit', amount: 1_500_000 },
      { part: 'full', amount: 5_000_000 },
    ],
  })
  await wedding.paid()
  expect(await wedding.read()).toMatchObject({
    state: 'deposit_paid',
    due: [{ part: 'balance', amount: 3_500_000 }],
  })
  await engine.topUp(wedding.couple, 3_500_000, currency)
  const rest = await wedding.by('couple', 'pay', { method: 'wallet' })
  expect(rest.body).toMatchObject({
    state: 'fully_paid',
    from_wallet: 3_500_000,
    from_provider: 1_500_000,
    due: [],
  })
  const receipts = await wedding.receipts()
  expect(receipts.map(({ amount_paid, method }) => [amount_paid, method])).toEqual([
    [1_500_000, 'checkout'],
    [3_500_000, 'wallet'],
  ])
})

test('completion in the other order, once each, and a mark is taken back only while it stands alone', async () => {
  const wedding = await wed(engine)
  await wedding.paid()
  expect((await wedding.by('couple', 'unmark-complete')).body).toMatchObject({ code: 'transition_not_open' })
  await wedding.by('couple', 'mark-complete')
  expect((await wedding.by('couple', 'mark-complete')).body).toMatchObject({
    code: 'transition_not_open',
    reason: 'you have already said so',
  })
  // Nobody takes back the other's.
  expect((await wedding.by('vendor', 'unmark-complete')).status).toBe(409)
  expect((await wedding.by('couple', 'unmark-complete')).body).toMatchObject({ couple_completed: false })
  await wedding.by('couple', 'mark-complete')
  const done = await wedding.by('vendor', 'mark-complete')
  expect(done.body).toMatchObject({ state: 'completed', fully_completed: true })
  expect((await wedding.by('couple', 'unmark-complete')).body).toMatchObject({
    code: 'transition_not_open',
    state: 'completed',
  })
  expect((await dashboard(engine, wedding.vendor))['total_earnings']).toBe(price)
})

test('decided otherwise than the document: one side silent for 14 days goes to an operator, and is never paid by silence', async () => {
  const wedding = await wed(engine)
  await wedding.paid()
  await wedding.by('vendor', 'mark-complete')
  await engine.advance(14 * 86_400 - 60)
  expect(await wedding.read()).toMatchObject({ state: 'fully_paid' })
  await engine.advance(60)
  expect(await wedding.read()).toMatchObject({ state: 'disputed', money: 'held', vendor_completed: true })
  expect(await dashboard(engine, wedding.vendor)).toMatchObject({
    available_balance: 0,
    pending_balance: price,
  })
  const { data } = await engine.must(200, '/v1/notifications?limit=100', { key: engine.admin })
  expect(
    data.some(
      ({ agreement, transition }: Json) => agreement === wedding.id && transition === 'escalate_silence',
    ),
  ).toBe(true)
  // However long it lasts.
  await engine.advance(30 * 86_400)
  expect(await dashboard(engine, wedding.vendor)).toMatchObject({
    available_balance: 0,
    pending_balance: price,
  })
  const released = await wedding.operator('release')
  expect(released.body).toMatchObject({ state: 'completed', vendor_completed: false, fully_completed: false })
  expect(await dashboard(engine, wedding.vendor)).toMatchObject({
    available_balance: price,
    pending_balance: 0,
  })
})

test('decided otherwise than the document: no silence counts before the date of the event', async () => {
  const now = Date.parse((await engine.must(200, '/v1/test-clock'))['now'])
  const wedding = await wed(engine, { event_date: new Date(now + 20 * 86_400_000).toISOString() })
  await wedding.paid()
  await wedding.by('vendor', 'mark-complete')
  await engine.advance(20 * 86_400 - 3_600)
  expect(await wedding.read()).toMatchObject({ state: 'fully_paid' })
  await engine.advance(3_600)
  expect(await wedding.read()).toMatchObject({ state: 'disputed', money: 'held' })
})

test('cancelling: before payment either side, after it the vendor alone, an operator, or both', async () => {
  for (const who of ['couple', 'vendor'] as const) {
    const wedding = await wed(engine)
    expect((await wedding.by(who, 'cancel')).body).toMatchObject({ state: 'cancelled', money: 'none' })
  }
  const by_vendor = await wed(engine)
  await by_vendor.paid()
  const transit = await transitOf()
  expect((await by_vendor.by('vendor', 'cancel')).body).toMatchObject({ state: 'refunded', refunded: price })
  expect(await transitOf()).toBe(transit + price)
  expect(await engine.wallet(by_vendor.couple, currency)).toMatchObject({ available: 0, frozen: 0, spent: 0 })

  const by_both = await wed(engine)
  await engine.topUp(by_both.couple, price, currency)
  await by_both.by('couple', 'pay', { method: 'wallet' })
  const offer = await by_both.by('couple', 'cancel')
  expect(offer.body).toMatchObject({ state: 'fully_paid', money: 'held', waiting_for: ['vendor'] })
  expect((await by_both.by('couple', 'cancel')).status).toBe(409)
  const agreed = await by_both.by('vendor', 'cancel-together')
  expect(agreed.body).toMatchObject({ state: 'refunded', money: 'refunded', refunded: price })
  expect(await engine.wallet(by_both.couple, currency)).toMatchObject({
    available: price,
    frozen: 0,
    spent: 0,
  })

  const by_operator = await wed(engine, { deposit: 1_500_000 })
  await by_operator.paid()
  expect((await by_operator.operator('cancel')).body).toMatchObject({
    state: 'refunded',
    refunded: 1_500_000,
  })
})

/** Minor units on their way back through providers. */
async function transitOf(): Promise<number> {
  const { data } = await engine.must(200, '/v1/platform/accounts')
  const found = data.find((row: Json) => row['purpose'] === 'transit' && row['currency'] === currency)
  return found?.balance ?? 0
}
