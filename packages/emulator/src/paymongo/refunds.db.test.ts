// PayMongo's refunds: how they end, what they may not be more than, and what they are paid from.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTown, type Town } from '@holdfast/server/test/payments/emulator.ts'
import type { Json } from '@holdfast/server/test/fixtures/engine.ts'
import { opening_centavos } from './wallet.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
})
beforeEach(() => town.reset())
afterAll(() => town.stop())

async function wallet(): Promise<Json> {
  return (await town.paymongo('/v2/wallets')).body['data'][0]
}

describe('refunds', () => {
  const refund = (payment_id: string, amount: number, headers: Record<string, string> = {}) =>
    town.paymongo('/v1/refunds', {
      body: {
        data: { attributes: { payment_id, amount, reason: 'requested_by_customer', notes: 'cancelled' } },
      },
      headers,
    })
  const pay = async (amount: number, method = 'gcash') =>
    (await town.admin('/paymongo/pay', { amount, method }))['data']['payment'] as string
  const state = async (id: string) =>
    (await town.paymongo(`/v1/refunds/${id}`)).body['data']['attributes']['status'] as string

  test('pending first, then succeeded, and taken from what we have to get', async () => {
    const payment = await pay(150_000)
    const before = (await wallet())['balance']['pending']
    expect(before).toBe(146_655)
    const { body } = await refund(payment, 50_000)
    expect(body['data']).toMatchObject({
      type: 'refund',
      attributes: { status: 'pending', amount: 50_000, refunded_at: null },
    })
    await town.advance(4_999)
    expect(await state(body['data']['id'])).toBe('pending')
    await town.advance(1)
    expect(await state(body['data']['id'])).toBe('succeeded')
    expect((await wallet())['balance']).toEqual({ available: opening_centavos, pending: 96_655 })
    const read = await town.paymongo(`/v1/payments/${payment}`)
    expect(read.body['data']['attributes']['refunds'][0]['id']).toBe(body['data']['id'])
    const listed = await town.paymongo(`/v1/refunds?payment_id=${payment}`)
    expect(listed.body['data']).toHaveLength(1)
    expect((await town.paymongo('/v1/refunds?payment_id=pay_none')).body['data']).toEqual([])
  })

  test('never more than was paid, however many at once', async () => {
    const payment = await pay(100_000)
    const answers = await Promise.all(Array.from({ length: 5 }, () => refund(payment, 40_000)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 400, 400, 400])
    expect(answers.find(({ status }) => status === 400)?.body['errors'][0]['code']).toBe(
      'allowed_amount_exceeded',
    )
  })

  test('one that failed leaves room for another', async () => {
    const payment = await pay(100_000)
    const failed = await refund(payment, 100_000, { 'emulator-fault': 'ends_failed' })
    await town.advance(5_000)
    expect(await state(failed.body['data']['id'])).toBe('failed')
    expect((await wallet())['balance']['pending']).toBe(100_000 - 2_230)
    expect((await refund(payment, 100_000)).status).toBe(200)
  })

  test('one that never ends, until a hand ends it', async () => {
    const { body } = await refund(await pay(100_000), 1_000, { 'emulator-fault': 'never_final' })
    const { id } = body['data']
    await town.advance(30 * 86_400_000)
    expect(await state(id)).toBe('pending')
    await town.admin(`/paymongo/refunds/${id}/settle`, { status: 'succeeded' })
    expect(await state(id)).toBe('succeeded')
  })

  test('waits while there is too little to pay it from', async () => {
    const payment = await pay(100_000)
    await town.admin('/paymongo/wallet', { available: 0 })
    const first = await refund(payment, 60_000)
    const second = await refund(payment, 40_000)
    await town.advance(5_000)
    expect([await state(first.body['data']['id']), await state(second.body['data']['id'])]).toEqual([
      'succeeded',
      'pending',
    ])
    await town.admin('/paymongo/wallet', { available: 2_230 })
    await town.advance(3_600_000)
    expect(await state(second.body['data']['id'])).toBe('succeeded')
    expect((await wallet())['balance']).toEqual({ available: 0, pending: 0 })
  })

  test.each([
    ['card', 60],
    ['gcash', 180],
  ])('a payment by %s can be given back for %i days', async (method, days) => {
    const payment = await pay(100_000, method)
    await town.advance(days * 86_400_000)
    expect((await refund(payment, 1)).status).toBe(200)
    await town.advance(1_000)
    expect((await refund(payment, 1)).status).toBe(400)
  })

  test('nobody refunds what is not paid, or not there', async () => {
    expect((await refund('pay_none', 1)).status).toBe(404)
    const intent = (await town.admin('/paymongo/pay', { amount: 5_000, outcome: 'fail' }))['data']
    const { payment } = intent['body']['last_payment_error']
    expect((await refund(payment, 1)).status).toBe(400)
  })

  test('what was paid is credited when its time has come', async () => {
    await pay(150_000)
    await town.advance(20 * 86_400_000)
    expect((await wallet())['balance']).toEqual({ available: opening_centavos + 146_655, pending: 0 })
  })
})
