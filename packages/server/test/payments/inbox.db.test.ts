// The inbox on its own: what is kept and how often, and which payments become due by it. Whatever is sent, no event is lost or counts twice.
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../src/platform/postgres/database.ts'
import { newPayment } from '../../src/payments/processor/new-payment.ts'
import type { ProviderPayment } from '../../src/payments/processor/provider-payment.ts'
import { insertPayments } from '../../src/payments/processor/rows.ts'
import { events_kept_days, forgetEvents } from '../../src/payments/webhooks/forget.ts'
import { batch_bytes_max, waiting_bytes_max } from '../../src/payments/webhooks/receiver.ts'
import { WebhookReceiver } from '../../src/payments/webhooks/receiver.ts'
import { page_events_max } from '../../src/payments/webhooks/page.ts'
import { verifyEvent } from '../../src/payments/webhooks/verify.ts'
import { openMomo } from '../../src/payments/providers/momo/provider.ts'
import { openPaymongo } from '../../src/payments/providers/paymongo/provider.ts'
import type { About, Provider, Verified } from '../../src/payments/providers/port.ts'
import { freshDatabase, type FreshDatabase } from '../fixtures/database.ts'
import { around, noon_ms } from './runtime.ts'
import { callback_token, momoAt, paymongoAt } from './settings.ts'
import { signedBy } from './signed-event.ts'

const nowhere = new URL('http://127.0.0.1:9')
const place = around()
const paymongo = openPaymongo(paymongoAt(nowhere), place)
const momo = openMomo(momoAt(nowhere, { MOMO_CURRENCY: 'RWF' }), place)
const providers = new Map<string, Provider>([paymongo, momo].map((provider) => [provider.name, provider]))

let fresh: FreshDatabase
let db: Database
let inbox: WebhookReceiver
let nudges = 0
const log: string[] = []

const open = () =>
  new WebhookReceiver({
    db,
    clock: place.clock,
    log: pino({ level: 'warn' }, { write: (line: string) => void log.push(line) }),
    providers,
    onDue: () => (nudges += 1),
  })

beforeAll(async () => {
  fresh = await freshDatabase()
  db = fresh.db
})
beforeEach(async () => {
  await db.run('truncate provider_events, provider_payments')
  nudges = 0
  log.length = 0
  place.now_ms = noon_ms
  inbox = open()
})
afterAll(() => fresh.drop())

const none = new Uint8Array()

function receive(
  about: readonly About[],
  event_id = `evt_${randomUUID()}`,
  provider = 'paymongo',
  body = none,
) {
  return inbox.receive(provider, { event_id, type: 'x', about }, { body, headers: {}, path: '' })
}

const payIn = (provider_id: string, our_reference: string | null = null): About => ({
  kind: 'pay_in',
  provider_id,
  our_reference,
})

async function row(
  change: Partial<ProviderPayment> & Record<string, unknown> = {},
): Promise<ProviderPayment> {
  const {
    state = 'pending',
    provider_id = null,
    settled_id = null,
    kind = 'pay_in',
    provider = 'paymongo',
  } = change
  const payment = newPayment(
    {
      provider,
      kind,
      flow: 'payment',
      agreement: randomUUID(),
      method: null,
      amount: 5_000n,
      currency: 'PHP',
      details: { description: 'x' },
      state,
    },
    place.now_ms,
  )
  await db.transaction((tx) => insertPayments(tx, [payment]))
  const at = change.next_ms === undefined ? null : new Date(change.next_ms ?? 0)
  await db.run(
    'update provider_payments set provider_id = $2, settled_id = $3, next_at = $4, attempts = 7 where id = $1',
    [payment.id, provider_id, settled_id, at],
  )
  return { ...payment, provider_id, settled_id }
}

interface Seen {
  readonly id: string
  readonly next_at: Date | null
  readonly attempts: number
  readonly provider_id: string | null
}
const seen = ({ id }: ProviderPayment) =>
  db.one<Seen>('select id, next_at, attempts, provider_id from provider_payments where id = $1', [id])
const outcomes = async () =>
  (
    await db.any<{ outcome: string | null }>(
      'select outcome from provider_events order by received_at, event_id',
    )
  ).map(({ outcome }) => outcome)
const countOf = async (table: string) => Number((await db.one(`select count(*) from ${table}`))['count'])
const due = { next_at: new Date(noon_ms), attempts: 0 }
const resting = { next_at: null, attempts: 7 }

describe('what is kept', () => {
  test('the bytes to the letter, and of the headers only what says who sent it', async () => {
    const body = Buffer.from([0, 255, 10, 13, 92, 34])
    const headers = {
      'paymongo-signature': 't=1,te=x,li=',
      'content-type': 'application/json',
      'user-agent': 'PayMongo',
      authorization: 'Bearer hush',
      cookie: 'hush',
      'x-forwarded-for': '10.0.0.1',
    }
    await inbox.receive(
      'paymongo',
      { event_id: 'evt_1', type: 'payment.paid', about: [payIn('pay_1')] },
      { body, headers, path: 'hush/pay_in' },
    )
    const kept = await db.one('select * from provider_events')
    expect(kept).toMatchObject({
      provider: 'paymongo',
      event_id: 'evt_1',
      type: 'payment.paid',
      about: [payIn('pay_1')],
      headers: {
        'paymongo-signature': 't=1,te=x,li=',
        'content-type': 'application/json',
        'user-agent': 'PayMongo',
      },
      received_at: new Date(noon_ms),
      handled_at: null,
    })
    expect(Buffer.compare(kept['body'] as Buffer, body)).toBe(0)
    expect(JSON.stringify(kept)).not.toContain('hush')
  })

  test('a thousand of one event at once, by two processes, are one row and one first', async () => {
    const other = open()
    const event = { event_id: 'evt_same', type: 'x', about: [] }
    const incoming = { body: none, headers: {}, path: '' }
    const came = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => (n % 2 ? other : inbox).receive('paymongo', event, incoming)),
    )
    expect(came.filter((outcome) => outcome === 'stored')).toHaveLength(1)
    expect(came.filter((outcome) => outcome === 'duplicate')).toHaveLength(999)
    expect(await countOf('provider_events')).toBe(1)
    const [here, there] = [inbox, other].map(({ counts }) => counts.get('paymongo'))
    expect((here?.stored ?? 0) + (there?.stored ?? 0)).toBe(1)
    expect((here?.duplicate ?? 0) + (there?.duplicate ?? 0)).toBe(999)
  })

  test('the same id of two providers is two events', async () => {
    expect([await receive([], 'one'), await receive([], 'one', 'momo'), await receive([], 'one')]).toEqual([
      'stored',
      'stored',
      'duplicate',
    ])
  })

  test('one that the database will not have does not take its neighbours with it', async () => {
    const came = await Promise.allSettled(
      ['evt_a', 'evt_\u0000', 'evt_b', 'evt_c'].map((id) => receive([], id)),
    )
    expect(came.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(await countOf('provider_events')).toBe(3)
    expect(await receive([], 'evt_d')).toBe('stored')
  })

  test('and it is refused before that, signed or not', () => {
    const verify = (id: string, resource: string): Verified => {
      const data = { id: resource, type: 'payment', attributes: {} }
      const attributes = { type: 'payment.paid', livemode: false, data }
      const body = JSON.stringify({ data: { id, attributes } })
      const headers = signedBy('whsk_old', body, noon_ms)
      return verifyEvent(paymongo, { body: Buffer.from(body), headers, path: '' }, noon_ms)
    }
    expect(verify('evt_1', 'pay_1')).toMatchObject({ event_id: 'evt_1' })
    expect(verify('evt_\u0000', 'pay_1')).toEqual({ refused: 'malformed' })
    expect(verify('evt_1', 'pay_\u0000')).toEqual({ refused: 'malformed' })
  })

  test('more than memory has room for is sent away, and what waits is kept', async () => {
    const body = new Uint8Array(batch_bytes_max / 2)
    const count = waiting_bytes_max / body.length
    const came = Array.from({ length: count + 3 }, () => receive([], undefined, undefined, body))
    const settled = await Promise.all(came)
    expect(settled.filter((outcome) => outcome === 'overloaded')).toHaveLength(3)
    expect(await countOf('provider_events')).toBe(count)
    expect(await receive([])).toBe('stored')
  })
})

describe('which payments become due', () => {
  test('by the id that the provider gave it, by our token, by its settled id, by our reference', async () => {
    const by_id = await row({ provider_id: 'cs_1' })
    const by_token = await row({ provider: 'momo' })
    const by_settled = await row({ provider_id: 'cs_2', settled_id: 'pay_2', state: 'failed' })
    // Its create has not been answered yet.
    const by_reference = await row({ state: 'unknown' })
    const untouched = await row({ provider_id: 'cs_3' })
    await receive([payIn('cs_1')])
    await receive([payIn(by_token.token)], undefined, 'momo')
    await receive([payIn('pay_2')])
    await receive([payIn('pay_4', by_reference.our_reference)])
    expect(await inbox.drain()).toBe(4)
    for (const payment of [by_id, by_token, by_settled, by_reference])
      expect(await seen(payment)).toMatchObject(due)
    expect(await seen(untouched)).toMatchObject(resting)
    expect(await outcomes()).toEqual(['asked', 'asked', 'asked', 'asked'])
    expect(nudges).toBe(1)
    // Whoever was never answered can be asked for by id from now on; whoever had one keeps it.
    expect((await seen(by_token)).provider_id).toBe(by_token.token)
    expect((await seen(by_reference)).provider_id).toBe('pay_4')
    expect((await seen(by_settled)).provider_id).toBe('cs_2')
    expect(await inbox.drain()).toBe(0)
    expect(await countOf('provider_payments')).toBe(5)
  })

  test.each([
    ['another provider', { provider: 'momo', provider_id: 'x_1' }],
    ['another kind', { kind: 'refund', provider_id: 'x_1' }],
  ] as const)('not that of %s with the same id', async (_, change) => {
    const other = await row(change)
    await receive([payIn('x_1', other.our_reference)])
    await inbox.drain()
    expect(await seen(other)).toMatchObject(resting)
    expect(await outcomes()).toEqual(['told_of'])
  })

  test('what was settled is not asked about again, however often it is told of', async () => {
    const paid = await row({ state: 'succeeded', provider_id: 'cs_1', settled_id: 'pay_1' })
    const merged = await row({ state: 'merged', provider_id: 'pi_1' })
    const back = await row({ kind: 'refund', state: 'succeeded', provider_id: 'ref_1' })
    for (let n = 0; n < 20; n += 1) {
      await receive([payIn('cs_1'), payIn('pay_1', paid.our_reference), payIn('pi_1', paid.our_reference)])
      await receive([{ kind: 'refund', provider_id: 'ref_1', our_reference: back.our_reference }])
    }
    await inbox.drain()
    for (const payment of [paid, merged, back]) expect(await seen(payment)).toMatchObject(resting)
    expect(new Set(await outcomes())).toEqual(new Set(['nothing']))
    expect(nudges).toBe(0)
    expect(await countOf('provider_payments')).toBe(3)
  })

  // Else each event that comes while it is being asked has it asked again, for as long as a slow provider's events come in.
  test.each([
    ['pay_in', 'succeeded', 'succeeded'],
    ['pay_in', 'succeeded', 'set_aside'],
    ['pay_in', 'succeeded', 'not_taken'],
    ['refund', 'failed', 'failed'],
  ] as const)('nor a %s that was %s and heard as %s, while it is being asked', async (kind, state, heard) => {
    const next_ms = noon_ms - 9
    const payment = await row({ kind, state, provider_id: 'id_1', settled_id: 'pay_1', next_ms })
    await db.run('update provider_payments set heard = $2, taken_until = $3 where id = $1', [
      payment.id,
      heard,
      new Date('2100-01-01'),
    ])
    await receive([{ kind, provider_id: 'id_1', our_reference: payment.our_reference }])
    await inbox.drain()
    expect(await seen(payment)).toMatchObject({ next_at: new Date(next_ms), attempts: 7 })
    expect(await outcomes()).toEqual(['nothing'])
    expect(nudges).toBe(0)
  })

  test('a settled one that the engine has not heard of yet is', async () => {
    const paid = await row({
      state: 'succeeded',
      provider_id: 'cs_1',
      settled_id: 'pay_1',
      next_ms: noon_ms + 9,
    })
    await receive([payIn('cs_1')])
    await inbox.drain()
    expect(await seen(paid)).toMatchObject(due)
  })

  test.each([
    ['pay_out', 'succeeded'],
    ['pay_out', 'failed'],
    ['pay_in', 'expired'],
    ['pay_in', 'failed'],
    ['pay_in', 'lost'],
    ['refund', 'pending'],
  ] as const)('a %s that rests as %s is asked about: it may have changed', async (kind, state) => {
    const payment = await row({ kind, state, provider_id: 'tr_1' })
    await receive([{ kind, provider_id: 'tr_1', our_reference: null }])
    await inbox.drain()
    expect(await seen(payment)).toMatchObject(due)
  })

  test('a pay-out that came back is told of by an id of its own', async () => {
    const payment = await row({ kind: 'pay_out', state: 'succeeded', provider_id: 'tr_1' })
    await receive([{ kind: 'pay_out', provider_id: 'tr_back', our_reference: payment.our_reference }])
    await inbox.drain()
    expect(await seen(payment)).toMatchObject({ ...due, provider_id: 'tr_1' })
  })
})

describe('money that nobody here had asked for', () => {
  const news = () => db.any('select * from provider_payments where flow is null order by id')

  test('is a row of its own, due at once, once, whoever tells of it', async () => {
    const [one, two] = [inbox, open()]
    for (let n = 0; n < 30; n += 1) await receive([payIn('pay_stranger')])
    await receive([payIn('pay_other', 'pp_of_another_system')])
    await Promise.all([one.drain(), two.drain()])
    await receive([payIn('pay_stranger')])
    await one.drain()
    const rows = await news()
    expect(new Set(rows.map((payment) => payment['provider_id']))).toEqual(
      new Set(['pay_other', 'pay_stranger']),
    )
    expect(rows).toHaveLength(2)
    for (const payment of rows) {
      expect(payment).toMatchObject({
        provider: 'paymongo',
        kind: 'pay_in',
        agreement_id: null,
        state: 'unknown',
        amount: 0n,
        currency: 'PHP',
        ...due,
      })
      expect(payment['our_reference']).toMatch(/^pp_[0-9a-z]{26}$/)
      expect(payment['token']).toMatch(/^[0-9a-f-]{14}4/)
    }
  })

  test('with a reference that is settled already: paid twice, perhaps; asking tells', async () => {
    const paid = await row({ state: 'succeeded', provider_id: 'cs_1', settled_id: 'pay_1' })
    await receive([payIn('pay_2', paid.our_reference)])
    await inbox.drain()
    expect(await seen(paid)).toMatchObject(resting)
    expect((await news()).map((payment) => payment['provider_id'])).toEqual(['pay_2'])
    expect(await outcomes()).toEqual(['told_of'])
  })

  test('is asked about where it went out, since it may be one of ours that came back; a refund is always of ours', async () => {
    await receive([{ kind: 'pay_out', provider_id: 'tr_stranger', our_reference: null }])
    await receive([payIn('x'), { kind: 'refund', provider_id: 'ref_stranger', our_reference: null }])
    await inbox.drain()
    expect(new Set(await outcomes())).toEqual(new Set(['told_of', 'unknown']))
    expect(new Set((await news()).map((payment) => payment['provider_id']))).toEqual(
      new Set(['tr_stranger', 'x']),
    )
    expect(log.join('')).toContain('ref_stranger')
  })
})

test('one id is never given to two payments, and a payment never gets a second', async () => {
  const [a, b] = [await row(), await row()]
  await receive([payIn('pay_1', a.our_reference), payIn('pay_1', b.our_reference)])
  place.now_ms += 1
  await receive([payIn('pay_2', a.our_reference)])
  const c = await row()
  await row({ provider_id: 'pay_3' })
  await receive([payIn('pay_3', c.our_reference)])
  await inbox.drain()
  const ids = await Promise.all([a, b, c].map(async (payment) => (await seen(payment)).provider_id))
  expect(ids).toEqual(['pay_1', null, null])
})

test('two processes and many pages: every event is looked at once, and nobody waits for another for ever', async () => {
  const payments = await Promise.all(Array.from({ length: 40 }, () => row()))
  const events = page_events_max * 3 + 7
  const any = (n: number) => payments[(n * 7919) % payments.length]
  await Promise.all(
    Array.from({ length: events }, (_, n) =>
      receive(
        [payIn(`pay_${n % 5}`, any(n)?.our_reference), payIn(`pay_${n % 7}`, any(n + 1)?.our_reference)].map(
          (about) => ({ ...about, our_reference: about.our_reference ?? null }),
        ),
      ),
    ),
  )
  const drained = await Promise.all([inbox, open(), open()].map((each) => each.drain()))
  expect(drained.reduce((sum, count) => sum + count, 0)).toBe(events)
  expect(await outcomes()).not.toContain(null)
})

test('one that cannot be taken is put out of the way, and those around it are taken', async () => {
  const paid = await row({ provider_id: 'cs_1' })
  await receive([], 'evt_1')
  await receive([payIn('poison')], 'evt_2')
  await receive([payIn('cs_1')], 'evt_3')
  await db.run(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'poisoned'; end $$`,
  )
  await db.run(
    `create trigger refuse before insert on provider_payments for each row
     when (new.provider_id = 'poison') execute function refuse()`,
  )
  try {
    expect(await inbox.drain()).toBe(3)
  } finally {
    await db.run('drop function refuse cascade')
  }
  expect(await outcomes()).toEqual(['nothing', 'failed', 'asked'])
  expect(await seen(paid)).toMatchObject(due)
  expect(log.join('')).toContain('poisoned')
})

test('the loop takes what is stored at once, and what another process stored a little later', async () => {
  const ending = new AbortController()
  const running = inbox.run(ending.signal)
  const took = async (by: WebhookReceiver) => {
    const from_ms = performance.now()
    await by.receive(
      'paymongo',
      { event_id: randomUUID(), type: 'x', about: [] },
      { body: none, headers: {}, path: '' },
    )
    while ((await outcomes()).includes(null)) await new Promise((resolve) => setTimeout(resolve, 5))
    return performance.now() - from_ms
  }
  await took(inbox)
  expect(await took(inbox)).toBeLessThan(400)
  await took(open())
  ending.abort()
  await running
})

test('what was looked at long ago is forgotten; what nobody has looked at is not, however old', async () => {
  await receive([], 'evt_old')
  await inbox.drain()
  await receive([], 'evt_waiting')
  const day_ms = 86_400_000
  place.now_ms += (events_kept_days - 1) * day_ms
  await receive([], 'evt_new')
  const needs = { db, clock: place.clock }
  await forgetEvents(needs)
  expect(await countOf('provider_events')).toBe(3)
  await db.run(`update provider_events set handled_at = $1, outcome = 'nothing' where event_id = 'evt_new'`, [
    new Date(place.now_ms),
  ])
  place.now_ms += 2 * day_ms
  await forgetEvents(needs)
  expect(
    (await db.any<{ event_id: string }>('select event_id from provider_events order by id')).map(
      (e) => e.event_id,
    ),
  ).toEqual(['evt_waiting', 'evt_new'])
})

test('a callback of MTN leads to its payment, and its word is kept nowhere', async () => {
  const wanted = await row({ provider: 'momo', kind: 'pay_out' })
  const body = Buffer.from(JSON.stringify({ externalId: wanted.token, status: 'SUCCESSFUL' }))
  const incoming = { body, headers: {}, path: `${callback_token}/pay_out` }
  const verified = verifyEvent(momo, incoming, noon_ms)
  if ('refused' in verified) throw new Error('refused')
  expect(await inbox.receive('momo', verified, incoming)).toBe('stored')
  expect(await inbox.receive('momo', verified, incoming)).toBe('duplicate')
  await inbox.drain()
  expect(await seen(wanted)).toMatchObject(due)
  expect(JSON.stringify(await db.any('select * from provider_events'))).not.toContain(callback_token)
})
