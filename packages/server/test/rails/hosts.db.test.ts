// Nobody makes the engine call a host inside: not by a field of a request, not by an event, not by an answer of the provider itself.
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPaymongo } from '../../src/payments/providers/paymongo/provider.ts'
import { startEngine, type Engine, type Json } from '../fixtures/engine.ts'
import { around } from '../payments/runtime.ts'
import { callback_token, momoAt, new_secret, paymongoAt } from '../payments/settings.ts'
import { paymongoEvent, signedBy } from '../payments/signed-event.ts'
import { says, startStub, type Seen, type Stub } from '../payments/stub.ts'
import { payIn } from '../payments/wanted.ts'
import { until as untilSo } from '../fixtures/patience.ts'

/** Where the providers are, as the configuration says. */
let provider: Stub
/** Somebody on this machine whom nobody outside may make us call. */
let inside: Stub
let engine: Engine

beforeAll(async () => {
  provider = await startStub()
  inside = await startStub()
  engine = await startEngine({
    config: { paymongo: paymongoAt(provider.url), momo: momoAt(provider.url, { MOMO_CURRENCY: 'RWF' }) },
  })
  provider.answer = ordinary
})
afterAll(async () => {
  await engine.stop()
  await provider.close()
  // Of the whole story.
  expect(inside.seen).toEqual([])
  await inside.close()
})

/** All that providers are ever asked: paths below the address of the configuration, each part of them one part. */
const part = '[^/?#]+'
const asked_for = [
  'POST /below/v2/(checkout_sessions|batch_transfers)',
  `GET /below/v1/(checkout_sessions|payment_intents|payments|refunds)/${part}`,
  `POST /below/v1/(checkout_sessions/${part}/expire|payment_intents/${part}/cancel|refunds)`,
  `GET /below/v2/transfers/${part}(\\?provider=[a-z]+)?`,
  `GET /below/v2/transfers\\?reference_number=[^/?#]*&limit=100`,
  'GET /below/v2/wallets',
  'POST /below/(collection|disbursement)/token/',
  'POST /below/(collection|disbursement)/v1_0/(requesttopay|refund|transfer)',
  'GET /below/(collection|disbursement)/v1_0/(requesttopay|refund|transfer)/[0-9a-f-]{36}',
].map((pattern) => new RegExp(`^${pattern}$`))

function expectOnlyPathsBelow(seen: readonly Seen[]): void {
  const calls = seen.map(({ method, path }) => `${method} ${path}`)
  expect(calls.filter((call) => !asked_for.some((pattern) => pattern.test(call)))).toEqual([])
  // And nobody on the way reads them as another path.
  for (const { path } of seen) expect(new URL(path, provider.url).href).toBe(`${provider.url.origin}${path}`)
}

/** PayMongo's session as it answers a create; MTN's token and 202. */
function ordinary({ method, path, body }: Seen, response: ServerResponse): void {
  if (path.endsWith('/token/')) return says(response, 200, { access_token: 'bearer', expires_in: 3_600 })
  if (path.includes('_0/')) return says(response, method === 'POST' ? 202 : 200, {})
  if (method === 'POST' && path.endsWith('/checkout_sessions'))
    return says(response, 200, session({ body, id: `cs_${randomUUID()}` }))
  says(response, 404, { errors: [{ code: 'resource_not_found', detail: 'No such thing.' }] })
}

function session({ body, ...change }: Json & { body: string }): Json {
  const { id, checkout_url = 'https://checkout.paymongo.com/cs_1' } = change
  const { line_items, metadata } = (JSON.parse(body) as Json)['data']['attributes']
  const attributes = { status: 'active', checkout_url, line_items, metadata, payments: [] }
  return { data: { id, type: 'checkout_session', attributes } }
}

const until = (is: () => boolean | Promise<boolean>, what: string) =>
  untilSo(is, Boolean, what).catch((error: unknown) => {
    throw new Error(`${what}: ${JSON.stringify(provider.seen.slice(-5))}`, { cause: error })
  })

const topUp = (change: Json, currency = 'PHP', headers = {}) => {
  const party = `p-${randomUUID().slice(0, 8)}`
  const body = { amount: 5_000, method: 'gcash', ...change }
  return engine.ask(`/v1/wallets/${party}/${currency}/top-ups`, { party, body, headers })
}

test('no field of a request names whom we call: what is not known is refused, and the way back is only passed on', async () => {
  const { host, href } = inside.url
  for (const unknown of [
    'provider_url',
    'base_url',
    'callback_url',
    'webhook_url',
    'host',
    'url',
    'provider',
  ])
    expect((await topUp({ [unknown]: href })).status).toBe(400)
  const runs = ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'gopher://x/', `//${host}/`]
  for (const url of [...runs, ` ${href}`, `${href}\r\nX: y`, ''])
    expect([url, (await topUp({ success_url: url, cancel_url: url })).status]).toEqual([url, 400])
  expect(provider.seen).toEqual([])

  const passed_on = [
    href,
    `http://user:word@${host}/`,
    'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/',
  ]
  for (const url of passed_on) {
    const { status, text } = await topUp({ success_url: url, cancel_url: url })
    expect([status, text.includes(url)]).toEqual([201, false])
    const { attributes } = (JSON.parse(provider.seen.at(-1)?.body ?? '') as Json)['data']
    expect([attributes['success_url'], attributes['cancel_url']]).toEqual([url, url])
  }
  expectOnlyPathsBelow(provider.seen)
})

test('MTN calls back where the configuration says, whatever host a request came to', async () => {
  const { host } = inside.url
  const from = provider.seen.length
  const phone = { method: 'mobile_money', mobile_number: '250788123456' }
  const headers = { 'x-forwarded-host': host, forwarded: `host=${host}`, 'x-callback-url': inside.url.href }
  expect((await topUp(phone, 'RWF', headers)).status).toBe(201)
  const made = provider.seen.slice(from).find(({ path }) => path.endsWith('/requesttopay'))
  expect(made?.headers['x-callback-url']).toBe(`http://127.0.0.1:9/webhooks/momo/${callback_token}/pay_in`)
  for (const mobile_number of ['../../../x', '250788123456/../..', `@${host}`, '250788 123456'])
    expect((await topUp({ ...phone, mobile_number }, 'RWF')).status).toBe(400)
  expectOnlyPathsBelow(provider.seen)
})

/** What somebody would call a payment who wants us to ask elsewhere. */
const elsewhere = (): readonly string[] => {
  const { host, href } = inside.url
  const paths = [
    '../../v2/wallets',
    'pay_1/../../../v2/wallets',
    'pi_1/../..',
    '..\\..\\v2',
    '..;/x',
    '.../x',
  ]
  const encoded = [
    '%2e%2e',
    '%2e%2e%2fx',
    '..%252f..',
    'pay_1?expand=keys',
    'pay_1#x',
    'pay_1&x=y',
    'pay_1 x',
  ]
  const hosts = [
    href,
    `//${host}/x`,
    `@${host}`,
    `:@${host}`,
    `http:${host}`,
    '/',
    '\\',
    '／／x',
    'pay_\r\nHost: x',
  ]
  return [...paths, ...encoded, ...hosts]
}

test('an event that is signed, and whose ids lead elsewhere: each stays one part of a path of its own provider', async () => {
  const from = provider.seen.length
  const types = { payment: 'pay_in', checkout_session: 'pay_in', refund: 'refund' } as const
  for (const id of elsewhere())
    for (const type of Object.keys(types)) {
      const { body, headers } = paymongoEvent({ resource: { type, id } })
      // oxlint-disable-next-line no-await-in-loop -- one after another
      const { status } = await engine.ask('/v1/providers/paymongo/events', { key: null, body, headers })
      expect([id, status]).toEqual([id, 200])
    }
  for (const id of ['', '.', '..', 'x'.repeat(256)]) {
    const { body, headers } = paymongoEvent({ resource: { type: 'payment', id } })
    // oxlint-disable-next-line no-await-in-loop -- one after another
    await engine.ask('/v1/providers/paymongo/events', { key: null, body, headers })
  }
  const outward = elsewhere().map((transfer_id) => ({
    data: {
      id: `evt_${randomUUID()}`,
      attributes: {
        type: 'transfer.outward.failed',
        livemode: false,
        data: { id: 'x', attributes: { transfer_id } },
      },
    },
  }))
  for (const event of outward) {
    const body = JSON.stringify(event)
    const headers = signedBy(new_secret, body)
    // oxlint-disable-next-line no-await-in-loop -- one after another
    expect((await engine.ask('/v1/providers/paymongo/events', { key: null, body, headers })).status).toBe(200)
  }
  const pathOf = (id: string) => `/${encodeURIComponent(id)}`
  const isAsked = (id: string, what: RegExp) =>
    provider.seen.slice(from).some(({ path }) => path.endsWith(pathOf(id)) && what.test(path))
  await until(
    () => elsewhere().every((id) => isAsked(id, /\/v1\//) && isAsked(id, /\/v2\/transfers\//)),
    'each is asked about',
  )
  expectOnlyPathsBelow(provider.seen)
})

test('callbacks of MTN name a payment of ours or nothing', async () => {
  const from = provider.seen.length
  for (const externalId of [...elsewhere(), '', '.', '..', randomUUID().toUpperCase()])
    for (const kind of ['pay_in', 'refund', 'pay_out', '..', '%2e%2e%2fpay_in']) {
      const path = `/v1/providers/momo/events/${callback_token}/${kind}`
      // oxlint-disable-next-line no-await-in-loop -- one after another
      const { status } = await engine.ask(path, { key: null, body: { externalId, status: 'SUCCESSFUL' } })
      // A path that leads elsewhere is another address, which knows no such key.
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    }
  expect(provider.seen.slice(from).filter(({ path }) => path.includes('_0/'))).toEqual([])
})

test('a provider that redirects is not followed, however it says so', async () => {
  const { href } = inside.url
  const places = [
    href,
    'http://169.254.169.254/latest/meta-data/',
    'http://localhost/',
    'file:///etc/passwd',
    '..',
  ]
  for (const status of [301, 302, 303, 307, 308])
    for (const location of places) {
      provider.answer = (_, response) => says(response, status, {}, { location, refresh: `0; url=${href}` })
      // oxlint-disable-next-line no-await-in-loop -- one after another
      const answer = await topUp({})
      expect([answer.status, answer.body['checkout_url']]).toEqual([201, null])
    }
  provider.answer = ordinary
  expectOnlyPathsBelow(provider.seen)
})

test('a provider whose own answers lead elsewhere: its ids stay one part, and nobody is sent to its address', async () => {
  const { href } = inside.url
  const from = provider.seen.length
  for (const [n, id] of elsewhere().entries()) {
    const checkout_url = ['javascript:alert(1)', 'http://evil.test/', 'https://user:word@evil.test/', '//x/'][
      n % 4
    ]
    provider.answer = (seen, response) =>
      seen.method === 'POST' && seen.path.endsWith('/checkout_sessions')
        ? says(response, 200, {
            ...session({ ...seen, id, checkout_url }),
            redirect: href,
            links: { self: href },
          })
        : ordinary(seen, response)
    // oxlint-disable-next-line no-await-in-loop -- one after another
    const { status, body } = await topUp({})
    expect([id, status, body['checkout_url']]).toEqual([id, 201, null])
  }
  provider.answer = ordinary
  await engine.advance(3_600)
  for (const id of elsewhere())
    expect(provider.seen.slice(from).some(({ path }) => path.endsWith(`/${encodeURIComponent(id)}`))).toBe(
      true,
    )
  expectOnlyPathsBelow(provider.seen)
})

test('while money is real, nobody is sent to this machine to pay, nor anywhere in the open', async () => {
  // Live settings want https, which a server of this test is not.
  const live = openPaymongo({ ...paymongoAt(provider.url), live: true }, around())
  const places = [
    ['https://checkout.paymongo.com/cs_1', 'https://checkout.paymongo.com/cs_1'],
    ['http://checkout.paymongo.com/cs_1', null],
    [inside.url.href, null],
    ['https://127.0.0.1/cs_1', null],
    ['https://localhost/cs_1', null],
    ['https://[::1]/cs_1', null],
    ['javascript:alert(1)', null],
  ] as const
  for (const [checkout_url, passed_on] of places) {
    provider.answer = ({ body }, response) => says(response, 200, session({ body, id: 'cs_1', checkout_url }))
    // oxlint-disable-next-line no-await-in-loop -- one after another
    expect(await live.createPayIn(payIn())).toMatchObject({ value: { checkout_url: passed_on } })
  }
  provider.answer = ordinary
})
