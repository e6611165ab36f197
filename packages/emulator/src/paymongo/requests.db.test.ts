// PayMongo's answers to bad requests and to repeated ones, over real HTTP.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic, startTown, type Town } from '@holdfast/server/test/payments/emulator.ts'
import type { Json } from '@holdfast/server/test/fixtures/engine.ts'
import { intentsIn, v1, wanted } from '@holdfast/server/test/payments/intents.ts'
import { paymongo_public_key } from '../keys.ts'

let town: Town
beforeAll(async () => {
  town = await startTown()
})
afterAll(() => town.stop())

const { intent, method } = intentsIn(() => town)

describe('what is refused', () => {
  test.each([
    ['no envelope', { amount: 1 }, 'parameter_required', 'data.attributes'],
    [
      'no amount',
      { data: { attributes: { ...wanted, amount: undefined } } },
      'parameter_required',
      'attributes.amount',
    ],
    [
      'a text',
      { data: { attributes: { ...wanted, amount: '2000' } } },
      'parameter_data_type_invalid',
      'attributes.amount',
    ],
    [
      'half a centavo',
      { data: { attributes: { ...wanted, amount: 2000.5 } } },
      'parameter_data_type_invalid',
      'attributes.amount',
    ],
    [
      'too little',
      { data: { attributes: { ...wanted, amount: 1_999 } } },
      'parameter_below_minimum',
      'attributes.amount',
    ],
    [
      'another currency',
      { data: { attributes: { ...wanted, currency: 'USD' } } },
      'parameter_invalid',
      'attributes.currency',
    ],
  ])('%s', async (_, body, code, pointer) => {
    const answer = await town.paymongo('/v1/payment_intents', { body })
    expect(answer.status).toBe(400)
    expect(answer.body['errors'][0]).toMatchObject({ code, source: { pointer } })
  })

  test('several mistakes are told at once', async () => {
    const answer = await town.paymongo('/v1/payment_intents', v1({ amount: 1, currency: 'USD' }))
    expect(answer.body['errors'].map(({ code }: Json) => code)).toEqual([
      'parameter_below_minimum',
      'parameter_invalid',
      'parameter_required',
    ])
  })

  test.each([
    ['no key', {}, 401],
    ['a key of live mode', { authorization: basic('sk_live_xxx', '') }, 401],
    ['a bearer', { authorization: 'Bearer sk_test_emulator' }, 401],
    ["a browser's key", { authorization: basic(paymongo_public_key, '') }, 403],
  ])('%s', async (_, headers: Record<string, string>, status) => {
    const answer = await town.ask('/paymongo/v1/payment_intents', { ...v1(wanted), headers })
    expect(answer.status).toBe(status)
    if (status === 401) {
      expect(answer.body['errors'][0]['code']).toBe('api_key_required')
      expect(answer.body['errors'][0]['detail']).toMatch(/^You did not provide an API key/)
    }
  })

  test("a browser's key reads an intent with its client key alone", async () => {
    const { id, attributes } = await intent()
    const headers = { authorization: basic(paymongo_public_key, '') }
    const path = `/paymongo/v1/payment_intents/${id}`
    expect((await town.ask(path, { headers })).status).toBe(400)
    expect((await town.ask(`${path}?client_key=${attributes['client_key']}`, { headers })).status).toBe(200)
  })

  test('an unknown id has words, an unknown path has none', async () => {
    const id = await town.paymongo('/v1/payment_intents/pi_none')
    expect([id.status, id.body['errors'][0]['code']]).toEqual([404, 'resource_not_found'])
    const path = await town.paymongo('/v1/payment_intentions/pi_none')
    expect([path.status, path.text]).toEqual([404, ''])
  })

  test('a body that is no JSON', async () => {
    const answer = await town.paymongo('/v1/payment_intents', { method: 'POST', body: '{"data":' })
    expect([answer.status, answer.body['errors'][0]['code']]).toEqual([400, 'parameter_format_invalid'])
  })

  test('too many a second', async () => {
    const busy = await startTown({ requests_per_second_max: 5 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => busy.paymongo('/v1/webhooks')))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(10)
    expect(refused[0]?.text).toBe('Too many requests, please try again later.')
    expect(refused[0]?.headers.get('content-type')).toContain('text/plain')
    await busy.stop()
  })
})

describe('idempotency', () => {
  const create = (key: string, attributes: Json = wanted) =>
    town.paymongo('/v1/payment_intents', { ...v1(attributes), headers: { 'idempotency-key': key } })

  test('the same again is answered the same, to the letter', async () => {
    const first = await create('k1')
    expect((await create('k1')).text).toBe(first.text)
    expect((await create('k2')).text).not.toBe(first.text)
  })

  test('other parameters are rejected', async () => {
    await create('k3')
    const answer = await create('k3', { ...wanted, amount: 2_000 })
    expect([answer.status, answer.body['errors'][0]['code']]).toEqual([400, 'idempotency_key_mismatch'])
  })

  test('what was refused before it was tried may be mended under the same key', async () => {
    expect((await create('k4', { ...wanted, amount: 1 })).status).toBe(400)
    expect((await create('k4')).status).toBe(200)
  })

  test('a declined card stays declined under the same key, and is charged once', async () => {
    const { id } = await intent()
    const payment_method = await method('4111111111111111')
    const attach = () =>
      town.paymongo(`/v1/payment_intents/${id}/attach`, {
        ...v1({ payment_method }),
        headers: { 'idempotency-key': 'k5' },
      })
    const first = await attach()
    expect(first.status).toBe(400)
    expect((await attach()).text).toBe(first.text)
    const read = await town.paymongo(`/v1/payment_intents/${id}`)
    expect(read.body['data']['attributes']['payments']).toHaveLength(1)
  })

  test('two at once are one: the second is told to come back', async () => {
    const slow = { 'idempotency-key': 'k6' }
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => town.paymongo('/v1/payment_intents', { ...v1(wanted), headers: slow })),
    )
    const made = new Set(answers.filter(({ status }) => status === 200).map(({ text }) => text))
    expect(made.size).toBe(1)
    for (const { status, body } of answers) {
      if (status !== 200)
        expect([status, body['errors'][0]['code']]).toEqual([409, 'idempotency_in_progress'])
    }
    expect((await create('k6')).text).toBe([...made][0])
  })

  test('after a day the key is free', async () => {
    const first = await create('k7')
    await town.advance(86_400_000)
    expect((await create('k7')).text).not.toBe(first.text)
  })
})
