// The P2P document, replayed over HTTP line by line: who is told what, what is locked, what the job writes.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { naira, openBureau, type Bureau } from '../../../../test/fixtures/p2p-trade.ts'
import type { Json } from '../../../../test/fixtures/engine.ts'
import { until } from '../../../../test/fixtures/patience.ts'

let bureau: Bureau
beforeAll(async () => {
  bureau = await openBureau()
})
afterAll(() => bureau.stop())
afterEach(async () => expect(await bureau.integrity()).toMatchObject({ clean: true }))

const money = async (party: string) => {
  const { available, frozen, pending } = await bureau.wallet(party, naira)
  return { available, frozen, pending }
}
const told = async (party: string, agreement: string): Promise<string[]> => {
  const { data } = await bureau.must(200, `/v1/notifications?party=${party}&limit=100`)
  return data
    .filter((one: Json) => one['agreement'] === agreement)
    .map(({ says }: Json) => says)
    .toReversed()
}
const released = (id: string): Promise<Json> =>
  until(
    () => bureau.must(200, `/p2p/orders/${id}`),
    ({ money }) => money !== 'releasing',
  )

test('Flow, phases 1 to 3: ad inventory locked, order, proof, confirm at once, and a job that releases', async () => {
  const [ada, ben] = [bureau.someone('ada'), bureau.someone('ben')]
  await bureau.topUp(ada, 20_000_000, naira)
  const ad = await bureau.post(ada)
  // 100.00 dollars at 1,580.25: 158,025.00 naira are locked in the ad.
  expect(ad).toMatchObject({ state: 'active', inventory: 15_802_500, held: 15_802_500, remaining: 10_000 })
  expect(await money(ada)).toEqual({ available: 4_197_500, frozen: 15_802_500, pending: 0 })

  const order = await bureau.taken(ben, ad['id'], 3_333)
  expect(order).toMatchObject({ state: 'pending', money: 'held', payer: ada, payee: ben, your_side: 'payee' })
  // 33.33 × 158,025 = 5,266,973.25, rounded down once.
  expect(order).toMatchObject({ amount: 5_266_973, quantity: 3_333, from_ad: 5_266_973, from_wallet: 0 })
  expect(order).toMatchObject({ fee: 52_670, payee_receives: 5_214_303, price: '158025' })
  expect(order['pay_to']['details']['account_number']).toBe('12345678')
  expect(await money(ada)).toEqual({ available: 4_197_500, frozen: 15_802_500, pending: 0 })
  expect(await money(ben)).toMatchObject({ available: 0, pending: 5_266_973 })
  expect(await told(ada, order['id'])).toEqual([
    'New order: your funds are locked until the foreign money has come',
  ])

  const path = `/p2p/orders/${order['id']}`
  const paid = await bureau.must(200, `${path}/pay`, {
    party: ben,
    body: { proof: { reference: 'FT-20260101-77' } },
  })
  expect(paid).toMatchObject({ state: 'paid', money: 'held', proof: { reference: 'FT-20260101-77' } })
  expect((await told(ada, order['id'])).at(-1)).toBe('The payee says that it paid: verify it, then release')
  expect((await told(ben, order['id'])).at(-1)).toBe('Marked as paid')

  const confirmed = await bureau.must(200, `${path}/confirm`, { party: ada, body: {} })
  expect(confirmed).toMatchObject({ state: 'completed', money: 'releasing', your_side: 'payer' })
  expect(await released(order['id'])).toMatchObject({ money: 'released', held: 0, released: 5_266_973 })
  expect(await told(ada, order['id'])).toContain('Confirmed: the funds will be released soon')
  expect((await told(ben, order['id'])).slice(-2)).toEqual([
    'Order completed: the funds are on their way to you',
    'Funds received',
  ])
  expect(await money(ben)).toEqual({ available: 5_214_303, frozen: 0, pending: 0 })
  expect(await money(ada)).toEqual({ available: 4_197_500, frozen: 15_802_500 - 5_266_973, pending: 0 })
  expect(await bureau.must(200, `/p2p/ads/${ad['id']}`)).toMatchObject({
    remaining: 6_667,
    in_orders: 0,
    sold: 3_333,
  })

  const rows = await bureau.running.db.any<{
    amount: bigint
    reference: string
    debit_code: string
    credit_code: string
  }>(`select amount, reference, debit_code, credit_code from transfers where reference like $1 order by id`, [
    `P2P-%-${order['id']}`,
  ])
  expect(rows).toEqual([
    {
      amount: 5_266_973n,
      reference: `P2P-DEBIT-${order['id']}`,
      debit_code: 'P2P_DEBIT',
      credit_code: 'P2P_DEBIT',
    },
    {
      amount: 5_214_303n,
      reference: `P2P-CREDIT-${order['id']}`,
      debit_code: 'P2P_CREDIT',
      credit_code: 'P2P_CREDIT',
    },
    { amount: 52_670n, reference: `P2P-FEE-${order['id']}`, debit_code: 'P2P_FEE', credit_code: 'P2P_FEE' },
  ])
})

test("Phase 1, the buyer's wallet: who takes an ad that sells foreign money pays, from its own wallet", async () => {
  const [maker, taker] = [bureau.someone('maker'), bureau.someone('taker')]
  const ad = await bureau.post(maker, { type: 'sell_fx' })
  expect(ad).toMatchObject({ inventory: 0, held: 0 })
  const payment_method = await bureau.method(taker)
  const poor = await bureau.take(taker, ad['id'], 1_000, { payment_method })
  expect([poor.status, poor.body['code'], poor.body['short_by']]).toEqual([
    409,
    'insufficient_funds',
    1_580_250,
  ])
  expect(await bureau.must(200, `/p2p/ads/${ad['id']}`)).toMatchObject({ remaining: 10_000 })
  await bureau.topUp(taker, 2_000_000, naira)
  const order = await bureau.taken(taker, ad['id'], 1_000, { payment_method })
  expect(order).toMatchObject({
    payer: taker,
    payee: maker,
    your_side: 'payer',
    from_ad: 0,
    from_wallet: 1_580_250,
  })
  expect(await money(taker)).toMatchObject({ available: 419_750, frozen: 1_580_250 })
  // The maker sends the foreign money, and learns where to.
  const seen = await bureau.must(200, `/p2p/orders/${order['id']}`, { party: maker })
  expect(seen).toMatchObject({ your_side: 'payee', pay_to: { kind: 'bank_transfer', currency: 'USD' } })
  await bureau.must(200, `/p2p/orders/${order['id']}/cancel`, { party: maker, body: {} })
  expect(await money(taker)).toMatchObject({ available: 2_000_000, frozen: 0 })
  expect(await bureau.must(200, `/p2p/ads/${ad['id']}`)).toMatchObject({ remaining: 10_000, in_orders: 0 })
})

describe('the clock', () => {
  test('pending: a reminder 5 minutes before, then expired after the 15 minutes; all goes back to the ad', async () => {
    const [ada, ben] = [bureau.someone('ada'), bureau.someone('ben')]
    await bureau.topUp(ada, 20_000_000, naira)
    const ad = await bureau.post(ada)
    const { id } = await bureau.taken(ben, ad['id'], 2_500)
    await bureau.advance(10 * 60)
    expect((await told(ben, id)).at(-1)).toMatch(/^The order expires in 5 minutes/)
    await bureau.advance(5 * 60)
    expect(await bureau.must(200, `/p2p/orders/${id}`)).toMatchObject({
      state: 'expired',
      money: 'refunded',
      held: 0,
    })
    expect(await bureau.must(200, `/p2p/ads/${ad['id']}`)).toMatchObject({
      remaining: 10_000,
      held: 15_802_500,
    })
    expect((await told(ada, id)).at(-1)).toBe('Not paid in time: the funds go back')
    await bureau.must(200, `/p2p/ads/${ad['id']}/close`, { party: ada, body: {} })
    expect(await money(ada)).toEqual({ available: 20_000_000, frozen: 0, pending: 0 })
  })

  test('the payment window of the ad is the order’s, from 15 to 60 minutes', async () => {
    const ada = bureau.someone('ada')
    await bureau.topUp(ada, 20_000_000, naira)
    const ad = await bureau.post(ada, { payment_window: '45 minutes' })
    const order = await bureau.taken(bureau.someone('ben'), ad['id'], 1_000)
    expect(order['terms']['payment_window']).toBe('45 minutes')
    await bureau.advance(44 * 60)
    expect((await bureau.must(200, `/p2p/orders/${order['id']}`))['state']).toBe('pending')
    await bureau.advance(60)
    expect((await bureau.must(200, `/p2p/orders/${order['id']}`))['state']).toBe('expired')
  })

  test('paid: a dispute not before 30 minutes, silence of 24 hours becomes one; proof alone releases nothing', async () => {
    const { id, payer, payee } = await bureau.paid()
    const why = { dispute_reason: 'not_received', dispute_text: 'Nothing has come' }
    const early = await bureau.act(`/p2p/orders/${id}/dispute`, payer, why)
    expect([early.status, early.body['code']]).toEqual([409, 'transition_not_open'])
    expect(early.body['open_in_seconds']).toBeGreaterThan(1_700)
    await bureau.advance(24 * 3_600 - 60)
    expect((await bureau.must(200, `/p2p/orders/${id}`))['state']).toBe('paid')
    await bureau.advance(60)
    expect(await bureau.must(200, `/p2p/orders/${id}`)).toMatchObject({ state: 'disputed', money: 'held' })
    expect((await told(payee, id)).at(-1)).toBe('No answer of the payer in time: an operator decides')
    const { data } = await bureau.must(200, `/v1/disputes?agreement=${id}`)
    expect(data).toHaveLength(1)
    await bureau.operate(`/p2p/orders/${id}/release`)
    expect((await bureau.wallet(payee, naira))['available']).toBe(1_580_250 - 15_803)
  })

  test('disputes after 30 minutes: refund goes back to the ad, a split sums', async () => {
    const one = await bureau.paid()
    const two = await bureau.paid()
    await bureau.advance(30 * 60)
    const why = { dispute_reason: 'wrong_amount', dispute_text: 'Half of it' }
    for (const { id, payer } of [one, two])
      expect((await bureau.act(`/p2p/orders/${id}/dispute`, payer, why)).status).toBe(200)
    await bureau.operate(`/p2p/orders/${one.id}/refund`)
    expect(await bureau.must(200, `/p2p/orders/${one.id}`)).toMatchObject({
      state: 'cancelled',
      money: 'refunded',
    })
    expect(await bureau.must(200, `/p2p/ads/${one.ad}`)).toMatchObject({
      remaining: 10_000,
      held: 15_802_500,
    })
    const parts = { reason: 'half', to_payer: 790_125, to_payee: 790_125 }
    const short = await bureau.ask(`/p2p/orders/${two.id}/split`, {
      key: bureau.admin,
      body: { ...parts, to_payer: 790_124 },
    })
    expect([short.status, short.body['code']]).toEqual([409, 'distribution_mismatch'])
    await bureau.operate(`/p2p/orders/${two.id}/split`, parts)
    expect(await bureau.must(200, `/p2p/orders/${two.id}`)).toMatchObject({
      state: 'completed',
      money: 'split',
      held: 0,
    })
    expect((await bureau.wallet(two.payee, naira))['available']).toBe(790_125 - 7_901)
    expect((await bureau.wallet(two.payer, naira))['available']).toBe(20_000_000 - 15_802_500 + 790_125)
    expect(await bureau.must(200, `/p2p/ads/${two.ad}`)).toMatchObject({ remaining: 9_000, sold: 1_000 })
  })

  test('an ad: reminded 7 days before its 90 days, closed with everything back', async () => {
    const ada = bureau.someone('ada')
    await bureau.topUp(ada, 20_000_000, naira)
    const ad = await bureau.post(ada)
    await bureau.advance(83 * 86_400)
    expect(await told(ada, ad['id'])).toEqual(['Your ad ends in 7 days; pause and resume it to list it anew'])
    await bureau.advance(7 * 86_400)
    expect(await bureau.must(200, `/p2p/ads/${ad['id']}`)).toMatchObject({ state: 'closed', held: 0 })
    expect(await money(ada)).toEqual({ available: 20_000_000, frozen: 0, pending: 0 })
  })
})

test('the last fill completes the ad, and what rounding left of its inventory goes back to the maker', async () => {
  const ada = bureau.someone('ada')
  await bureau.topUp(ada, 1_000, naira)
  // Three cents at 33.5 are 100.5: 100 are locked. Each cent alone costs 33.
  const ad = await bureau.post(ada, { price: '3350', total: 3, min: 1, max: 3 })
  expect(ad['inventory']).toBe(100)
  for (const left of [2, 1, 0]) {
    const ben = bureau.someone('ben')
    const { id, amount } = await bureau.taken(ben, ad['id'], 1)
    expect(amount).toBe(33)
    await bureau.must(200, `/p2p/orders/${id}/pay`, { party: ben, body: { proof: { reference: 'x' } } })
    await bureau.must(200, `/p2p/orders/${id}/confirm`, { party: ada, body: {} })
    await released(id)
    expect(await bureau.must(200, `/p2p/ads/${ad['id']}`)).toMatchObject({ remaining: left })
  }
  const done = await bureau.must(200, `/p2p/ads/${ad['id']}`)
  expect(done).toMatchObject({ state: 'completed', held: 0, released: 99, refunded: 1, sold: 3 })
  expect(await money(ada)).toEqual({ available: 901, frozen: 0, pending: 0 })
})
