// Money that comes in as nobody asked for it: nothing is released, all of it lies in suspense with a reason, and an operator gives it where it belongs.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Json } from '../fixtures/engine.ts'
import { price, settling, wed, type Wedding } from '../fixtures/service-booking.ts'
import { openStreet, type Street } from './fixture.ts'

let street: Street
beforeAll(async () => {
  street = await openStreet()
})
afterEach(async () => {
  await street.clearFaults()
  expect(await street.engine.integrity()).toMatchObject({ clean: true })
})
afterAll(() => street.stop())

/** A booking that waits to be paid, and where. */
async function quoted(): Promise<{ wedding: Wedding; payment: Json; url: string }> {
  const wedding = await wed(street.engine)
  const payment = await wedding.checkout()
  return { wedding, payment, url: payment['checkout_url'] }
}

const waiting = async (state = 'open') =>
  (await street.engine.must(200, `/v1/suspense?state=${state}&limit=100`, { key: street.engine.admin }))[
    'data'
  ] as Json[]

/** The one that lies there of this payer, once it does. */
async function setAside(payer: string): Promise<Json> {
  const all = await street.until(
    () => waiting(),
    (rows) => rows.some((row) => row['payer'] === payer),
    'money set aside',
  )
  const [found, ...more] = all.filter((row) => row['payer'] === payer)
  expect(more).toEqual([])
  return found ?? {}
}

test.each([
  ['a centavo too little', { amount: price - 1 }, 'wrong_amount', price - 1, 'PHP'],
  ['a centavo too much', { amount: price + 1 }, 'wrong_amount', price + 1, 'PHP'],
  ['dollars for pesos', { currency: 'USD' }, 'wrong_currency', price, 'USD'],
] as const)('%s: the booking is not paid', async (_, change, because, amount, currency) => {
  const { wedding, payment, url } = await quoted()
  const before = await street.standing('platform', 'suspense', currency)
  await street.pay(url, change)
  const found = await setAside(wedding.couple)
  expect(found).toMatchObject({ because, amount, currency, about: payment['id'], state: 'open' })
  expect(await wedding.read()).toMatchObject({ state: 'quote_sent', held: 0 })
  const { state, suspense } = await street.engine.must(200, `/v1/payments/${payment['id']}`)
  expect({ state, suspense }).toEqual({ state: 'set_aside', suspense: found['id'] })
  expect(await street.standing('platform', 'suspense', currency)).toBe(before + amount)
})

test('paid after the booking was cancelled: not released, and given back by an operator through the provider', async () => {
  const { wedding, url } = await quoted()
  const before = await street.moved()
  await wedding.by('couple', 'cancel')
  await street.pay(url)
  const { id, because, amount } = await setAside(wedding.couple)
  expect({ because, amount }).toEqual({ because: 'not_awaited', amount: price })

  await street.engine.operate(`/v1/suspense/${id}/refund`, { reason: 'the booking was cancelled' })
  expect(await street.standing('outside', 'transit')).toBe(price)
  await street.engine.advance(3_600)
  const read = () => street.engine.must(200, `/v1/suspense/${id}`, { key: street.engine.admin })
  await street.until(read, ({ state }) => state === 'refunded', 'the refund')
  expect(await street.standing('outside', 'transit')).toBe(0)
  const after = await street.moved()
  expect(after.refunds - before.refunds).toBe(price)
})

test('paid twice at the same page: once for the booking, once in suspense, and the operator credits it', async () => {
  const { wedding, url } = await quoted()
  await street.pay(url)
  await street.until(
    () => wedding.read(),
    ({ state }) => state === 'fully_paid',
    'the booking',
  )
  await street.pay(url)
  const { id, because } = await setAside(wedding.couple)
  expect(because).toBe('came_again')
  expect(await wedding.read()).toMatchObject({ state: 'fully_paid', held: price })

  const credited = await street.engine.operate(`/v1/suspense/${id}/credit`, { reason: 'paid twice' })
  expect(credited['id']).toBeTruthy()
  expect((await street.engine.wallet(wedding.couple, 'PHP'))['available']).toBe(price)
  const again = await street.engine.ask(`/v1/suspense/${id}/credit`, {
    key: street.engine.admin,
    body: { reason: 'paid twice' },
  })
  expect(again.status).toBe(409)
})

test('a payment that nobody here knows of is set aside, and credited to whom an operator names', async () => {
  const known = new Set((await waiting()).map(({ id }) => id))
  await street.emulator('/paymongo/pay', { amount: 123_456 })
  const fresh = (rows: Json[]) => rows.filter((row) => !known.has(row['id']))
  const [found] = fresh(
    await street.until(
      () => waiting(),
      (rows) => fresh(rows).length === 1,
      'it',
    ),
  )
  expect(found).toMatchObject({ because: 'unknown_reference', amount: 123_456, currency: 'PHP' })
  const path = `/v1/suspense/${found?.['id']}/credit`
  const nobody = await street.engine.ask(path, { key: street.engine.admin, body: { reason: 'whose?' } })
  expect(nobody.status).toBe(400)
  await street.engine.operate(path, { party: 'cara', reason: 'she showed the receipt' })
  expect((await street.engine.wallet('cara', 'PHP'))['available']).toBe(123_456)
})

test('the operator said that it was paid, and then the provider says so too: it counts once', async () => {
  const { wedding, payment, url } = await quoted()
  const [path, { body }] = settling(payment)
  await street.engine.must(200, path, { key: street.engine.admin, body: { ...body, reason: 'seen' } })
  await street.pay(url)
  expect(await setAside(wedding.couple)).toMatchObject({ because: 'not_awaited', amount: price })
  expect(await wedding.read()).toMatchObject({ state: 'fully_paid', held: price })
})

test('a refund that the provider cannot make ends in the wallet, not nowhere', async () => {
  const { wedding, url } = await quoted()
  await street.pay(url)
  await street.until(
    () => wedding.read(),
    ({ state }) => state === 'fully_paid',
    'the booking',
  )
  await street.fault({ provider: 'paymongo', operation: 'refunds.create', fault: 'ends_failed' })
  await wedding.by('vendor', 'cancel')
  await street.engine.advance(3_600)
  const wallet = () => street.engine.wallet(wedding.couple, 'PHP')
  await street.until(wallet, ({ available }) => available === price, 'the wallet')
  expect(await street.standing('outside', 'transit')).toBe(0)
})

/** Of all that a person has, to a new number, and ready to be approved. */
async function withdrawal(party: string, amount: number, mobile_number: string): Promise<string> {
  const account_details = { mobile_number, account_name: party }
  const body = { amount, currency: 'PHP', method: 'gcash', account_details }
  const { id } = await street.engine.must(201, `/api/wallet/${party}/withdraw`, { party, body })
  await street.engine.advance(86_400)
  return id
}

const transfersTo = async (mobile_number: string) =>
  ((await street.emulator('/books'))['paymongo']['transfers'] as Json[]).filter(
    ({ number }) => number === mobile_number,
  )

test('a transfer that comes back weeks later is in the wallet again', async () => {
  const { engine } = street
  const party = 'vera'
  await engine.topUp(party, 1_000_000, 'PHP')
  const number = '09179876543'
  const id = await withdrawal(party, 400_000, number)
  await engine.operate(`/admin/withdrawals/${id}/approve`, { pay_by: 'provider', reason: 'fine' })
  await street.banksPay(1)
  const read = () => engine.must(200, `/v1/withdrawals/${id}`, { party })
  await street.until(read, ({ state }) => state === 'completed', 'the withdrawal')
  expect(await engine.wallet(party, 'PHP')).toMatchObject({ available: 600_000, withdrawn: 400_000 })
  await engine.advance(30 * 86_400)
  const [sent] = await transfersTo(number)
  await street.emulator(`/paymongo/transfers/${sent?.['id']}/return`, {})
  await street.until(read, ({ state }) => state === 'returned', 'the withdrawal')
  expect(await engine.wallet(party, 'PHP')).toMatchObject({ available: 1_000_000, withdrawn: 0 })
})

test('a provider that fails at first keeps the payer waiting for no more than some seconds; the address comes later', async () => {
  const wedding = await wed(street.engine)
  await street.fault({
    provider: 'paymongo',
    operation: 'checkout_sessions.create',
    fault: 'http_500_text',
    times: 1,
  })
  const from_ms = performance.now()
  const payment = await wedding.checkout()
  expect(performance.now() - from_ms).toBeLessThan(9_000)
  expect(payment).toMatchObject({ state: 'pending' })
  const read = () => street.engine.must(200, `/v1/payments/${payment['id']}`, { party: wedding.couple })
  const { checkout_url } = await street.until(read, (now) => now['checkout_url'] !== null, 'the address')
  await street.pay(checkout_url)
  await street.until(read, ({ state }) => state === 'settled', 'the payment')
})

test('repeated with its key, the checkout is the same one, and its address is told', async () => {
  const wedding = await wed(street.engine)
  const asking = { party: wedding.couple, body: { method: 'gcash' }, idempotency: `pay-${wedding.id}` }
  const path = `/bookings/${wedding.id}/pay`
  const first = await street.engine.ask(path, asking)
  const again = await Promise.all(Array.from({ length: 10 }, () => street.engine.ask(path, asking)))
  for (const { status, body } of again) {
    // One that came while the first was under way is told so.
    if (status === 409) continue
    expect({ status, id: body['id'], url: body['checkout_url'] }).toEqual({
      status: 201,
      id: first.body['id'],
      url: first.body['checkout_url'],
    })
  }
  const { data } = await street.engine.must(200, `/v1/provider-payments?agreement=${first.body['id']}`, {
    key: street.engine.admin,
  })
  expect(data).toHaveLength(1)
})

test('what the provider cannot be reached for is ended by an operator: it is not paid a second time afterwards', async () => {
  const { engine } = street
  const party = 'wanda'
  await engine.topUp(party, 300_000, 'PHP')
  const number = '09175550001'
  const id = await withdrawal(party, 300_000, number)
  await street.fault({ provider: 'paymongo', operation: 'transfers.create', fault: 'timeout_before_commit' })
  await street.fault({
    provider: 'paymongo',
    operation: 'batch_transfers.create',
    fault: 'timeout_before_commit',
  })
  await engine.operate(`/admin/withdrawals/${id}/approve`, { pay_by: 'provider', reason: 'fine' })
  const row = async () =>
    (await engine.must(200, `/v1/provider-payments?agreement=${id}`, { key: engine.admin }))[
      'data'
    ][0] as Json
  await street.until(row, (now) => now?.['state'] === 'unknown', 'the transfer')
  // The provider may still have it, so one operator is not enough.
  const bounce = (key: string, override: boolean) =>
    engine.ask(`/admin/withdrawals/${id}/bounced`, { key, body: { reason: 'never sent', override } })
  await street.until(
    () => bounce(engine.admin, false),
    ({ body }) => body['code'] === 'provider_outcome_open',
    'the refusal',
  )
  await street.until(
    () => bounce(engine.admin, true),
    ({ status }) => status === 200,
    'the operator',
  )
  const second = await engine.newKey({ kind: 'operator', name: 'second', role: 'admin' })
  await street.until(
    () => bounce(second, true),
    ({ status }) => status === 200,
    'the second operator',
  )
  await street.clearFaults()
  await engine.advance(2 * 86_400)
  expect(await row()).toMatchObject({ state: 'not_wanted' })
  expect(await engine.wallet(party, 'PHP')).toMatchObject({ available: 300_000, withdrawn: 0 })
  expect(await transfersTo(number)).toEqual([])
})

test('an operator confirms with the provider’s own id before the provider tells: it is one payment', async () => {
  const { wedding, payment, url } = await quoted()
  await street.fault({ provider: 'paymongo', fault: 'drop_webhook' })
  const { data } = await street.pay(url)
  const body = { amount_paid: price, currency: 'PHP', provider_reference: data['payment'], reason: 'seen' }
  await street.engine.must(200, `/v1/payments/${payment['id']}/settle`, { key: street.engine.admin, body })
  await street.engine.advance(3_600)
  const path = `/v1/provider-payments?agreement=${payment['id']}`
  const rows = await street.engine.must(200, path, { key: street.engine.admin })
  expect(rows['data']).toMatchObject([{ state: 'succeeded', told_engine: 'succeeded', suspense: null }])
  expect((await waiting()).filter((row) => row['payer'] === wedding.couple)).toEqual([])
})
