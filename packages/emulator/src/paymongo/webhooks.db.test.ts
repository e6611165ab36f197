// PayMongo's webhooks: registered, signed, tried again by a moved clock, disabled; and each way in which they go wrong.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTown, type Received, type Town } from '@holdfast/server/test/payments/emulator.ts'
import type { Json } from '@holdfast/server/test/fixtures/engine.ts'
import { verifySignature } from '@holdfast/server/payments/providers/paymongo/signature.ts'
import { retryDelay_ms, webhook_retries_max } from './deliver.ts'

let town: Town
let webhook: Json
beforeAll(async () => {
  town = await startTown()
})
beforeEach(async () => {
  await town.reset()
  webhook = await register(['payment.paid', 'checkout_session.payment.paid', 'payment.failed'])
})
afterAll(() => town.stop())

async function register(events: readonly string[]): Promise<Json> {
  const body = { data: { attributes: { url: `${town.receiver.url}/webhooks/paymongo`, events } } }
  const answer = await town.paymongo('/v1/webhooks', { body })
  expect(answer.status).toBe(200)
  return answer.body['data']
}

async function status(): Promise<string> {
  return (await town.paymongo(`/v1/webhooks/${webhook['id']}`)).body['data']['attributes']['status']
}

/** A payment that nobody asked for: one event, `payment.paid`. */
async function pay(amount = 10_000): Promise<string> {
  return (await town.admin('/paymongo/pay', { amount }))['data']['payment']
}

function signed(one: Received, now_ms = town.clock.now()) {
  const { secret_key } = webhook['attributes'] as { secret_key: string }
  const header = one.headers['paymongo-signature'] as string
  return verifySignature({ header, body: one.text, secrets: [secret_key], mode: 'test', now_ms })
}

async function outcomes(): Promise<string[]> {
  await town.advance(0)
  return (await town.admin('/deliveries'))['data'].map(({ outcome }: Json) => outcome)
}

test('what is registered is read, listed, changed, disabled and enabled', async () => {
  expect(webhook['attributes']['secret_key']).toMatch(/^whsk_\w{24}$/)
  const other = await register(['payment.refunded'])
  expect(other['attributes']['secret_key']).not.toBe(webhook['attributes']['secret_key'])
  expect((await town.paymongo('/v1/webhooks')).body['data'].map(({ id }: Json) => id)).toEqual([
    webhook['id'],
    other['id'],
  ])
  for (const method of ['PUT', 'POST']) {
    const events = method === 'PUT' ? ['payment.paid'] : ['payment.failed']
    const body = { data: { attributes: { events } } }
    const changed = await town.paymongo(`/v1/webhooks/${other['id']}`, { method, body })
    expect(changed.body['data']['attributes']).toMatchObject({
      events,
      secret_key: other['attributes']['secret_key'],
    })
  }
  await town.paymongo(`/v1/webhooks/${webhook['id']}/disable`, { body: {} })
  await pay()
  await town.advance(60_000)
  expect(town.receiver.received).toEqual([])
  await town.paymongo(`/v1/webhooks/${webhook['id']}/enable`, { body: {} })
  expect(await status()).toBe('enabled')
  const refused = await town.paymongo('/v1/webhooks', {
    body: { data: { attributes: { url: 'ftp://x', events: ['payment.lost'] } } },
  })
  expect(refused.body['errors'].map(({ code }: Json) => code)).toEqual([
    'parameter_format_invalid',
    'parameter_invalid',
  ])
})

test('a payment is told of with its envelope and a signature over the very bytes', async () => {
  const payment = await pay()
  const [one] = await town.receiver.heard(1)
  expect(one?.method).toBe('POST')
  expect(one?.body['data']).toMatchObject({
    type: 'event',
    attributes: {
      type: 'payment.paid',
      livemode: false,
      data: { id: payment, type: 'payment' },
      previous_data: {},
    },
  })
  expect(one?.headers['paymongo-signature']).toMatch(/^t=\d+,te=[0-9a-f]{64},li=$/)
  expect(signed(one as Received)).toBeNull()
})

test('one checkout is told of twice, under both names', async () => {
  const line = { name: 'x', amount: 5_000, currency: 'PHP', quantity: 1 }
  const attributes = { line_items: [line], payment_method_types: ['card'] }
  const session = await town.paymongo('/v2/checkout_sessions', { body: { data: { attributes } } })
  const { id } = session.body['data']
  await town.admin('/paymongo/pay', { id })
  const heard = await town.receiver.heard(2)
  expect(heard.map(({ body }) => String(body['data']['attributes']['type'])).toSorted()).toEqual([
    'checkout_session.payment.paid',
    'payment.paid',
  ])
  const told = heard.find(({ body }) => body['data']['attributes']['data']['id'] === id)
  expect(told?.body['data']['attributes']['data']['attributes']['payments']).toHaveLength(1)
})

describe('tried again', () => {
  test('12 times, after 2, 4, 8 … seconds, over 136.5 minutes', async () => {
    expect(Array.from({ length: 12 }, (_, n) => retryDelay_ms(n + 1)).reduce((a, b) => a + b)).toBe(
      136.5 * 60_000,
    )
    town.receiver.answers(500)
    await pay()
    await town.receiver.heard(1)
    for (let retry = 1; retry <= webhook_retries_max; retry += 1) {
      await town.advance(retryDelay_ms(retry) - 1)
      expect(town.receiver.received).toHaveLength(retry)
      await town.advance(1)
      expect(town.receiver.received).toHaveLength(retry + 1)
      expect(signed(town.receiver.received.at(-1) as Received)).toBeNull()
    }
    await town.advance(86_400_000)
    expect(town.receiver.received).toHaveLength(1 + webhook_retries_max)
    expect(new Set(town.receiver.received.map(({ body }) => body['data']['id'])).size).toBe(1)
    expect((await outcomes()).at(-1)).toBe('exhausted')
    expect(await status()).toBe('enabled')
  })

  test.each([
    ['a page instead of JSON', 200, '<p>ok</p>'],
    ['nothing', 200, ''],
    ['210', 210, '{}'],
    ['a redirect', 302, '{}'],
  ])('where the answer is %s', async (_, code, text) => {
    town.receiver.answers(code, text)
    await pay()
    await town.receiver.heard(1)
    town.receiver.answers(209)
    await town.advance(2_000)
    expect(await outcomes()).toEqual(['failed', 'delivered'])
    await town.advance(86_400_000)
    expect(town.receiver.received).toHaveLength(2)
  })

  test('three events in a row that nobody takes disable it; one that is taken between them does not', async () => {
    town.receiver.answers(500)
    for (let n = 0; n < 2; n += 1) await pay()
    await town.advance(9_000_000)
    expect(await status()).toBe('enabled')
    town.receiver.answers(200)
    await pay()
    await town.advance(1_000)
    town.receiver.answers(500)
    for (let n = 0; n < 2; n += 1) await pay()
    await town.advance(9_000_000)
    expect(await status()).toBe('enabled')
    await pay()
    await town.advance(9_000_000)
    expect(await status()).toBe('disabled')
    const before = town.receiver.received.length
    town.receiver.answers(200)
    const payment = await pay()
    await town.advance(9_000_000)
    await town.paymongo(`/v1/webhooks/${webhook['id']}/enable`, { body: {} })
    await town.advance(9_000_000)
    // What was missed stays missed, but not for those who ask.
    expect(town.receiver.received).toHaveLength(before)
    expect((await town.paymongo(`/v1/payments/${payment}`)).body['data']['attributes']['status']).toBe('paid')
  })
})

describe('faults', () => {
  const rule = (fault: string, more: Json = {}) =>
    town.admin('/faults', { provider: 'paymongo', fault, ...more })

  test('twice', async () => {
    await rule('dup_webhook', { operation: 'payment.paid' })
    await pay()
    const [one, two] = await town.receiver.heard(2)
    expect(one?.text).toBe(two?.text)
  })

  test('the other way round', async () => {
    await rule('reorder_webhooks')
    const paid = [await pay(), await pay(), await pay()]
    await town.advance(10_000)
    expect(town.receiver.received.map(({ body }) => body['data']['attributes']['data']['id'])).not.toEqual(
      paid,
    )
    expect(town.receiver.received).toHaveLength(3)
  })

  test('late, and signed when it is sent', async () => {
    await rule('late_webhook:900')
    await pay()
    await town.advance(899_999)
    expect(town.receiver.received).toEqual([])
    await town.advance(1)
    expect(signed(town.receiver.received[0] as Received)).toBeNull()
  })

  test('never', async () => {
    await rule('drop_webhook', { times: 1 })
    const payment = await pay()
    await pay()
    await town.receiver.heard(1)
    await town.advance(86_400_000)
    expect(town.receiver.received.map(({ body }) => body['data']['attributes']['data']['id'])).not.toContain(
      payment,
    )
    expect(await outcomes()).toEqual(['dropped', 'delivered'])
    const { id } = (await town.admin('/events'))['data'].find(
      ({ body }: Json) => body['data']['id'] === payment,
    )
    await town.admin(`/paymongo/events/${id}/replay`, {})
    expect((await town.receiver.heard(2)).at(-1)?.body['data']['id']).toBe(id)
  })

  test.each([
    ['bad_signature', 'mismatch'],
    ['stale_signature', 'stale'],
  ])('%s, and right when it comes again', async (fault, wrong) => {
    town.receiver.answers(401)
    await rule(fault)
    await pay()
    await town.receiver.heard(1)
    town.receiver.answers(200)
    await town.advance(2_000)
    expect(town.receiver.received.map((one) => signed(one))).toEqual([wrong, null])
  })

  test('forged, besides the true one: another id and ten times as much', async () => {
    await rule('forged_webhook', { operation: 'payment.paid' })
    const payment = await pay()
    const heard = await town.receiver.heard(2)
    const [lie] = heard.filter((one) => signed(one) !== null)
    const [truth] = heard.filter((one) => signed(one) === null)
    expect(truth?.body['data']['attributes']['data']['id']).toBe(payment)
    expect(lie?.body['data']['attributes']['data']).toMatchObject({
      attributes: { amount: 100_000, status: 'paid' },
    })
    expect(lie?.body['data']['attributes']['data']['id']).not.toBe(payment)
    expect((await outcomes()).toSorted()).toEqual(['delivered', 'forged'])
  })

  test('a header stays with what it made', async () => {
    const line = { name: 'x', amount: 5_000, currency: 'PHP', quantity: 1 }
    const attributes = { line_items: [line], payment_method_types: ['card'] }
    const create = (headers: Record<string, string>) =>
      town.paymongo('/v2/checkout_sessions', { body: { data: { attributes } }, headers })
    const silent = await create({ 'emulator-fault': 'drop_webhook' })
    const loud = await create({})
    for (const { body } of [silent, loud]) await town.admin('/paymongo/pay', { id: body['data']['id'] })
    await town.receiver.heard(2)
    expect((await outcomes()).toSorted()).toEqual(['delivered', 'delivered', 'dropped', 'dropped'])
  })

  test('at random, the same seed gives the same', async () => {
    const drawn = async () => {
      await rule('drop_webhook', { probability: 0.5, seed: 'seven' })
      for (let n = 0; n < 20; n += 1) await pay()
      await town.advance(1_000)
      const told = await outcomes()
      await town.admin('/reset', {})
      webhook = await register(['payment.paid'])
      return told.map((outcome) => (outcome === 'dropped' ? 1 : 0))
    }
    const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
    const first = sum(await drawn())
    expect(first).toBeGreaterThan(3)
    expect(first).toBeLessThan(17)
    expect(sum(await drawn())).toBe(first)
  })
})

test('a receiver that is not there is tried again, too', async () => {
  const body = { data: { attributes: { url: 'http://127.0.0.1:1/', events: ['payment.paid'] } } }
  await town.paymongo(`/v1/webhooks/${webhook['id']}`, { method: 'PUT', body })
  await pay()
  await town.advance(2_000)
  expect(await outcomes()).toEqual(['failed', 'failed'])
})
