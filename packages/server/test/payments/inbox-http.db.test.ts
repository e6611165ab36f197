// Events over HTTP, as providers and those who would like to be one send them: kept once, refused with a count, and no secret told.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { event_bytes_max } from '../../src/payments/webhooks/routes.ts'
import { startEngine, type Answer, type Asking, type Engine, type Json } from '../fixtures/engine.ts'
import { callback_token, momoAt, new_secret, paymongoAt } from './settings.ts'
import { paymongoEvent, signedBy, type EventFacts, type SignedEvent } from './signed-event.ts'

const nowhere = new URL('http://127.0.0.1:9')
const at_paymongo = '/v1/providers/paymongo/events'
const at_momo = '/v1/providers/momo/events'
const next_word = 'the-word-that-is-to-come'
const config = {
  paymongo: paymongoAt(nowhere),
  momo: momoAt(nowhere, { MOMO_CURRENCY: 'RWF', MOMO_CALLBACK_TOKEN: `${next_word},${callback_token}` }),
}
const about_nothing = { type: 'link', id: 'link_1' }

let engine: Engine
/** Every answer, to be searched for what must not be told. */
const told: string[] = []

beforeAll(async () => {
  engine = await startEngine({ config })
})
afterAll(() => engine.stop())

async function send(path: string, asking: Asking): Promise<Answer> {
  const answer = await engine.ask(path, { method: 'POST', key: null, ...asking })
  told.push(answer.text, JSON.stringify([...answer.headers]))
  return answer
}
const deliver = ({ body, headers }: Pick<SignedEvent, 'body' | 'headers'>, path = at_paymongo) =>
  send(path, { body, headers })
const now = async () => Date.parse((await engine.must(200, '/v1/test-clock'))['now'])
const signedNow = async (facts: EventFacts = {}) =>
  paymongoEvent({ resource: about_nothing, at_ms: await now(), ...facts })

async function rowsOf(event_id: string): Promise<number> {
  const { db } = engine.running
  return (await db.any('select id from provider_events where event_id = $1', [event_id])).length
}
async function metric(provider: string, outcome: string): Promise<number> {
  const { text } = await engine.ask('/metrics')
  const line = new RegExp(
    `^holdfast_provider_events_total{provider="${provider}",outcome="${outcome}"} (\\d+)$`,
    'm',
  )
  return Number(line.exec(text)?.[1] ?? 0)
}

test('one is kept, and answered as the provider wants it, whatever it says to be made of', async () => {
  const before = await metric('paymongo', 'stored')
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded; charset=utf-8']) {
    const event = await signedNow()
    const answer = await deliver({ ...event, headers: { ...event.headers, 'content-type': type } })
    expect([answer.status, answer.text]).toEqual([200, '{"received":true}'])
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(await rowsOf(event.id)).toBe(1)
  }
  expect(await metric('paymongo', 'stored')).toBe(before + 3)
})

describe('what is not taken', () => {
  const change =
    (facts: EventFacts, spoil: (event: SignedEvent) => Partial<SignedEvent> = () => ({})) =>
    async () => {
      const event = await signedNow(facts)
      return { ...event, ...spoil(event) }
    }
  const signedText = (body: string) => async () => ({
    body,
    headers: signedBy(new_secret, body, await now()),
  })

  test.each([
    ['without a signature', change({}, () => ({ headers: {} })), 401, 'forged'],
    ['signed with another secret', change({ secret: 'whsk_guessed' }), 401, 'forged'],
    ['with another body', change({}, ({ body }) => ({ body: body.replace('5000', '9999') })), 401, 'forged'],
    ['with a space more', change({}, ({ body }) => ({ body: `${body} ` })), 401, 'forged'],
    ['without its body', change({}, () => ({ body: '' })), 401, 'forged'],
    [
      'signed for live mode',
      change({}, ({ headers }) => ({
        headers: {
          'paymongo-signature': headers['paymongo-signature']?.replace(/te=(.*),li=/, 'te=,li=$1') ?? '',
        },
      })),
      401,
      'forged',
    ],
    ['of live mode, signed for ours', change({ livemode: true }), 400, 'malformed'],
    ['of an hour ago', async () => signedNow({ at_ms: (await now()) - 3_600_000 }), 400, 'stale'],
    ['of an hour to come', async () => signedNow({ at_ms: (await now()) + 3_600_000 }), 400, 'stale'],
    ['no JSON', signedText('hello'), 400, 'malformed'],
    ['no event', signedText('{"data":{}}'), 400, 'malformed'],
    [
      'no UTF-8',
      async () => {
        const body = Buffer.from([0xff, 0xfe, 0x00])
        return {
          body: body as unknown as string,
          headers: signedBy(new_secret, body.toString('latin1'), await now()),
        }
      },
      401,
      'forged',
    ],
    ['an id that cannot be kept', change({ id: 'evt_\u0000' }), 400, 'malformed'],
  ] as const)('%s: %s', async (_, make, status, outcome) => {
    const { db } = engine.running
    const [kept, counted] = [
      await db.any('select id from provider_events'),
      await metric('paymongo', outcome),
    ]
    const answer = await deliver(await make())
    const code = { forged: 'event_forged', stale: 'event_stale', malformed: 'invalid_request' }[outcome]
    expect([answer.status, answer.body['code']]).toEqual([status, code])
    expect(await db.any('select id from provider_events')).toEqual(kept)
    expect(await metric('paymongo', outcome)).toBe(counted + 1)
  })

  test('of a provider that is not here, or that sends none', async () => {
    const event = await signedNow()
    expect((await deliver(event, '/v1/providers/paypal/events')).status).toBe(404)
    expect((await deliver(event, '/v1/providers/__proto__/events')).status).toBe(404)
    expect((await deliver(event, '/v1/providers/manual/events')).status).toBe(401)
    expect((await deliver(event, at_momo)).status).toBe(401)
    expect(await rowsOf(event.id)).toBe(0)
  })

  test('too large: it is not even read', async () => {
    const body = 'x'.repeat(event_bytes_max + 1)
    const answer = await deliver({ body, headers: signedBy(new_secret, body, await now()) })
    expect([answer.status, answer.body['code']]).toEqual([413, 'payload_too_large'])
  })

  test('who calls does not matter: an operator is no provider', async () => {
    const { body } = await signedNow()
    for (const key of [engine.admin, engine.service, 'none'])
      expect((await send(at_paymongo, { key, body })).status).toBe(401)
    const event = await signedNow()
    expect((await send(at_paymongo, { ...event, key: 'none' })).status).toBe(200)
  })
})

test('both secrets are right while one is replaced', async () => {
  for (const secret of ['whsk_old', 'whsk_new'])
    expect((await deliver(await signedNow({ secret }))).status).toBe(200)
})

test('a thousand of one event at once: each is answered 200, one is kept', async () => {
  const event = await signedNow()
  const counted = await metric('paymongo', 'duplicate')
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => deliver(event)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(await rowsOf(event.id)).toBe(1)
  expect(await metric('paymongo', 'duplicate')).toBe(counted + 999)
})

test('a replay: the same bytes later are stale, and the same event signed anew is a duplicate', async () => {
  const event = await signedNow()
  expect((await deliver(event)).status).toBe(200)
  expect((await deliver(event)).status).toBe(200)
  await engine.advance(301)
  expect((await deliver(event)).body['code']).toBe('event_stale')
  const [stored, duplicate] = [await metric('paymongo', 'stored'), await metric('paymongo', 'duplicate')]
  const anew = { ...event, headers: signedBy(new_secret, event.body, await now()) }
  expect((await deliver(anew)).status).toBe(200)
  expect([await metric('paymongo', 'stored'), await metric('paymongo', 'duplicate')]).toEqual([
    stored,
    duplicate + 1,
  ])
  expect(await rowsOf(event.id)).toBe(1)
})

describe('callbacks of MTN', () => {
  const token = (n: number) => `a6f6d8b0-19c6-4a09-8a4e-${String(n).padStart(12, '0')}`
  const body = (n: number) => JSON.stringify({ externalId: token(n), status: 'SUCCESSFUL' })

  test('by POST and by PUT, with the new word and the one before', async () => {
    const ways = [
      ['POST', next_word],
      ['PUT', next_word],
      ['POST', callback_token],
      ['PUT', callback_token],
    ] as const
    for (const [n, [method, word]] of ways.entries()) {
      const answer = await send(`${at_momo}/${word}/pay_out`, { method, body: body(n) })
      expect([answer.status, answer.text]).toEqual([200, '{"received":true}'])
      expect(await rowsOf(`pay_out:${token(n)}:SUCCESSFUL`)).toBe(1)
    }
    // The same news by the other method and word is the same event.
    expect((await send(`${at_momo}/${next_word}/pay_out`, { body: body(2) })).status).toBe(200)
    expect(await rowsOf(`pay_out:${token(2)}:SUCCESSFUL`)).toBe(1)
  })

  test.each([
    ['', 401],
    ['/', 401],
    ['/pay_out', 401],
    ['/guessed/pay_out', 401],
    [`/${callback_token.slice(1)}/pay_out`, 401],
    [`/${next_word},${callback_token}/pay_out`, 401],
    [`/${callback_token}`, 400],
    [`/${callback_token}/salary`, 400],
    [`/${callback_token}/pay_out/more`, 400],
  ])('not behind %s', async (path, status) => {
    expect((await send(`${at_momo}${path}`, { body: body(99) })).status).toBe(status)
    expect(await rowsOf(`pay_out:${token(99)}:SUCCESSFUL`)).toBe(0)
  })

  test('whatever goes wrong, the word is in no answer, no log and no row', async () => {
    const path = `${at_momo}/${callback_token}/pay_out`
    const { db } = engine.running
    const get = await send(path, { method: 'GET' })
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, PUT'])
    expect((await send(path, { method: 'DELETE' })).status).toBe(405)
    expect((await send(`${path}/%zz`, { body: body(7) })).status).toBe(400)
    expect((await send(path, { body: 'x'.repeat(event_bytes_max + 1) })).status).toBe(413)
    await db.run('alter table provider_events rename to elsewhere')
    const broken = await send(path, { body: body(7) })
    await db.run('alter table elsewhere rename to provider_events')
    expect([broken.status, broken.body['code']]).toEqual([500, 'internal_error'])
    expect(engine.log.join('')).toContain(broken.body['request_id'])
    expect((await send(path, { body: body(7) })).status).toBe(200)
    expect(told.length).toBeGreaterThan(50)
    for (const text of [
      ...told,
      ...engine.log,
      JSON.stringify(await db.any('select * from provider_events')),
    ])
      for (const secret of [callback_token, next_word, 'whsk_old', new_secret])
        expect(text).not.toContain(secret)
  })
})

describe('what operators see', () => {
  const as_admin = (path: string) => engine.must(200, `/v1/provider-events${path}`, { key: engine.admin })
  const until = async (id: string): Promise<Json> => {
    for (;;) {
      const found = (await as_admin('?limit=100'))['data'].find((event: Json) => event['event_id'] === id)
      if (found?.['outcome'] !== null) return found
      await sleep(10)
    }
  }

  test('what came, what it was about and what came of it, newest first, in pages', async () => {
    const stray = await signedNow({ type: 'payment.refunded', resource: { type: 'refund', id: 'ref_stray' } })
    const nothing = await signedNow()
    await deliver(stray)
    await deliver(nothing)
    expect(await until(stray.id)).toMatchObject({
      provider: 'paymongo',
      type: 'payment.refunded',
      about: [{ kind: 'refund', provider_id: 'ref_stray', our_reference: null }],
      outcome: 'unknown',
    })
    expect(await until(nothing.id)).toMatchObject({ outcome: 'nothing', about: [] })
    const all: Json[] = []
    for (let page: Json = { has_more: true }; page['has_more'];) {
      page = await as_admin(`?limit=7${all.length === 0 ? '' : `&starting_after=${all.at(-1)?.['id']}`}`)
      all.push(...page['data'])
    }
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    expect(all).toHaveLength((await engine.running.db.any('select id from provider_events')).length)
    expect(all.every((event) => !('body' in event))).toBe(true)
    const strays = (await as_admin('?outcome=unknown&provider=paymongo'))['data']
    expect(strays.map((event: Json) => event['event_id'])).toContain(stray.id)
    expect(strays.map((event: Json) => event['event_id'])).not.toContain(nothing.id)
    expect(
      (await as_admin('?provider=momo'))['data'].every((event: Json) => event['provider'] === 'momo'),
    ).toBe(true)
    expect((await as_admin('?outcome=unhandled'))['data']).toEqual([])
  })

  test('one of them to the letter', async () => {
    const event = await signedNow({ type: 'tag.ünï' })
    await deliver(event)
    const { id } = await until(event.id)
    expect(await as_admin(`/${id}`)).toMatchObject({
      body: event.body,
      headers: event.headers,
      event_id: event.id,
    })
    for (const wrong of ['pev_x', id.replace('pev', 'pp'), `${id.slice(0, -1)}`])
      expect((await engine.ask(`/v1/provider-events/${wrong}`, { key: engine.admin })).status).toBe(404)
    expect((await engine.ask('/v1/provider-events?outcome=x', { key: engine.admin })).status).toBe(400)
    expect((await engine.ask('/v1/provider-events?starting_after=x', { key: engine.admin })).status).toBe(400)
  })

  test('that money came which nobody had asked for: it is asked about', async () => {
    const event = await signedNow({ resource: { type: 'payment', id: 'pay_of_nobody' } })
    await deliver(event)
    expect(await until(event.id)).toMatchObject({ outcome: 'told_of' })
    const { data } = await engine.must(200, '/v1/provider-payments', { key: engine.admin })
    expect(data).toContainEqual(
      expect.objectContaining({ provider_id: 'pay_of_nobody', flow: null, state: 'unknown' }),
    )
  })
})

test('a real provider keeps to the real time, however far the sandbox clock was moved', async () => {
  const url = new URL('https://paymongo.test')
  const far = await startEngine({ config: { paymongo: paymongoAt(url) } })
  await far.advance(86_400)
  const status = async (at_ms: number) => {
    const { body, headers } = paymongoEvent({ resource: about_nothing, at_ms })
    return (await far.ask(at_paymongo, { method: 'POST', key: null, body, headers })).status
  }
  expect(await status(Date.now())).toBe(200)
  expect(await status(Date.now() + 86_400_000)).toBe(400)
  await far.stop()
})
