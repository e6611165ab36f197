// PayMongo's intents, payment methods and payments, over real HTTP.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTown, type Town } from '@holdfast/server/test/payments/emulator.ts'
import type { Json } from '@holdfast/server/test/fixtures/engine.ts'
import { intentsIn, v1, wanted } from '@holdfast/server/test/payments/intents.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
})
afterAll(() => town.stop())

const { intent, method } = intentsIn(() => town)

async function payWith(card_number: string, attributes: Json = {}) {
  const { id } = await intent(attributes)
  const payment_method = await method(card_number)
  const attached = await town.paymongo(
    `/v1/payment_intents/${id}/attach`,
    v1({ payment_method, return_url: 'https://app.test/return?topup=tp_01' }),
  )
  const read = await town.paymongo(`/v1/payment_intents/${id}`)
  return { id, attached, now: read.body['data']['attributes'] as Json }
}

test('an intent is shown as documented', async () => {
  const { id, type, attributes } = await intent()
  expect(type).toBe('payment_intent')
  expect(id).toMatch(/^pi_\w{24}$/)
  expect(attributes).toMatchObject({
    ...wanted,
    capture_type: 'automatic',
    livemode: false,
    status: 'awaiting_payment_method',
    last_payment_error: null,
    payments: [],
    next_action: null,
    created_at: Math.floor(town.clock.now() / 1_000),
  })
  expect(attributes['client_key']).toMatch(new RegExp(`^${id}_client_\\w{24}$`))
})

describe('cards', () => {
  test.each(['4343434343434345', '4571736000000075', '5123000000000002'])('%s pays', async (card) => {
    const { now } = await payWith(card)
    expect(now['status']).toBe('succeeded')
    const [payment] = now['payments']
    expect(payment.attributes).toMatchObject({
      amount: 150_000,
      // 3.125 % and 13.39
      fee: 4_688 + 1_339,
      net_amount: 150_000 - 6_027,
      status: 'paid',
      source: { type: 'card', last4: card.slice(-4) },
      metadata: wanted.metadata,
    })
    const read = await town.paymongo(`/v1/payments/${payment.id}`)
    expect(read.body['data']['attributes']['amount']).toBe(150_000)
  })

  test.each([
    ['4200000000000018', 'card_expired'],
    ['4300000000000017', 'cvc_invalid'],
    ['5100000000000198', 'insufficient_funds'],
    ['4111111111111111', 'generic_decline'],
    // Passes as a card number, and is no test card.
    ['4242424242424242', 'generic_decline'],
  ])('%s fails: %s', async (card, code) => {
    const { attached, now } = await payWith(card)
    expect(attached.status).toBe(400)
    expect(attached.body['errors'][0]['sub_code']).toBe(code)
    expect(now['status']).toBe('awaiting_payment_method')
    expect(now['last_payment_error']['failed_code']).toBe(code)
    const failed = await town.paymongo(`/v1/payments/${now['last_payment_error']['payment']}`)
    expect(failed.body['data']['attributes']).toMatchObject({
      status: 'failed',
      failed_code: code,
      paid_at: null,
    })
  })

  test.each([
    ['4120000000000007', 'authorize', 'succeeded'],
    ['4120000000000007', 'fail', 'awaiting_payment_method'],
    ['5234000000000106', 'authorize', 'awaiting_payment_method'],
  ])('%s asks the bank first; %s leads to %s', async (card, outcome, status) => {
    const { id, attached, now } = await payWith(card)
    expect(attached.status).toBe(200)
    expect(now['status']).toBe('awaiting_next_action')
    const url = new URL(now['next_action']['redirect']['url'])
    expect((await town.ask(url.href)).text).toContain('₱1,500.00')
    const said = await town.ask('/paymongo/authorize', {
      body: `id=${url.searchParams.get('id')}&outcome=${outcome}`,
    })
    expect(said.status).toBe(303)
    expect(said.headers.get('location')).toBe(`https://app.test/return?topup=tp_01&payment_intent_id=${id}`)
    const after = await town.paymongo(`/v1/payment_intents/${id}`)
    expect(after.body['data']['attributes']['status']).toBe(status)
  })

  test('the optional one asks only where the merchant wants it', async () => {
    const any = { payment_method_options: { card: { request_three_d_secure: 'any' } } }
    expect((await payWith('5123000000000001')).now['status']).toBe('succeeded')
    expect((await payWith('5123000000000001', any)).now['status']).toBe('awaiting_next_action')
  })

  test('what is held is captured up to its amount', async () => {
    const { id, now } = await payWith('4343434343434345', { capture_type: 'manual' })
    expect(now['status']).toBe('awaiting_capture')
    const more = await town.paymongo(`/v1/payment_intents/${id}/capture`, v1({ amount: 150_001 }))
    expect([more.status, more.body['errors'][0]['code']]).toEqual([400, 'allowed_amount_exceeded'])
    const less = await town.paymongo(`/v1/payment_intents/${id}/capture`, v1({ amount: 100_000 }))
    expect(less.body['data']['attributes']['payments'][0]['attributes']['amount']).toBe(100_000)
    expect(less.body['data']['attributes']['status']).toBe('succeeded')
  })

  test('a cancelled intent takes no method any more', async () => {
    const { id } = await intent()
    expect((await town.paymongo(`/v1/payment_intents/${id}/cancel`, { body: {} })).status).toBe(200)
    const attach = v1({ payment_method: await method('4343434343434345') })
    const refused = await town.paymongo(`/v1/payment_intents/${id}/attach`, attach)
    expect(refused.status).toBe(400)
    const read = await town.paymongo(`/v1/payment_intents/${id}`)
    expect(read.body['data']['attributes']).toMatchObject({ status: 'cancelled', payments: [] })
  })
})

describe('wallets', () => {
  async function gcash(amount: number) {
    const { id } = await intent({ amount })
    const payment_method = await town.paymongo('/v1/payment_methods', v1({ type: 'gcash' }))
    const attached = await town.paymongo(
      `/v1/payment_intents/${id}/attach`,
      v1({ payment_method: payment_method.body['data']['id'], return_url: 'https://app.test/return' }),
    )
    const url = new URL(attached.body['data']['attributes']['next_action']['redirect']['url'])
    const say = (outcome: string) =>
      town.ask('/paymongo/authorize', { body: `id=${url.searchParams.get('id')}&outcome=${outcome}` })
    const now = async () =>
      (await town.paymongo(`/v1/payment_intents/${id}`)).body['data']['attributes'] as Json
    return { say, now }
  }

  test('GCash pays once, however often it is authorized', async () => {
    const { say, now } = await gcash(150_000)
    await Promise.all([say('authorize'), say('authorize'), say('fail')])
    await say('authorize')
    const { status, payments } = await now()
    expect(payments).toHaveLength(1)
    expect(['succeeded', 'awaiting_payment_method']).toContain(status)
  })

  test("GCash's fee is 2.23 % of ₱1,500.00", async () => {
    const { say, now } = await gcash(150_000)
    await say('authorize')
    expect((await now())['payments'][0]['attributes']).toMatchObject({ fee: 3_345, net_amount: 146_655 })
  })

  test('GCash takes no more than ₱100,000.00', async () => {
    const { say, now } = await gcash(10_000_001)
    await say('authorize')
    expect((await now())['last_payment_error']['failed_code']).toBe('AMOUNT_EXCEED_LIMIT')
  })

  test('a page that nobody answers expires after four hours', async () => {
    const { say, now } = await gcash(150_000)
    await town.advance(4 * 3_600_000 - 1)
    expect((await now())['status']).toBe('awaiting_next_action')
    await town.advance(1)
    expect((await now())['last_payment_error']['failed_code']).toBe('CLOSED')
    await say('authorize')
    expect((await now())['status']).toBe('awaiting_payment_method')
  })
})

test('lists are newest first, in pages', async () => {
  for (let n = 0; n < 3; n += 1) await payWith('4343434343434345')
  const all = (await town.paymongo('/v1/payments?limit=100')).body['data'] as Json[]
  const ids = all.map(({ id }) => id as string)
  const first = await town.paymongo('/v1/payments?limit=2')
  expect(first.body['data'].map(({ id }: Json) => id)).toEqual(ids.slice(0, 2))
  expect(first.body['has_more']).toBe(true)
  const next = await town.paymongo(`/v1/payments?limit=2&after=${ids[1]}`)
  expect(next.body['data'].map(({ id }: Json) => id)).toEqual(ids.slice(2, 4))
  const back = await town.paymongo(`/v1/payments?limit=2&before=${ids[2]}`)
  expect(back.body['data'].map(({ id }: Json) => id)).toEqual(ids.slice(0, 2))
  const rest = await town.paymongo(`/v1/payments?limit=100&after=${ids.at(-2)}`)
  expect([rest.body['data'].length, rest.body['has_more']]).toEqual([1, false])
  expect((await town.paymongo('/v1/payments?limit=101')).status).toBe(400)
  expect((await town.paymongo('/v1/payments')).body['data'].length).toBeLessThanOrEqual(10)
})
