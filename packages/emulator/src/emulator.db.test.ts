// The emulator as a whole: faults of requests, what a restart keeps, its clock, and books that add up.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTown, type Asking, type Town } from '@holdfast/server/test/payments/emulator.ts'
import type { Json } from '@holdfast/server/test/fixtures/engine.ts'
import { opening_centavos } from './paymongo/wallet.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
})
beforeEach(() => town.reset())
afterAll(() => town.stop())

const transfer = {
  provider: 'instapay',
  amount: 100_000,
  currency: 'PHP',
  source_account: { number: '000000000001', name: 'ESCROWLAB INC' },
  destination_account: { number: '999999990001', name: 'Test Seller', bic: 'GXCHPHM2XXX' },
}

const send = (headers: Record<string, string> = {}) =>
  town.paymongo('/v2/batch_transfers', { body: { transfers: [transfer] }, headers })

const collect = (reference: string, headers: Record<string, string> = {}) =>
  town.momo('collection', '/v1_0/requesttopay', {
    headers: { 'x-reference-id': reference, ...headers },
    body: {
      amount: '5000',
      currency: 'EUR',
      externalId: 'x',
      payer: { partyIdType: 'MSISDN', partyId: '250788000000' },
    },
  })

async function books(): Promise<Json> {
  return town.admin('/books')
}

describe('faults of requests', () => {
  test('a timeout after the commit: no answer, and the same key finds what was done', async () => {
    const key = { 'idempotency-key': 'po_1' }
    await expect(send({ ...key, 'emulator-fault': 'timeout_after_commit' })).rejects.toThrow('fetch failed')
    expect((await books())['paymongo']['transfers']).toHaveLength(1)
    const again = await send(key)
    expect(again.status).toBe(200)
    const { transfers, wallet } = (await books())['paymongo']
    expect(transfers.map(({ id }: Json) => id)).toEqual([again.body['data']['transfers'][0]['id']])
    expect(wallet.available).toBe(opening_centavos - 101_000)
  })

  test('a timeout before the commit: nothing was done', async () => {
    await expect(send({ 'emulator-fault': 'timeout_before_commit' })).rejects.toThrow('fetch failed')
    expect((await books())['paymongo']['transfers']).toEqual([])
  })

  test('MTN: after a timeout the reference says whether', async () => {
    const [done, lost] = [randomUUID(), randomUUID()]
    await expect(collect(done, { 'emulator-fault': 'timeout_after_commit' })).rejects.toThrow('fetch failed')
    await expect(collect(lost, { 'emulator-fault': 'timeout_before_commit' })).rejects.toThrow('fetch failed')
    const read = async (id: string) => (await town.momo('collection', `/v1_0/requesttopay/${id}`)).status
    expect([await read(done), await read(lost)]).toEqual([200, 404])
    expect([(await collect(done)).status, (await collect(lost)).status]).toEqual([409, 202])
  })

  test.each([
    ['http_500_json', 500, 'application/json'],
    ['http_500_text', 500, 'text/html'],
    ['http_429', 429, 'text/plain'],
  ])('%s, and nothing is done', async (fault, status, type) => {
    const answers = [
      await send({ 'emulator-fault': fault }),
      await collect(randomUUID(), { 'emulator-fault': fault }),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toContain(type)
    }
    const { paymongo, momo } = await books()
    expect([paymongo['transfers'], momo['movements']]).toEqual([[], []])
  })

  test('a slip in the header does not pass for health', async () => {
    for (const fault of ['drop_webhooks', 'slow:', 'http_429, nothing']) {
      expect((await send({ 'emulator-fault': fault })).status).toBe(400)
      expect((await collect(randomUUID(), { 'emulator-fault': fault })).status).toBe(400)
    }
    const { paymongo, momo } = await books()
    expect([paymongo['transfers'], momo['movements']]).toEqual([[], []])
  })

  test('slow: the webhook is there before the answer', async () => {
    await town.paymongo('/v1/webhooks', {
      body: { data: { attributes: { url: town.receiver.url, events: ['refund.created'] } } },
    })
    const { payment } = (await town.admin('/paymongo/pay', { amount: 10_000 }))['data']
    const refund: Asking = {
      body: { data: { attributes: { payment_id: payment, amount: 1_000, reason: 'others' } } },
      headers: { 'emulator-fault': 'slow:700' },
    }
    const order: string[] = []
    await Promise.all([
      town.paymongo('/v1/refunds', refund).then(() => order.push('answer')),
      town.receiver.heard(1).then(() => order.push('webhook')),
    ])
    expect(order).toEqual(['webhook', 'answer'])
  })

  test('never final', async () => {
    await send({ 'emulator-fault': 'never_final' })
    await collect(randomUUID(), { 'emulator-fault': 'never_final' })
    const line = { name: 'x', amount: 5_000, currency: 'PHP', quantity: 1 }
    const session = await town.paymongo('/v2/checkout_sessions', {
      body: { data: { attributes: { line_items: [line], payment_method_types: ['card'] } } },
      headers: { 'emulator-fault': 'never_final' },
    })
    const { id, attributes } = session.body['data']
    const card = 'method=card&card_number=4343434343434345&exp_month=12&exp_year=35&cvc=123'
    await town.ask(`/paymongo/checkout/${attributes.client_key}/pay`, { body: card })
    await town.advance(30 * 86_400_000)
    const read = await town.paymongo(`/v2/checkout_sessions/${id}`)
    const { payments, payment_intent } = read.body['data']['attributes']
    expect([payments, payment_intent.attributes.status]).toEqual([[], 'processing'])
    const { paymongo, momo } = await books()
    expect(paymongo['transfers'][0]['status']).toBe('pending')
    expect(momo['movements'][0]['status']).toBe('PENDING')
  })

  test('rules strike where they are meant to, as often as they are meant to', async () => {
    await town.admin('/faults', {
      provider: 'paymongo',
      operation: 'transfers.create',
      fault: 'http_429',
      times: 2,
    })
    const statuses = []
    for (let n = 0; n < 4; n += 1) {
      expect((await town.paymongo('/v2/transfers')).status).toBe(200)
      statuses.push((await send()).status)
    }
    expect(statuses).toEqual([429, 429, 200, 200])
    expect((await collect(randomUUID())).status).toBe(202)
  })

  test('by a seed: the same order of asks, the same faults', async () => {
    const run = async (seed: string) => {
      await town.admin('/faults', { provider: 'paymongo', fault: 'http_500_text', probability: 0.4, seed })
      const statuses = []
      for (let n = 0; n < 30; n += 1) statuses.push((await town.paymongo('/v1/webhooks')).status)
      await town.ask('/__emulator/faults', { method: 'DELETE' })
      return statuses
    }
    const first = await run('a')
    expect(new Set(first)).toEqual(new Set([200, 500]))
    expect(await run('a')).toEqual(first)
    expect(await run('b')).not.toEqual(first)
    expect((await town.admin('/faults'))['data']).toEqual([])
  })

  test.each([
    [{ provider: 'paymongo', fault: 'explode' }],
    [{ provider: 'visa', fault: 'http_429' }],
    [{ provider: 'momo', fault: 'http_429', probability: 2 }],
    [{ provider: 'momo', fault: 'http_429', times: 0 }],
    [{ provider: 'momo', fault: 'late_webhook:soon' }],
  ])('%j is no rule', async (rule) => {
    expect((await town.ask('/__emulator/faults', { body: rule })).status).toBe(400)
  })
})

test('a restart keeps what was done, what is due, what was answered and what goes wrong', async () => {
  const reference = randomUUID()
  const webhook = await town.paymongo('/v1/webhooks', {
    body: { data: { attributes: { url: town.receiver.url, events: ['transfer.outward.successful'] } } },
  })
  const first = await send({ 'idempotency-key': 'po_9' })
  await collect(reference)
  await town.admin('/faults', {
    provider: 'paymongo',
    operation: 'refunds.list',
    fault: 'http_429',
    times: 1,
  })
  await town.restart()
  expect((await town.paymongo('/v1/refunds')).status).toBe(429)
  await town.restart()
  expect((await town.paymongo('/v1/refunds')).status).toBe(200)
  expect((await send({ 'idempotency-key': 'po_9' })).text).toBe(first.text)
  expect((await collect(reference)).status).toBe(409)
  expect((await town.paymongo(`/v1/webhooks/${webhook.body['data']['id']}`)).text).toBe(webhook.text)
  await town.advance(5_000)
  const { paymongo, momo } = await books()
  expect(paymongo['transfers'].map(({ status }: Json) => status)).toEqual(['succeeded'])
  expect(momo['movements'].map(({ status }: Json) => status)).toEqual(['SUCCESSFUL'])
  expect(town.receiver.received).toHaveLength(1)
})

test('what is due happens by itself once the clock is there', async () => {
  await send()
  town.clock.ahead(5_000)
  for (let waited = 0; waited < 100; waited += 1) {
    const [one] = (await books())['paymongo']['transfers']
    if (one.status === 'succeeded') return
    await new Promise((resolve) => void setTimeout(resolve, 20))
  }
  expect.fail('still pending')
})

test('an admin call fires in order, before the clock is there', async () => {
  town.receiver.answers(500)
  await town.paymongo('/v1/webhooks', {
    body: { data: { attributes: { url: town.receiver.url, events: ['transfer.outward.successful'] } } },
  })
  await send()
  const now_ms = town.clock.now()
  const { fired } = await town.admin('/advance', { to_ms: now_ms + 11_000 })
  // The transfer at 5 s, its webhook, and the retries 2 s and 4 s later.
  expect(fired).toBe(4)
  const times = town.receiver.received.map(
    ({ headers }) => /^t=(\d+)/.exec(headers['paymongo-signature'] as string)?.[1],
  )
  expect(times.map((time) => Number(time) * 1_000 - now_ms)).toEqual([5_000, 7_000, 11_000])
})

describe('payments that nobody should make', () => {
  const session = async () => {
    const line = { name: 'x', amount: 5_000, currency: 'PHP', quantity: 1 }
    const { body } = await town.paymongo('/v2/checkout_sessions', {
      body: { data: { attributes: { line_items: [line], payment_method_types: ['card'] } } },
    })
    return body['data']['id'] as string
  }
  const payments = async (id: string) =>
    (await town.paymongo(`/v2/checkout_sessions/${id}`)).body['data']['attributes']['payments'] as Json[]

  test('of another amount, in another currency, after the end, out of nowhere', async () => {
    const id = await session()
    await town.paymongo(`/v2/checkout_sessions/${id}/expire`, { body: {} })
    await town.admin('/paymongo/pay', { id, amount: 4_999, currency: 'USD' })
    expect((await payments(id)).map(({ attributes }) => [attributes.amount, attributes.currency])).toEqual([
      [4_999, 'USD'],
    ])
    const { payment } = (await town.admin('/paymongo/pay', { amount: 777 }))['data']
    expect((await town.paymongo(`/v1/payments/${payment}`)).body['data']['attributes']['metadata']).toBeNull()
    expect((await town.ask('/__emulator/paymongo/pay', { body: { id: 'cs_none' } })).status).toBe(400)
  })
})

test('the index says where everything is, and no path of it is open elsewhere', async () => {
  const index = await town.admin('')
  expect(index['paymongo']['url']).toBe(`${town.address()}/paymongo`)
  expect(index['momo']['url']).toBe(`${town.address()}/momo`)
  expect(index['faults']).toContain('never_final')
  expect((await town.ask('/paymongo/__emulator/books')).status).toBe(404)
  expect(town.log).toEqual([])
})

test('whatever is asked side by side, the wallet is what the books say', async () => {
  const acts = Array.from({ length: 60 }, async (_, n) => {
    if (n % 3 !== 0) return send(n % 2 === 0 ? { 'emulator-fault': 'ends_failed' } : {})
    const { payment } = (await town.admin('/paymongo/pay', { amount: 10_000 + n }))['data']
    const body = { data: { attributes: { payment_id: payment, amount: 1_000, reason: 'others' } } }
    return town.paymongo('/v1/refunds', { body })
  })
  await Promise.all(acts)
  await town.advance(30 * 86_400_000)
  const { payments, refunds, transfers, wallet } = (await books())['paymongo']
  const sum = (rows: Json[], of: (row: Json) => number) => rows.reduce((total, row) => total + of(row), 0)
  const good = (rows: Json[]) => rows.filter(({ status }) => status === 'succeeded' || status === 'paid')
  expect([payments.length, refunds.length, transfers.length, good(transfers).length]).toEqual([
    20, 20, 40, 20,
  ])
  expect(wallet.available + wallet.pending).toBe(
    opening_centavos +
      sum(good(payments), (row) => row['amount'] - row['fee']) -
      sum(good(refunds), (row) => row['amount']) -
      sum(good(transfers), (row) => row['amount'] + row['fee']),
  )
  expect(wallet.pending).toBe(0)
})
