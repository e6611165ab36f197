// PayMongo on the wire: every answer that it documents, and those that nobody promised, as outcomes of ours.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { around } from './runtime.ts'
import { paymongoAt, paymongo_key } from './settings.ts'
import { says, startStub, type Stub } from './stub.ts'
import { payIn, payOut, refund, unanswered } from './wanted.ts'
import type { Provider } from '../../src/payments/providers/port.ts'
import { openPaymongo } from '../../src/payments/providers/paymongo/provider.ts'

let stub: Stub
let paymongo: Provider
beforeEach(async () => {
  stub = await startStub()
  paymongo = openPaymongo(paymongoAt(stub.url), around())
})
afterEach(() => stub.close())

const errors = (code: string, detail = 'So it is.') => ({ errors: [{ code, detail }] })
const session = (attributes: object = {}) => ({
  data: {
    id: 'cs_1',
    type: 'checkout_session',
    attributes: {
      status: 'active',
      checkout_url: 'https://checkout.paymongo.com/cs_1#cGs',
      line_items: [{ amount: 5_000_000, currency: 'PHP', quantity: 1 }],
      payments: [],
      payment_intent: null,
      metadata: { holdfast_reference: 'ref_x' },
      created_at: 1_763_600_003,
      ...attributes,
    },
  },
})
const payment = (attributes: object = {}) => ({
  id: 'pay_1',
  type: 'payment',
  attributes: {
    amount: 5_000_000,
    currency: 'PHP',
    status: 'paid',
    fee: 111_500,
    paid_at: 1_763_600_010,
    ...attributes,
  },
})

describe('the outcome of a create', () => {
  test.each([
    [400, errors('parameter_below_minimum'), 'refused', 'parameter_below_minimum'],
    [400, errors('allowed_amount_exceeded'), 'refused', 'allowed_amount_exceeded'],
    [400, '', 'refused', 'http_400'],
    [402, errors('payment_failed'), 'refused', 'payment_failed'],
    [404, errors('resource_not_found'), 'refused', 'resource_not_found'],
    [404, '', 'unavailable', 'http_404'],
    [401, errors('api_key_required'), 'unavailable', 'api_key_required'],
    [403, errors('not_permitted'), 'unavailable', 'not_permitted'],
    [429, 'Too many requests, please try again later.', 'unavailable', 'http_429'],
    [400, errors('too_many_requests'), 'unavailable', 'too_many_requests'],
    [409, errors('idempotency_in_progress'), 'unknown', 'idempotency_in_progress'],
    [409, errors('something_else'), 'unknown', 'something_else'],
    [400, errors('idempotency_key_mismatch'), 'unknown', 'idempotency_key_mismatch'],
    [400, errors('rejected', 'This Idempotency-Key was used before.'), 'unknown', 'rejected'],
    [400, errors('provider_processing_error'), 'unknown', 'provider_processing_error'],
    [400, errors('internal_server_error'), 'unknown', 'internal_server_error'],
    [408, '', 'unknown', 'http_408'],
    [418, '', 'unknown', 'http_418'],
    [500, errors('internal_server_error'), 'unknown', 'internal_server_error'],
    [500, '<html>oops</html>', 'unknown', 'http_500'],
    [502, '', 'unknown', 'http_502'],
    [503, 'later', 'unknown', 'http_503'],
    [200, 'hello', 'unknown', 'malformed_answer'],
    [200, {}, 'unknown', 'malformed_answer'],
    [200, { data: { id: 7, attributes: [] } }, 'unknown', 'malformed_answer'],
    [200, session({ line_items: [{ amount: 50_000.5, currency: 'PHP' }] }), 'unknown', 'malformed_answer'],
    [200, session({ line_items: [{ amount: '5000000', currency: 'PHP' }] }), 'unknown', 'malformed_answer'],
    [200, session({ line_items: [{ amount: 2 ** 53, currency: 'PHP' }] }), 'unknown', 'malformed_answer'],
  ])('%i %j is %s, %s', async (status, body, outcome, code) => {
    stub.answer = (_, response) => says(response, status, body)
    expect(await paymongo.createPayIn(payIn())).toMatchObject({
      outcome,
      code: code === 'http_429' ? 'too_many_requests' : code,
    })
  })

  test.each([200, 201, 202])('any success is one: %i', async (status) => {
    stub.answer = (_, response) => says(response, status, session())
    expect(await paymongo.createPayIn(payIn())).toMatchObject({
      outcome: 'told',
      value: { provider_id: 'cs_1', state: 'pending', amount: 5_000_000n, currency: 'PHP', settled_id: null },
    })
  })

  test('an answer that never comes is unknown, once', async () => {
    stub.answer = () => undefined
    expect(await paymongo.createRefund(refund('pay_1'))).toMatchObject({
      outcome: 'unknown',
      code: 'timeout',
    })
    expect(stub.seen).toHaveLength(1)
  })

  test('a key in the answer goes no further', async () => {
    const basic = Buffer.from(`${paymongo_key}:`).toString('base64')
    stub.answer = (_, response) => says(response, 401, errors('bad', `${paymongo_key} and ${basic}`))
    expect(await paymongo.createPayIn(payIn())).toMatchObject({ reason: '[secret] and [secret]' })
  })
})

describe('the outcome of asking', () => {
  const sought = { ...unanswered(payIn()), provider_id: 'cs_1' }

  test.each([
    [400, errors('parameter_invalid'), 'unavailable'],
    [401, errors('api_key_required'), 'unavailable'],
    [404, errors('resource_not_found'), 'not_found'],
    [404, '', 'unavailable'],
    [429, 'Too many requests, please try again later.', 'unavailable'],
    [500, 'oops', 'unavailable'],
    [200, 'hello', 'unavailable'],
    [200, { data: { id: 'cs_1' } }, 'unavailable'],
  ])('%i %j is %s: no refusal of the payment, no failure', async (status, body, outcome) => {
    stub.answer = (_, response) => says(response, status, body)
    for (const kind of ['pay_in', 'refund', 'pay_out'] as const) {
      expect(await paymongo.find(kind, sought)).toMatchObject({ outcome })
    }
  })

  test.each([
    ['open', {}, 'pending', null],
    ['paid', { payments: [payment()] }, 'succeeded', 'pay_1'],
    ['paid, wrapped once more', { payments: [{ data: payment() }] }, 'succeeded', 'pay_1'],
    [
      'paid, told by its intent alone',
      { payment_intent: { attributes: { status: 'succeeded', payments: [payment()] } } },
      'succeeded',
      'pay_1',
    ],
    [
      'paid after a card was declined',
      { payments: [payment({ status: 'failed' }), payment()] },
      'succeeded',
      'pay_1',
    ],
    ['paid and yet expired', { status: 'expired', payments: [payment()] }, 'succeeded', 'pay_1'],
    [
      'declined, and still open',
      { payments: [payment({ status: 'failed', failed_code: 'do_not_honor' })] },
      'pending',
      null,
    ],
    ['expired', { status: 'expired' }, 'expired', null],
    [
      'expired while a payment is under way',
      { status: 'expired', payment_intent: { attributes: { status: 'processing' } } },
      'pending',
      null,
    ],
    [
      'expired while the payer is at the bank',
      { status: 'expired', payment_intent: { attributes: { status: 'awaiting_next_action' } } },
      'pending',
      null,
    ],
    [
      'expired after the bank said no',
      { status: 'expired', payment_intent: { attributes: { status: 'awaiting_payment_method' } } },
      'expired',
      null,
    ],
    ['paid by its own word alone', { status: 'paid' }, 'pending', null],
    ['in a state that we do not know', { status: 'archived' }, 'unknown', null],
  ])('a session %s', async (_, attributes, state, settled_id) => {
    stub.answer = (_seen, response) => says(response, 200, session(attributes))
    const reply = await paymongo.find('pay_in', sought)
    expect(reply).toMatchObject({ value: { provider_id: 'cs_1', state, settled_id, amount: 5_000_000n } })
  })

  test('what a payment says of itself counts, not what was asked for', async () => {
    const other = payment({ amount: 4_999_999, currency: 'USD' })
    stub.answer = (_, response) => says(response, 200, session({ payments: [other] }))
    expect(await paymongo.find('pay_in', sought)).toMatchObject({
      value: { amount: 4_999_999n, currency: 'USD', fee: 111_500n, settled_ms: 1_763_600_010_000 },
    })
  })

  test.each(['pending', 'processing', 'succeeded', 'failed', 'Succeeded', 'reversed', ''])(
    'a transfer and a refund that are "%s"',
    async (status) => {
      const known: Record<string, string> = {
        pending: 'pending',
        processing: 'pending',
        succeeded: 'succeeded',
        failed: 'failed',
      }
      const state = known[status.toLowerCase()] ?? 'unknown'
      const fields = { amount: 1, currency: 'PHP', status, provider_error_code: 'AC01' }
      for (const [kind, data] of [
        ['pay_out', { id: 'tr_1', ...fields }],
        ['pay_out', { id: 'tr_1', attributes: fields }],
        ['refund', { id: 'ref_1', attributes: fields }],
      ] as const) {
        stub.answer = (_, response) => says(response, 200, { data })
        expect(await paymongo.find(kind, sought)).toMatchObject({ value: { state, status } })
      }
    },
  )
})

describe('where a person is sent', () => {
  test.each([
    ['https://checkout.paymongo.com/cs_1#x', 'https://checkout.paymongo.com/cs_1#x'],
    ['http://127.0.0.1:4601/checkout/cs_1', 'http://127.0.0.1:4601/checkout/cs_1'],
    ['http://checkout.paymongo.com/cs_1', null],
    ['javascript:alert(1)', null],
    ['data:text/html,x', null],
    ['https://user:pass@checkout.paymongo.com/', null],
    ['//checkout.paymongo.com/', null],
    ['', null],
    [7, null],
  ])('%s', async (checkout_url, passed_on) => {
    stub.answer = (_, response) => says(response, 200, session({ checkout_url }))
    expect(await paymongo.createPayIn(payIn())).toMatchObject({ value: { checkout_url: passed_on } })
  })
})

describe('what is sent', () => {
  test('a pay-in: the key, the token, centavos, our ids', async () => {
    stub.answer = (_, response) => says(response, 200, session())
    const wanted = payIn({ method: 'maya' })
    await paymongo.createPayIn(wanted)
    const [seen] = stub.seen
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/below/v2/checkout_sessions',
      headers: {
        authorization: `Basic ${Buffer.from(`${paymongo_key}:`).toString('base64')}`,
        'idempotency-key': wanted.token,
        'content-type': 'application/json',
      },
    })
    expect(JSON.parse(seen?.body ?? '')).toMatchObject({
      data: {
        attributes: {
          line_items: [{ amount: 5_000_000, currency: 'PHP', quantity: 1 }],
          payment_method_types: ['paymaya'],
          reference_number: wanted.our_reference,
          metadata: { holdfast_reference: wanted.our_reference, holdfast_token: wanted.token },
        },
      },
    })
  })

  test('nothing, for a method that it does not serve', async () => {
    expect(await paymongo.createPayIn(payIn({ method: 'mobile_money' }))).toMatchObject({
      outcome: 'refused',
    })
    expect(stub.seen).toEqual([])
  })
})

describe('a transfer', () => {
  const institution = (bic: string) => ({ id: `ri_${bic}`, attributes: { name: bic, bic } })
  const wallet = { is_default: true, account: { account_number: '000000000001', account_name: 'SANDBOX' } }

  beforeEach(() => {
    stub.answer = ({ path, body }, response) => {
      if (path.endsWith('provider=instapay')) {
        says(response, 200, { data: [institution('BNORPHMMXXX'), institution('GXCHPHM2XXX')] })
      } else if (path.endsWith('provider=pesonet'))
        says(response, 200, { data: [institution('BNORPHMMXXX')] })
      else if (path.endsWith('/wallets'))
        says(response, 200, { data: [{ ...wallet, is_default: false }, wallet] })
      else {
        const { transfers } = JSON.parse(body) as { transfers: object[] }
        says(response, 201, { data: { transfers: [{ ...transfers[0], id: 'tr_1', status: 'pending' }] } })
      }
    }
  })
  const sent = () => JSON.parse(stub.seen.at(-1)?.body ?? '').transfers[0] as Record<string, unknown>

  test.each([
    [1n, 'bank_transfer', 'instapay', 'BNORPHMMXXX'],
    [5_000_000n, 'bank_transfer', 'instapay', 'BNORPHMMXXX'],
    [5_000_001n, 'bank_transfer', 'pesonet', 'BNORPHMMXXX'],
    [1_000_000_000n, 'bank_transfer', 'pesonet', 'BNORPHMMXXX'],
    [5_000_000n, 'gcash', 'instapay', 'GXCHPHM2XXX'],
  ] as const)('of %s centavos by %s goes over %s', async (amount, method, rail, bic) => {
    const wanted = payOut({ amount, method, our_reference: 'wdr_01-AB' })
    expect(await paymongo.createPayOut(wanted)).toMatchObject({
      outcome: 'told',
      value: { provider_id: 'tr_1', our_reference: 'wdr_01-AB', amount, state: 'pending' },
    })
    expect(sent()).toMatchObject({
      provider: rail,
      amount: Number(amount),
      reference_number: 'wdr 01 ab',
      source_account: { number: '000000000001', name: 'SANDBOX', bic: 'PAEYPHM2XXX' },
      destination_account: { number: '999999990001', name: 'Test Seller', bic },
    })
    expect(stub.seen.at(-1)?.headers['idempotency-key']).toBe(wanted.token)
  })

  test.each([
    [1_000_000_001n, 'bank_transfer', 'BNORPHMMXXX', 'amount_above_rail'],
    [5_000_001n, 'gcash', null, 'amount_above_rail'],
    [1n, 'bank_transfer', 'NOSUCHBANK', 'institution_unknown'],
    [1n, 'bank_transfer', null, 'institution_missing'],
  ] as const)('of %s centavos by %s to %s is never sent', async (amount, method, institution, code) => {
    const destination = { number: '1', name: 'X', institution }
    expect(await paymongo.createPayOut(payOut({ amount, method, destination }))).toMatchObject({
      outcome: 'refused',
      code,
    })
    expect(stub.seen.some(({ method }) => method === 'POST')).toBe(false)
  })

  test('the institutions and the wallet are asked for once an hour, however many wait', async () => {
    const place = around()
    const provider = openPaymongo(paymongoAt(stub.url), place)
    await Promise.all(Array.from({ length: 20 }, () => provider.createPayOut(payOut())))
    const asked = () => stub.seen.filter(({ method }) => method === 'GET').length
    expect(asked()).toBe(3)
    place.now_ms += 3_600_000
    await provider.createPayOut(payOut())
    expect(asked()).toBe(6)
  })

  test.each([400, 404, 500])('when it will not name them (%i), nothing was sent', async (status) => {
    stub.answer = (_, response) => says(response, status, errors('resource_not_found'))
    expect(await paymongo.createPayOut(payOut())).toMatchObject({ outcome: 'unavailable' })
    expect(stub.seen.some(({ method }) => method === 'POST')).toBe(false)
  })
})

describe('lists', () => {
  const paid = (n: number) => ({ ...payment({ created_at: n }), id: `pay_${n}` })

  test.each([
    ['newest first', [50, 40, 30, 20, 10]],
    ['oldest first', [10, 20, 30, 40, 50]],
  ])('%s: all in the window, and no page beyond it', async (_, times) => {
    stub.answer = ({ path }, response) => {
      const after = /after=pay_(\d+)/.exec(path)?.[1]
      const from = after === undefined ? 0 : times.indexOf(Number(after)) + 1
      const data = times.slice(from, from + 2).map(paid)
      says(response, 200, { data, has_more: from + 2 < times.length })
    }
    const found: string[] = []
    let cursor: string | null = null
    do {
      // oxlint-disable-next-line no-await-in-loop -- a page names where the next begins
      const reply = await paymongo.list('pay_in', 20_000, 41_000, cursor)
      if (reply.outcome !== 'told') throw new Error(reply.code)
      found.push(...reply.value.payments.map(({ provider_id }) => provider_id))
      cursor = reply.value.cursor
    } while (cursor !== null)
    expect(found.toSorted()).toEqual(['pay_20', 'pay_30', 'pay_40'])
  })

  test('one payment that cannot be read spoils the list: it must not look like a missing one', async () => {
    stub.answer = (_, response) => says(response, 200, { data: [paid(1), { id: 'pay_2' }], has_more: false })
    expect(await paymongo.list('pay_in', 0, 9_000_000, null)).toMatchObject({ outcome: 'unavailable' })
  })

  test('a refund without an answer is found among those of its payment, also on a later page', async () => {
    const wanted = refund('pay_1')
    const one = (id: string, token: string) => ({
      id,
      attributes: { amount: 1_000, currency: 'PHP', status: 'pending', metadata: { holdfast_token: token } },
    })
    stub.answer = ({ path }, response) =>
      path.includes('after=ref_1')
        ? says(response, 200, { data: [one('ref_2', wanted.token)], has_more: false })
        : says(response, 200, { data: [one('ref_1', 'another')], has_more: true })
    expect(await paymongo.find('refund', unanswered(wanted))).toMatchObject({
      value: { provider_id: 'ref_2' },
    })
    expect(await paymongo.find('refund', unanswered(refund('pay_1')))).toMatchObject({ outcome: 'not_found' })
    stub.answer = (_, response) => says(response, 200, { data: [one('ref_1', 'another')], has_more: true })
    expect(await paymongo.find('refund', unanswered(wanted))).toMatchObject({ outcome: 'unavailable' })
  })
})
