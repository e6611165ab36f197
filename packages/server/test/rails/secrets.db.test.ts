// Whatever fails, and however much a provider repeats of what we told it: no secret of ours is in a log, an answer, an event, a row or a metric.
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Secret } from '../../src/platform/config/secret.ts'
import { fault_names } from '@holdfast/payment-emulator/fault.ts'
import * as emulated from '@holdfast/payment-emulator/keys.ts'
import { startEngine, type Engine, type Json } from '../fixtures/engine.ts'
import { momoAt, paymongoAt } from '../payments/settings.ts'
import { paymongoEvent } from '../payments/signed-event.ts'
import { says, startStub, type Seen, type Stub } from '../payments/stub.ts'
import { openStreet } from './fixture.ts'

const day_s = 86_400
const gcash = { mobile_number: '09171234567', account_name: 'Hana' }

/** Each says what it is, so that one that is found names the leak. */
const keys = {
  paymongo: 'sk_test_hush_paymongo_key',
  webhook_old: 'whsk_hush_old',
  webhook_new: 'whsk_hush_new',
  api_user: 'e0000000-0000-4000-8000-00000000aaaa',
  api_key: 'hush_momo_api_key',
  collection: 'hush_momo_collection',
  disbursement: 'hush_momo_disbursement',
  bearer: 'hush_momo_bearer',
  word: 'hush_momo_word',
  smtp_user: 'holdfast',
  smtp: 'hush_smtp_password',
} as const
const base64 = (text: string) => Buffer.from(text).toString('base64')
const hushed = [
  ...Object.entries(keys).flatMap(([name, text]) => (name.endsWith('_user') ? [] : [text, base64(text)])),
  base64(`${keys.paymongo}:`),
  base64(`${keys.api_user}:${keys.api_key}`),
  base64(`\0${keys.smtp_user}\0${keys.smtp}`),
]

/** Where a secret could come to light, by name: text of every kind that leaves the engine or stays with it. */
async function everywhere(engine: Engine, told: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { db } = engine.running
  const tables = await db.any<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name
     from information_schema.tables
     where table_type = 'BASE TABLE'
     and table_schema not in ('pg_catalog', 'information_schema', 'emulator')`,
  )
  const found = new Map<string, string>([
    ['the log', engine.log.join('\n')],
    ['answers', told.join('\n')],
    ['events', JSON.stringify(await engine.events())],
  ])
  for (const path of ['/metrics', '/openapi.json', '/v1/provider-payments?limit=100', '/v1/provider-events'])
    // oxlint-disable-next-line no-await-in-loop -- one after another
    found.set(path, (await engine.ask(path, { key: engine.admin })).text)
  for (const { name } of tables) {
    // oxlint-disable-next-line no-await-in-loop -- one after another
    const rows = await db.any<{ row: string }>(`select t::text as row from ${name} t`)
    found.set(`the table ${name}`, rows.map(({ row }) => row).join('\n'))
  }
  // Bytes are written as hex, and a body of an event is bytes.
  const bodies = await db.any<{ body: Buffer }>('select body from provider_events')
  return found.set('bodies of events', bodies.map(({ body }) => body.toString('utf8')).join('\n'))
}

async function expectHushed(
  engine: Engine,
  told: readonly string[],
  secrets: readonly string[],
): Promise<void> {
  const places = await everywhere(engine, told)
  expect(places.size).toBeGreaterThan(30)
  const leaks = [...places].flatMap(([place, text]) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${place}`),
  )
  expect(leaks).toEqual([])
}

/** Asks, and remembers what was answered. */
function listenTo(engine: Engine) {
  const told: string[] = []
  return {
    told,
    ask: async (...[path, asking]: Parameters<Engine['ask']>) => {
      const answer = await engine.ask(path, asking)
      told.push(answer.text, JSON.stringify([...answer.headers]))
      return answer
    },
  }
}

/** All that a provider was told, and what it can read in that, as it could repeat it. */
function repeated({ headers, path }: Seen): string {
  const { authorization = '' } = headers
  const told = ['ocp-apim-subscription-key', 'x-callback-url'].map((name) => headers[name] ?? '')
  const read = authorization.startsWith('Basic ')
    ? Buffer.from(authorization.slice(6), 'base64').toString()
    : ''
  return [authorization, read, ...told, path, JSON.stringify(headers)].join(' ')
}

const failures: Readonly<Record<string, (seen: Seen, response: ServerResponse) => unknown>> = {
  ...Object.fromEntries(
    [400, 401, 403, 404, 409, 422, 429, 500, 503].map((status) => [
      `${status}`,
      (seen: Seen, response: ServerResponse) => {
        const text = repeated(seen)
        says(response, status, { code: text, message: text, errors: [{ code: text, detail: text }] })
      },
    ]),
  ),
  'a code of theirs': (seen, response) => {
    const errors = [{ code: 'parameter_invalid', detail: repeated(seen) }]
    says(response, 400, { code: 'PAYER_NOT_FOUND', message: repeated(seen), errors })
  },
  'no JSON': (seen, response) => says(response, 500, repeated(seen)),
  'no JSON, and fine': (seen, response) => says(response, 200, repeated(seen)),
  'nothing that we know, and fine': (seen, response) => says(response, 200, { text: repeated(seen) }),
  'a redirect': (seen, response) =>
    says(response, 302, {}, { location: `http://127.0.0.1:9/${encodeURIComponent(repeated(seen))}` }),
  'a broken connection': (_, response) => response.destroy(),
}

/** Takes no login, and says what it was given. */
async function startGrumpyMail(): Promise<SMTPServer> {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authMethods: ['PLAIN', 'LOGIN'],
    allowInsecureAuth: true,
    logger: false,
    closeTimeout: 100,
    onAuth({ username, password }, _session, done) {
      const encoded = [base64(`\0${username}\0${password}`), base64(String(password))]
      done(new Error(`Not with ${password} of ${username}, ${encoded.join(', ')}`))
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return server
}

let provider: Stub
let mail: SMTPServer

beforeAll(async () => {
  provider = await startStub()
  mail = await startGrumpyMail()
})
afterAll(async () => {
  await provider.close()
  await new Promise<void>((resolve) => mail.close(resolve))
})

test('providers and a mail server that fail in every way, and repeat whatever they were told', async () => {
  const engine = await startEngine({
    config: {
      log_level: 'trace',
      paymongo: paymongoAt(provider.url, {
        PAYMONGO_SECRET_KEY: keys.paymongo,
        PAYMONGO_WEBHOOK_SECRETS: `${keys.webhook_new},${keys.webhook_old}`,
      }),
      momo: momoAt(provider.url, {
        MOMO_API_USER: keys.api_user,
        MOMO_API_KEY: keys.api_key,
        MOMO_COLLECTION_KEY: keys.collection,
        MOMO_DISBURSEMENT_KEY: keys.disbursement,
        MOMO_CURRENCY: 'RWF',
        MOMO_CALLBACK_TOKEN: keys.word,
      }),
      mail: {
        host: '127.0.0.1',
        port: (mail.server.address() as AddressInfo).port,
        tls: 'never',
        login: { user: keys.smtp_user, password: new Secret(keys.smtp) },
        from: 'pay@shop.test',
        name: 'Shop',
        operator: 'operator@shop.test',
      },
    },
  })
  const { told, ask } = listenTo(engine)
  const party = 'hana'
  await engine.topUp(party, 1_000_000, 'PHP')
  await ask(`/v1/contacts/${party}`, { method: 'PUT', body: { email: 'hana@shop.test' } })
  const withdraw = async () =>
    (
      await ask(`/api/wallet/${party}/withdraw`, {
        party,
        body: { amount: 10_000, currency: 'PHP', method: 'gcash', account_details: gcash },
      })
    ).body['id'] as string
  const first = await withdraw()
  await engine.advance(day_s)
  await ask(`/admin/withdrawals/${first}/reject`, { key: engine.admin, body: { reason: 'known by now' } })
  for (const [name, fail] of Object.entries(failures)) {
    // The token of MTN is given at least, so that what comes after it is refused as well.
    provider.answer = (seen, response) =>
      seen.path.endsWith('/token/') && name !== '401'
        ? says(response, 200, { access_token: keys.bearer, expires_in: 3_600 })
        : void fail(seen, response)
    // oxlint-disable no-await-in-loop -- one failure after another
    for (const [currency, body] of [
      ['PHP', { amount: 5_000, method: 'gcash' }],
      ['RWF', { amount: 5_000, method: 'mobile_money', mobile_number: '250788123456' }],
    ] as const)
      await ask(`/v1/wallets/${party}/${currency}/top-ups`, { party, body })
    const approval = { key: engine.admin, body: { pay_by: 'provider', reason: 'fine' } }
    await ask(`/admin/withdrawals/${await withdraw()}/approve`, approval)
    await engine.advance(60)
    // oxlint-enable no-await-in-loop
  }
  for (const secret of [keys.webhook_old, 'whsk_other']) {
    // oxlint-disable-next-line no-await-in-loop -- one after another
    const at_ms = Date.parse((await engine.must(200, '/v1/test-clock'))['now'])
    const { body, headers } = paymongoEvent({ secret, at_ms })
    // oxlint-disable-next-line no-await-in-loop -- one after another
    await ask('/v1/providers/paymongo/events', { key: null, body, headers })
  }
  for (const path of [`${keys.word}/pay_in`, `${keys.word}/x`, `${keys.word}/%zz`, keys.word])
    for (const method of ['POST', 'PUT', 'GET', 'DELETE'])
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await ask(`/v1/providers/momo/events/${path}`, {
        method,
        key: null,
        ...(method === 'GET' ? {} : { body: { externalId: randomUUID(), status: 'FAILED' } }),
      })
  await engine.advance(day_s)

  // Not trivially: providers were told who we are, said so in their reasons, and the mail server was asked.
  const shown = JSON.stringify(provider.seen.map(({ headers }) => headers))
  for (const text of [base64(`${keys.paymongo}:`), keys.collection, keys.bearer, keys.word])
    expect(shown).toContain(text)
  const { data } = await engine.must(200, '/v1/provider-payments?limit=100', { key: engine.admin })
  const reasons = (data as Json[]).map(({ reason }) => String(reason))
  expect(reasons.filter((reason) => reason.includes('[secret]')).length).toBeGreaterThan(5)
  const mails = await engine.running.db.any<{ row: string }>('select t::text as row from emails t')
  expect(mails.filter(({ row }) => row.includes('Not with')).length).toBeGreaterThan(0)
  await expectHushed(engine, told, hushed)
  await engine.stop()
}, 120_000)

test('the emulator with each of its faults', async () => {
  const street = await openStreet({ config: { log_level: 'trace' } })
  const { engine } = street
  const { told, ask } = listenTo(engine)
  for (const [n, fault] of fault_names.entries()) {
    const party = `party-${n}`
    // oxlint-disable no-await-in-loop -- one fault after another
    for (const name of ['paymongo', 'momo']) await street.fault({ provider: name, fault, times: 2 })
    const body = { amount: 5_000, method: 'gcash' }
    const { id, checkout_url } = (await ask(`/v1/wallets/${party}/PHP/top-ups`, { party, body })).body
    const phone = { amount: 5_000, method: 'mobile_money', mobile_number: '250788123456' }
    await ask(`/v1/wallets/${party}/RWF/top-ups`, { party, body: phone })
    if (typeof checkout_url === 'string') await street.pay(checkout_url)
    await engine.advance(60)
    await street.clearFaults()
    await ask(`/v1/top-ups/${id}`, { party })
    // oxlint-enable no-await-in-loop
  }
  await engine.advance(3_600)
  expect((await street.moved()).pay_ins).toBeGreaterThan(fault_names.length * 5_000)
  const { paymongo_secret_key, paymongo_webhook_secret, momo_api_key, momo_api_user } = emulated
  await expectHushed(engine, told, [
    paymongo_secret_key,
    base64(`${paymongo_secret_key}:`),
    paymongo_webhook_secret,
    momo_api_key,
    base64(`${momo_api_user}:${momo_api_key}`),
    ...Object.values(emulated.momo_subscription_keys),
    emulated.momo_callback_word,
  ])
  await street.stop()
}, 120_000)
