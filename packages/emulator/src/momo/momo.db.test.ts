// MTN MoMo: provisioning, tokens, who may ask, and requests to pay.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { basic, startTown, type Asking, type Town } from '@holdfast/server/test/payments/emulator.ts'
import { good, momoOf, type Product, type Wanted } from '@holdfast/server/test/payments/momo.ts'
import { momo_api_key, momo_api_user, momo_subscription_keys } from '../keys.ts'

let town: Town
let momo: ReturnType<typeof momoOf>
beforeAll(async () => {
  town = await startTown()
  momo = momoOf(town)
})
beforeEach(() => town.reset())
afterAll(() => town.stop())

describe('provisioning', () => {
  const subscription = { 'ocp-apim-subscription-key': momo_subscription_keys.collection }
  const provision = (id: string, host = 'app.test') =>
    town.ask('/momo/v1_0/apiuser', {
      headers: { ...subscription, 'x-reference-id': id },
      body: { providerCallbackHost: host },
    })

  test('a user, its key, a token, a balance', async () => {
    const id = randomUUID()
    const made = await provision(id)
    expect([made.status, made.text]).toEqual([201, ''])
    expect((await provision(id)).status).toBe(409)
    expect((await town.ask(`/momo/v1_0/apiuser/${id}`, { headers: subscription })).body).toEqual({
      providerCallbackHost: 'app.test',
      targetEnvironment: 'sandbox',
    })
    const key = await town.ask(`/momo/v1_0/apiuser/${id}/apikey`, { method: 'POST', headers: subscription })
    expect(key.status).toBe(201)
    const authorization = basic(id, key.body['apiKey'])
    const token = await town.ask('/momo/collection/token/', {
      method: 'POST',
      headers: { ...subscription, authorization },
    })
    expect(token.body).toMatchObject({ token_type: 'access_token', expires_in: 3_600 })
    const headers = { authorization: `Bearer ${token.body['access_token']}` }
    expect((await town.momo('collection', '/v1_0/account/balance', { headers })).status).toBe(200)
    const second = await town.ask(`/momo/v1_0/apiuser/${id}/apikey`, {
      method: 'POST',
      headers: subscription,
    })
    expect(second.body['apiKey']).not.toBe(key.body['apiKey'])
    const old = await town.ask('/momo/collection/token/', {
      method: 'POST',
      headers: { ...subscription, authorization },
    })
    expect(old.status).toBe(401)
  })

  test('what is refused', async () => {
    expect((await provision('not-a-uuid')).status).toBe(400)
    expect((await town.ask('/momo/v1_0/apiuser', { body: {} })).status).toBe(401)
    const unknown = await town.ask(`/momo/v1_0/apiuser/${randomUUID()}/apikey`, {
      method: 'POST',
      headers: subscription,
    })
    expect(unknown.status).toBe(404)
  })
})

describe('who may ask', () => {
  const token = async (product: Product): Promise<string> => {
    const { body } = await town.ask(`/momo/${product}/token/`, {
      method: 'POST',
      headers: {
        'ocp-apim-subscription-key': momo_subscription_keys[product],
        authorization: basic(momo_api_user, momo_api_key),
      },
    })
    return body['access_token']
  }
  const look = (headers: Asking['headers']) =>
    town.momo('collection', '/v1_0/account/balance', headers === undefined ? {} : { headers })

  test('the keys and tokens of one product open nothing of the other', async () => {
    const key = await look({ 'ocp-apim-subscription-key': momo_subscription_keys.disbursement })
    expect([key.status, key.body['statusCode']]).toEqual([401, 401])
    expect(key.body['message']).toMatch(/^Access denied due to invalid subscription key/)
    expect((await look({ authorization: `Bearer ${await token('disbursement')}` })).status).toBe(401)
    expect((await look({ authorization: `Bearer ${await token('collection')}` })).status).toBe(200)
    expect((await look({ authorization: 'Bearer none' })).status).toBe(401)
  })

  test('a token lives for an hour', async () => {
    const headers = { authorization: `Bearer ${await token('collection')}` }
    await town.advance(3_599_999)
    expect((await look(headers)).status).toBe(200)
    await town.advance(1)
    expect((await look(headers)).status).toBe(401)
  })

  test('the environment is named, and has its currency', async () => {
    const wrong = await look({ 'x-target-environment': 'mtnuganda' })
    expect([wrong.status, wrong.body['code']]).toEqual([500, 'NOT_ALLOWED_TARGET_ENVIRONMENT'])
    const rwanda = { 'x-target-environment': 'mtnrwanda' }
    expect((await look(rwanda)).body).toEqual({ availableBalance: '0', currency: 'RWF' })
    const taken = await momo.ask('requesttopay', { headers: rwanda, body: { currency: 'RWF' } })
    expect(taken.answer.status).toBe(202)
    for (const [headers, currency] of [
      [rwanda, 'EUR'],
      [{}, 'RWF'],
    ] as const) {
      const { answer } = await momo.ask('requesttopay', { headers, body: { currency } })
      expect([answer.status, answer.body['code']]).toEqual([500, 'INVALID_CURRENCY'])
    }
    const fraction = await momo.ask('requesttopay', {
      headers: rwanda,
      body: { currency: 'RWF', amount: '5000.5' },
    })
    expect(fraction.answer.status).toBe(400)
    await town.advance(5_000)
    expect((await look(rwanda)).body['availableBalance']).toBe('5000')
  })
})

describe('a request to pay', () => {
  test('is taken without a word, pends, and is paid', async () => {
    const { reference, answer } = await momo.ask('requesttopay')
    expect([answer.status, answer.text]).toEqual([202, ''])
    const pending = await momo.read('requesttopay', reference)
    expect(pending.body).toMatchObject({
      status: 'PENDING',
      amount: '5000',
      externalId: 'rp_01',
      payer: { partyId: good },
    })
    expect(pending.body).not.toHaveProperty('financialTransactionId')
    await town.advance(4_999)
    expect((await momo.read('requesttopay', reference)).body['status']).toBe('PENDING')
    await town.advance(1)
    const paid = await momo.read('requesttopay', reference)
    expect(paid.body['status']).toBe('SUCCESSFUL')
    expect(paid.body['financialTransactionId']).toMatch(/^\d{9}$/)
    expect(paid.body).not.toHaveProperty('reason')
    expect(await momo.balance('collection')).toBe('5000.00')
  })

  test('the same reference again is refused, and changes nothing; five at once are one', async () => {
    const reference = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        momo.ask('requesttopay', { reference, body: { amount: String(n + 1) } }),
      ),
    )
    const statuses = answers.map(({ answer }) => answer.status).toSorted((a, b) => a - b)
    expect(statuses).toEqual([202, 409, 409, 409, 409])
    const refused = answers.find(({ answer }) => answer.status === 409)
    expect(refused?.answer.body).toEqual({
      code: 'RESOURCE_ALREADY_EXIST',
      message: 'Duplicated reference id. Creation of resource failed.',
    })
    await town.advance(5_000)
    expect(await momo.balance('collection')).toBe(
      `${(await momo.read('requesttopay', reference)).body['amount']}.00`,
    )
  })

  test.each([
    ['a reference of another version', { reference: '0f9d4f3e-6a41-1f8e-9a53-0f6b8e5c7d21' }, 400, undefined],
    ['a number for an amount', { body: { amount: 5000 } }, 400, undefined],
    ['nothing', { body: { amount: '0' } }, 400, undefined],
    ['three digits after the point', { body: { amount: '1.005' } }, 400, undefined],
    ['an apostrophe', { body: { payerMessage: "it's" } }, 400, undefined],
    ['a long note', { body: { payeeNote: 'x'.repeat(161) } }, 400, undefined],
    ['a plus before the number', { number: '+250788000000' }, 400, undefined],
    ['another currency', { body: { currency: 'USD' } }, 500, 'INVALID_CURRENCY'],
    [
      "a callback to another's host",
      { headers: { 'x-callback-url': 'http://elsewhere.test/' } },
      500,
      'INVALID_CALLBACK_URL_HOST',
    ],
  ])('%s', async (_, wanted: Wanted, status, code) => {
    const { reference, answer } = await momo.ask('requesttopay', wanted)
    expect([answer.status, answer.body['code']]).toEqual([status, code])
    if (status === 400) expect(answer.text).toBe('')
    if (wanted.reference === undefined) expect((await momo.read('requesttopay', reference)).status).toBe(404)
  })

  test('nobody knows an unknown one', async () => {
    const answer = await momo.read('requesttopay', randomUUID())
    expect([answer.status, answer.body['code']]).toEqual([404, 'RESOURCE_NOT_FOUND'])
  })
})
