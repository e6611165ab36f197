// MTN MoMo on the wire: every answer that it documents, tokens that end, callbacks that anybody could have written.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openMomo } from '../../src/payments/providers/momo/provider.ts'
import type { Provider } from '../../src/payments/providers/port.ts'
import { around, type Around } from './runtime.ts'
import { callback_token, momoAt } from './settings.ts'
import { says, startStub, type Stub } from './stub.ts'
import { payIn, payOut, refund, unanswered } from './wanted.ts'

let stub: Stub
let place: Around
let momo: Provider
/** What is answered to everything but the request for a token. */
let answer: Stub['answer']
let tokens = 0

beforeEach(async () => {
  stub = await startStub()
  place = around()
  momo = openMomo(momoAt(stub.url, { MOMO_CURRENCY: 'RWF' }), place)
  tokens = 0
  answer = (_, response) => says(response, 202, '')
  stub.answer = (seen, response) => {
    if (!seen.path.endsWith('/token/')) return answer(seen, response)
    tokens += 1
    return says(response, 200, {
      access_token: `token ${tokens}`,
      token_type: 'access_token',
      expires_in: 3600,
    })
  }
})
afterEach(() => stub.close())

const phone = { method: 'mobile_money', currency: 'RWF', payer_number: '250788000000' } as const
const repayment = (change = {}) => payIn({ ...phone, amount: 5_000n, ...change })
const withdrawal = (change = {}) =>
  payOut({
    method: 'mobile_money',
    currency: 'RWF',
    amount: 12_000n,
    destination: { number: '250788000000', name: 'Test Seller', institution: null },
    ...change,
  })
const status = (change = {}) => ({
  amount: '5000',
  currency: 'RWF',
  externalId: 'x',
  payeeNote: 'ref_x',
  status: 'SUCCESSFUL',
  ...change,
})
const calls = () => stub.seen.filter(({ path }) => !path.endsWith('/token/'))

describe('the outcome of a create', () => {
  const said = (code: string) => ({ code, message: 'So it is.' })

  test.each([
    [202, '', 'told', undefined],
    [400, '', 'refused', 'http_400'],
    [401, { statusCode: 401, message: 'Access denied' }, 'unavailable', 'http_401'],
    [403, '', 'unavailable', 'http_403'],
    [404, said('PAYER_NOT_FOUND'), 'refused', 'PAYER_NOT_FOUND'],
    [404, { statusCode: 404, message: 'Resource not found' }, 'unavailable', 'http_404'],
    [429, 'Too many', 'unavailable', 'too_many_requests'],
    ...[
      'NOT_ALLOWED',
      'NOT_ALLOWED_TARGET_ENVIRONMENT',
      'INVALID_CALLBACK_URL_HOST',
      'INVALID_CURRENCY',
      'PAYEE_NOT_FOUND',
      'NOT_ENOUGH_FUNDS',
      'PAYER_LIMIT_REACHED',
    ].map((code) => [500, said(code), 'refused', code] as const),
    [500, said('INTERNAL_PROCESSING_ERROR'), 'unknown', 'INTERNAL_PROCESSING_ERROR'],
    [500, said('SERVICE_UNAVAILABLE'), 'unknown', 'SERVICE_UNAVAILABLE'],
    [500, '', 'unknown', 'http_500'],
    [503, said('SERVICE_UNAVAILABLE'), 'unknown', 'SERVICE_UNAVAILABLE'],
    [503, said('NOT_ALLOWED'), 'unknown', 'NOT_ALLOWED'],
    [200, {}, 'unknown', 'malformed_answer'],
  ] as const)('%i %j is %s, %s', async (code_of_http, body, outcome, code) => {
    answer = (_, response) => says(response, code_of_http, body)
    for (const reply of [await momo.createPayIn(repayment()), await momo.createPayOut(withdrawal())]) {
      expect(reply).toMatchObject(code === undefined ? { outcome } : { outcome, code })
    }
  })

  test('no answer is unknown', async () => {
    answer = () => undefined
    expect(await momo.createPayOut(withdrawal())).toMatchObject({ outcome: 'unknown', code: 'timeout' })
    expect(calls()).toHaveLength(1)
  })

  test('the same token again: what the first has come to', async () => {
    answer = ({ method }, response) =>
      method === 'POST' ? says(response, 409, said('RESOURCE_ALREADY_EXIST')) : says(response, 200, status())
    const wanted = repayment()
    expect(await momo.createPayIn(wanted)).toMatchObject({
      outcome: 'told',
      value: { provider_id: wanted.token, state: 'succeeded', amount: 5_000n, settled_id: wanted.token },
    })
  })

  test.each([404, 500])(
    'the same token again, and asking fails with %i: it is there all the same',
    async (code) => {
      answer = ({ method }, response) =>
        says(response, method === 'POST' ? 409 : code, said('RESOURCE_NOT_FOUND'))
      expect(await momo.createPayIn(repayment())).toMatchObject({ outcome: 'unknown' })
    },
  )
})

describe('what is sent', () => {
  test('a request to pay: the token is its id, the amount a decimal of major units', async () => {
    const wanted = repayment({ description: "Ama's loan" })
    expect(await momo.createPayIn(wanted)).toMatchObject({
      value: { provider_id: wanted.token, state: 'pending', amount: 5_000n, currency: 'RWF' },
    })
    const [seen] = calls()
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/below/collection/v1_0/requesttopay',
      headers: {
        authorization: 'Bearer token 1',
        'x-reference-id': wanted.token,
        'x-target-environment': 'sandbox',
        'ocp-apim-subscription-key': 'emulator-collection-key',
        'x-callback-url': `http://127.0.0.1:9/webhooks/momo/${callback_token}/pay_in`,
      },
    })
    expect(JSON.parse(seen?.body ?? '')).toEqual({
      amount: '5000',
      currency: 'RWF',
      externalId: wanted.token,
      payer: { partyIdType: 'MSISDN', partyId: '250788000000' },
      payerMessage: 'Ama s loan',
      payeeNote: wanted.our_reference,
    })
  })

  test('a pay-out and a refund go by the other product', async () => {
    await momo.createPayOut(withdrawal())
    await momo.createRefund(refund('a6f6d8b0-19c6-4a09-8a4e-4f2f6e0c1b33', { currency: 'RWF' }))
    expect(calls().map(({ path }) => path)).toEqual([
      '/below/disbursement/v1_0/transfer',
      '/below/disbursement/v1_0/refund',
    ])
    expect(calls().map(({ headers }) => headers['ocp-apim-subscription-key'])).toEqual([
      'emulator-disbursement-key',
      'emulator-disbursement-key',
    ])
    expect(JSON.parse(calls()[1]?.body ?? '')).toMatchObject({
      referenceIdToRefund: 'a6f6d8b0-19c6-4a09-8a4e-4f2f6e0c1b33',
    })
  })

  test.each([
    [repayment({ currency: 'PHP' }), 'currency_not_served'],
    [repayment({ payer_number: '+250788000000' }), 'number_invalid'],
    [repayment({ payer_number: null }), 'number_invalid'],
    [repayment({ payer_number: '0788000000' }), 'number_invalid'],
    [repayment({ method: 'card' }), 'method_not_served'],
  ])('nothing, where it would be refused anyway', async (wanted, code) => {
    expect(await momo.createPayIn(wanted)).toMatchObject({ outcome: 'refused', code })
    expect(stub.seen).toEqual([])
  })

  test('cents in the currency of the sandbox', async () => {
    const sandbox = openMomo(momoAt(stub.url), place)
    await sandbox.createPayIn(repayment({ currency: 'EUR', amount: 1_205n }))
    expect(JSON.parse(calls()[0]?.body ?? '')).toMatchObject({ amount: '12.05', currency: 'EUR' })
  })
})

describe('what a status says', () => {
  const sought = unanswered(repayment())

  test.each([
    [{}, 'succeeded', null],
    [{ status: 'PENDING' }, 'pending', null],
    [{ status: 'FAILED', reason: 'APPROVAL_REJECTED' }, 'failed', 'APPROVAL_REJECTED'],
    [{ status: 'FAILED', reason: { code: 'PAYER_NOT_FOUND', message: 'x' } }, 'failed', 'PAYER_NOT_FOUND'],
    [{ status: 'FAILED' }, 'failed', null],
    [{ status: 'FAILED', reason: 'EXPIRED' }, 'expired', 'EXPIRED'],
    [{ status: 'TIMEOUT' }, 'unknown', null],
    [{ status: '' }, 'unknown', null],
    [{ status: undefined }, 'unknown', null],
  ])('%j of a request to pay', async (change, state, reason) => {
    answer = (_, response) => says(response, 200, status(change))
    expect(await momo.find('pay_in', sought)).toMatchObject({
      outcome: 'told',
      value: { state, reason, amount: 5_000n, our_reference: 'ref_x' },
    })
  })

  test.each([
    [{ status: 'FAILED', reason: 'EXPIRED' }, 'failed'],
    [{ status: 'EXPIRED' }, 'failed'],
    [{ status: 'REJECTED' }, 'failed'],
    [{ status: 'PENDING' }, 'pending'],
  ])('%j of a pay-out', async (change, state) => {
    answer = (_, response) => says(response, 200, status(change))
    expect(await momo.find('pay_out', sought)).toMatchObject({ value: { state } })
  })

  test.each([
    ['5000', 5_000n],
    [5000, 5_000n],
    ['5000.00', 5_000n],
  ])('the amount %j', async (amount, minor) => {
    answer = (_, response) => says(response, 200, status({ amount }))
    expect(await momo.find('pay_in', sought)).toMatchObject({ value: { amount: minor } })
  })

  test.each(['5000.5', '5e3', -5, 5000.5, null, '', {}, 2 ** 60])(
    '%j is no amount: nothing was learned',
    async (amount) => {
      answer = (_, response) => says(response, 200, status({ amount }))
      expect(await momo.find('pay_in', sought)).toMatchObject({ outcome: 'unavailable' })
    },
  )

  test.each([
    [404, { code: 'RESOURCE_NOT_FOUND' }, 'not_found'],
    [404, { statusCode: 404 }, 'unavailable'],
    [500, { code: 'NOT_ALLOWED' }, 'unavailable'],
    [503, '', 'unavailable'],
    [400, '', 'unavailable'],
  ])('%i %j when asking: %s', async (code, body, outcome) => {
    answer = (_, response) => says(response, code, body)
    expect(await momo.find('pay_out', sought)).toMatchObject({ outcome })
  })
})

describe('tokens', () => {
  test('fifty calls at once ask for one; another product has its own', async () => {
    await Promise.all(Array.from({ length: 50 }, () => momo.createPayIn(repayment())))
    expect([tokens, calls().length]).toEqual([1, 50])
    await momo.createPayOut(withdrawal())
    expect(tokens).toBe(2)
    expect(calls().at(-1)?.headers.authorization).toBe('Bearer token 2')
  })

  test('one is kept until a minute before its end', async () => {
    await momo.createPayIn(repayment())
    place.now_ms += 3_539_999
    await momo.createPayIn(repayment())
    expect(tokens).toBe(1)
    place.now_ms += 1
    await momo.createPayIn(repayment())
    expect(tokens).toBe(2)
  })

  test('one that is taken no more is replaced once, for fifty calls at once', async () => {
    await momo.createPayIn(repayment())
    stub.seen.length = 0
    answer = ({ headers }, response) =>
      headers.authorization === 'Bearer token 1' ? says(response, 401, {}) : says(response, 202, '')
    const replies = await Promise.all(Array.from({ length: 50 }, () => momo.createPayIn(repayment())))
    expect(replies.filter(({ outcome }) => outcome === 'told')).toHaveLength(50)
    expect([tokens, calls().length]).toEqual([2, 100])
  })

  test('none is ever taken: one try more, and no payment was made', async () => {
    answer = (_, response) => says(response, 401, {})
    expect(await momo.createPayOut(withdrawal())).toMatchObject({ outcome: 'unavailable' })
    expect([tokens, calls().length]).toEqual([2, 2])
  })

  test.each([
    [401, {}],
    [500, 'oops'],
    [200, {}],
    [200, { access_token: 7 }],
  ])('none is given (%i %j): nothing was sent, and it is tried anew the next time', async (code, body) => {
    const gives = stub.answer
    stub.answer = (_, response) => says(response, code, body)
    expect(await momo.createPayOut(withdrawal())).toMatchObject({ outcome: 'unavailable' })
    expect(calls()).toEqual([])
    stub.answer = gives
    expect(await momo.createPayOut(withdrawal())).toMatchObject({ outcome: 'told' })
  })
})

describe('callbacks', () => {
  const token = 'a6f6d8b0-19c6-4a09-8a4e-4f2f6e0c1b33'
  const verify = (path: string, body: unknown) =>
    momo.verify(
      { path, headers: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) },
      0,
    )

  test('one says what to ask about, and no more', () => {
    const body = { ...status(), externalId: token, amount: '999999' }
    expect(verify(`${callback_token}/pay_out`, body)).toEqual({
      event_id: `pay_out:${token}:SUCCESSFUL`,
      type: 'pay_out.successful',
      about: [{ kind: 'pay_out', provider_id: token, our_reference: null }],
    })
    expect(verify(`${callback_token}/pay_out`, { ...body, reason: 'again' })).toMatchObject({
      event_id: `pay_out:${token}:SUCCESSFUL`,
    })
  })

  test.each([
    ['', status({ externalId: token }), 'forged'],
    ['pay_out', status({ externalId: token }), 'forged'],
    ['guessed/pay_out', status({ externalId: token }), 'forged'],
    [`${callback_token}x/pay_out`, status({ externalId: token }), 'forged'],
    [callback_token, status({ externalId: token }), 'malformed'],
    [`${callback_token}/wallet`, status({ externalId: token }), 'malformed'],
    [`${callback_token}/pay_out/x`, status({ externalId: token }), 'malformed'],
    [`${callback_token}/pay_out`, status({ externalId: 'rp_01' }), 'malformed'],
    [`${callback_token}/pay_out`, status({ externalId: token, status: 'a b' }), 'malformed'],
    [`${callback_token}/pay_out`, 'hello', 'malformed'],
  ])('%s %j is refused', (path, body, refused) => {
    expect(verify(path, body)).toEqual({ refused })
  })

  test('while the word is changed, both are right and the new one is given out; afterwards one is', async () => {
    const withWords = (words: string) =>
      openMomo(momoAt(stub.url, { MOMO_TARGET_ENVIRONMENT: 'mtnrwanda', MOMO_CALLBACK_TOKEN: words }), place)
    const came = (word: string) => ({
      path: `${word}/pay_out`,
      headers: {},
      body: Buffer.from(JSON.stringify({ ...status(), externalId: token })),
    })
    const changing = withWords(`the-next-word, ${callback_token}`)
    for (const word of ['the-next-word', callback_token])
      expect(changing.verify(came(word), 0)).toMatchObject({ type: 'pay_out.successful' })
    expect(changing.verify(came(`the-next-word,${callback_token}`), 0)).toEqual({ refused: 'forged' })
    await changing.createPayOut(withdrawal())
    expect(stub.seen.map(({ headers }) => headers['x-callback-url'])).toContain(
      'http://127.0.0.1:9/webhooks/momo/the-next-word/pay_out',
    )
    expect(withWords('the-next-word').verify(came(callback_token), 0)).toEqual({ refused: 'forged' })
  })

  test('where none are wanted, none are believed', () => {
    const settings = { ...momoAt(stub.url), callback_url: null, callback_tokens: [] }
    const silent = openMomo(settings, place)
    const body = Buffer.from(JSON.stringify(status({ externalId: token })))
    expect(silent.verify({ path: '/pay_out', headers: {}, body }, 0)).toEqual({ refused: 'forged' })
  })
})
