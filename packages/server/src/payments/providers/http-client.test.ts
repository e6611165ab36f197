// The line to a provider against a server that misbehaves: every failure is a value, and says whether anything can have happened.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '../../platform/config/secret.ts'
import { around } from '../../../test/payments/runtime.ts'
import { says, startStub, type Stub } from '../../../test/payments/stub.ts'
import {
  answer_bytes_max,
  backoff,
  backoff_ms_max,
  backoff_ms_min,
  call_attempts_max,
  openHttpClient,
  type Answered,
} from './http-client.ts'

let stub: Stub
beforeEach(async () => {
  stub = await startStub()
})
afterEach(() => stub.close())

const get = { method: 'GET', path: ['v1', 'payments', 'pay_1'], headers: {} } as const
const isBusy = ({ status }: Answered) => status === 429 || status === 409
const lineTo = (url: URL, place = around()) =>
  openHttpClient({ ...place, url, secrets: [new Secret('sk_test_x')] })

describe('calls go below the address', () => {
  test('whatever stands in a part or a query, it stays one part', async () => {
    await lineTo(stub.url).call(
      { ...get, path: ['v1', '../../../admin?x=1#y', 'a b', ''], query: { after: 'a&b=c' } },
      isBusy,
    )
    expect(stub.seen[0]?.path).toBe('/below/v1/..%2F..%2F..%2Fadmin%3Fx%3D1%23y/a%20b/?after=a%26b%3Dc')
  })

  test.each(['.', '..', ''])('a part "%s" that would lead elsewhere is a mistake of ours', async (part) => {
    await expect(lineTo(stub.url).call({ ...get, path: ['v1', part, 'x'] }, isBusy)).rejects.toThrow(
      /part of a path/,
    )
    expect(stub.seen).toEqual([])
  })

  test.each([301, 302, 303, 307, 308])('a redirect with %i is not followed', async (status) => {
    const elsewhere = await startStub()
    stub.answer = (_, response) => says(response, status, {}, { location: elsewhere.url.href })
    for (const method of ['GET', 'POST'] as const) {
      const heard = await lineTo(stub.url).call({ ...get, method }, isBusy)
      expect(heard).toMatchObject({ sent: true, code: 'redirected' })
    }
    expect(elsewhere.seen).toEqual([])
    await elsewhere.close()
  })
})

describe('what was not answered', () => {
  test('nobody listens: nothing was sent', async () => {
    await stub.close()
    const heard = await lineTo(stub.url).call({ ...get, method: 'POST', body: {} }, isBusy)
    expect(heard).toMatchObject({ sent: false, code: 'econnrefused' })
  })

  test.each([
    ['silence', () => undefined, 'timeout'],
    ['a body that never ends', (r) => r.writeHead(200).write('{'), 'timeout'],
    ['a connection that breaks', (r) => r.destroy(), 'und_err_socket'],
    [
      'a body that breaks off',
      (r) => {
        r.writeHead(200, { 'content-length': '100' }).write('{')
        setImmediate(() => r.destroy())
      },
      'und_err_socket',
    ],
    [
      'an answer without end',
      (r) => r.writeHead(200).end('x'.repeat(answer_bytes_max + 1)),
      'answer_too_large',
    ],
  ] as const satisfies [string, (r: Parameters<Stub['answer']>[1]) => unknown, string][])(
    '%s: it may have arrived',
    async (_, answer, code) => {
      stub.answer = (_seen, response) => void answer(response)
      const heard = await lineTo(stub.url).call({ ...get, method: 'POST', body: {} }, isBusy)
      expect(heard).toMatchObject({ sent: true, code })
      expect(stub.seen).toHaveLength(1)
    },
  )

  test('the largest answer is read whole', async () => {
    const text = JSON.stringify('x'.repeat(answer_bytes_max - 2))
    stub.answer = (_, response) => says(response, 200, text)
    expect(await lineTo(stub.url, around(5_000)).call(get, isBusy)).toMatchObject({ status: 200, text })
  })
})

describe('the provider is busy', () => {
  test('it is asked again, later and later, and not for ever', async () => {
    const place = around()
    stub.answer = (_, response) => says(response, 429, 'Too many requests, please try again later.')
    const heard = await lineTo(stub.url, place).call(get, isBusy)
    expect(heard).toMatchObject({ status: 429, json: undefined })
    expect(stub.seen).toHaveLength(call_attempts_max)
    expect(place.waited).toEqual([250, 500, 1_000])
  })

  test('with the same body and headers each time', async () => {
    stub.answer = (_, response) =>
      stub.seen.length < 3 ? says(response, 429, '') : says(response, 200, { ok: 1 })
    const call = { ...get, method: 'POST', body: { amount: 1 }, headers: { 'idempotency-key': 'k' } } as const
    expect(await lineTo(stub.url).call(call, isBusy)).toMatchObject({ status: 200, json: { ok: 1 } })
    const sent = stub.seen.map(({ body, headers }) => [body, headers['idempotency-key']])
    expect(sent).toEqual(Array.from({ length: 3 }, () => ['{"amount":1}', 'k']))
  })

  test('busy with this very call, and then gone: it may have happened', async () => {
    const place = around()
    stub.answer = (_, response) => says(response, 409, {})
    const line = openHttpClient({
      ...place,
      url: stub.url,
      secrets: [],
      wait: () => stub.close(),
    })
    expect(await line.call({ ...get, method: 'POST', body: {} }, isBusy)).toMatchObject({ sent: true })
  })

  test('waiting has bounds, whatever the dice say', () => {
    for (const jitter of [0, 0.5, 1]) {
      for (const attempt of [1, 2, 5, 50]) {
        expect(backoff(attempt, jitter)).toBeGreaterThanOrEqual(backoff_ms_min / 2)
        expect(backoff(attempt, jitter)).toBeLessThanOrEqual(backoff_ms_max)
      }
    }
  })
})

test('a refusal that repeats our key does not carry it further', async () => {
  stub.answer = (_, response) => says(response, 401, { errors: [{ detail: 'The key sk_test_x is wrong.' }] })
  const heard = await lineTo(stub.url).call(get, isBusy)
  expect(JSON.stringify(heard)).toContain('The key [secret] is wrong.')
  expect(JSON.stringify(heard)).not.toContain('sk_test_x')
})
