// Reconciliation against emulated providers: whoever lies, forgets or pays unasked is named, once, and what can be mended is.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openStreet, type Street } from '../rails/fixture.ts'
import type { Json } from '../fixtures/engine.ts'
import { price, wed } from '../fixtures/service-booking.ts'

const day_s = 86_400
const hour_s = 3_600
const amount = 200_000
const gcash = { method: 'gcash', account_details: { mobile_number: '09171234567' } }

let street: Street
let people = 0
beforeAll(async () => {
  street = await openStreet()
})
afterAll(() => street.stop())
afterEach(async () => {
  await street.clearFaults()
  expect(await street.engine.integrity()).toMatchObject({ clean: true })
})

const as = () => ({ key: street.engine.admin })
const db = () => street.engine.running.db

/** The last days, up to now. */
async function reconcile(provider = 'paymongo', body: Json = {}): Promise<Json> {
  const now_ms = Date.parse((await street.engine.must(200, '/v1/test-clock'))['now'])
  const from = new Date(now_ms - 3 * day_s * 1_000).toISOString()
  const to = new Date(now_ms).toISOString()
  return street.engine.operate('/v1/reconciliations', { provider, from, to, ...body })
}

async function listed(query = ''): Promise<Json[]> {
  return (await street.engine.must(200, `/v1/reconciliation-exceptions?limit=100${query}`, as()))['data']
}

async function found(provider = 'paymongo'): Promise<Json[]> {
  const { runs } = await reconcile(provider)
  expect(runs).toMatchObject([{ provider, state: 'done' }])
  return listed(`&provider=${provider}`)
}

/** Until what was found is mended, so that the next test begins with a clean slate. */
async function agrees(provider = 'paymongo'): Promise<void> {
  await street.engine.advance(hour_s)
  expect(await found(provider)).toEqual([])
}

/** A person puts money into its wallet by GCash; pays what is asked unless told otherwise. */
async function toppedUp(change: Json = {}): Promise<{ party: string; id: string; payment: string }> {
  people += 1
  const party = `person-${people}`
  const body = { amount, method: 'gcash' }
  const { id } = await street.engine.must(201, `/v1/wallets/${party}/PHP/top-ups`, { party, body })
  await street.engine.advance(60)
  const { checkout_url } = await street.engine.must(200, `/v1/top-ups/${id}`, { party })
  const { data } = await street.pay(checkout_url, change)
  await street.engine.advance(60)
  return { party, id, payment: data.payment }
}

/** ₱1,500.00 of it go out again by the provider, and arrive. */
async function paidOut(): Promise<{ party: string; transfer: string }> {
  const { party } = await toppedUp()
  const body = { amount: 150_000, currency: 'PHP', ...gcash }
  const { id } = await street.engine.must(201, `/api/wallet/${party}/withdraw`, { party, body })
  await street.engine.advance(day_s + 60)
  await street.engine.operate(`/admin/withdrawals/${id}/approve`, { pay_by: 'provider' })
  await street.engine.advance(60)
  await street.banksPay(1)
  await street.engine.advance(hour_s)
  const { data } = await street.engine.must(200, '/v1/provider-payments?kind=pay_out&limit=1', as())
  expect(data).toMatchObject([{ state: 'succeeded', told_engine: 'succeeded' }])
  return { party, transfer: data[0].provider_id }
}

async function metric(name: string): Promise<number | null> {
  const { text } = await street.engine.ask('/metrics')
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return line === undefined ? null : Number(line.split(' ').at(-1))
}

describe('all is well', () => {
  test('money in, out and back by two providers: matched to the unit, and the clearing accounts explained', async () => {
    await toppedUp()
    await paidOut()
    const wedding = await wed(street.engine)
    const begun = await wedding.checkout()
    await street.engine.advance(60)
    const payment = await street.engine.must(200, `/v1/payments/${begun['id']}`, { party: wedding.couple })
    await street.pay(payment['checkout_url'])
    await street.engine.advance(60)
    expect((await wedding.by('vendor', 'cancel')).status).toBe(200)
    await street.engine.advance(2 * hour_s)
    const momo = { amount: 50_000, method: 'mobile_money', mobile_number: '250788123456' }
    await street.engine.must(201, '/v1/wallets/person-1/RWF/top-ups', { party: 'person-1', body: momo })
    await street.engine.advance(hour_s)

    const answer = await reconcile('paymongo')
    expect(answer['runs']).toMatchObject([
      {
        state: 'done',
        by: 'sandbox admin',
        reason: 'a test',
        summary: {
          matched: expect.arrayContaining([
            { kind: 'pay_in', currency: 'PHP', count: 3, amount: 2 * amount + price },
            { kind: 'pay_out', currency: 'PHP', count: 1, amount: 150_000 },
            { kind: 'refund', currency: 'PHP', count: 1, amount: price },
          ]),
          found: { missing_here: 0, missing_there: 0, different: 0 },
        },
      },
    ])
    expect((await reconcile('momo'))['runs']).toMatchObject([
      {
        summary: {
          listed: 0,
          asked: 1,
          matched: [{ kind: 'pay_in', currency: 'RWF', count: 1, amount: 50_000 }],
        },
      },
    ])
    expect(answer['books']).toMatchObject({
      clearing: [
        { provider: 'momo', currency: 'RWF', ledger: 50_000, provider_says: 50_000, difference: 0 },
        { provider: 'paymongo', currency: 'PHP', ledger: 250_000, provider_says: 250_000, difference: 0 },
      ],
      outside: expect.arrayContaining([{ currency: 'PHP', total: 250_000, by_hand: 0 }]),
      transit: [],
      not_zero: [],
    })
    expect(await metric('holdfast_reconciliation_exceptions_open{provider="paymongo"}')).toBe(0)
    expect(await metric('holdfast_reconciliation_age_seconds{provider="momo"}')).toBeLessThan(hour_s)
  }, 120_000)

  test('another amount, and paid after it expired: they lie in suspense, and agree all the same', async () => {
    const less = await toppedUp({ amount: amount - 1 })
    expect(await street.engine.must(200, `/v1/top-ups/${less.id}`, { party: less.party })).toMatchObject({
      state: 'set_aside',
    })
    expect(await found()).toEqual([])
  }, 60_000)
})

test('what was set aside goes back by its provider: both ways through one agreement, and each is matched', async () => {
  const { engine } = street
  const less = await toppedUp({ amount: amount - 7 })
  const { data } = await engine.must(200, '/v1/suspense?limit=100', as())
  const lying = (data as Json[]).find((one) => one['amount'] === amount - 7)
  await engine.operate(`/v1/suspense/${lying?.['id']}/refund`)
  await engine.advance(hour_s)
  const { data: rows } = await engine.must(200, '/v1/provider-payments?kind=refund&limit=1', as())
  expect(rows).toMatchObject([{ state: 'succeeded', told_engine: 'succeeded', amount: amount - 7 }])
  const { runs, books } = await reconcile()
  expect(runs[0].summary.found).toEqual({ missing_here: 0, missing_there: 0, different: 0 })
  expect((books.clearing as Json[]).map(({ difference }) => difference)).toEqual([0, 0])
  expect((await engine.wallet(less.party, 'PHP'))['available']).toBe(0)
}, 60_000)

describe('money that is missing here', () => {
  test('paid without anybody asking, and no event came: named once, counted, set aside by the desk, then cleared', async () => {
    await street.fault({ provider: 'paymongo', fault: 'drop_webhook' })
    await street.emulator('/paymongo/pay', { amount: 12_345 })
    await street.engine.advance(60)
    const [first, ...others] = await found()
    expect([first, others]).toMatchObject([
      {
        what: 'missing_here',
        kind: 'pay_in',
        payment: null,
        agreement: null,
        there: { amount: 12_345, currency: 'PHP', state: 'succeeded' },
        here: null,
        state: 'open',
      },
      [],
    ])
    expect(await metric('holdfast_reconciliation_exceptions_open{provider="paymongo"}')).toBe(1)
    await street.engine.advance(60)
    const { data } = await street.engine.must(200, '/v1/suspense', as())
    const set_aside = (data as Json[]).filter((one) => one['amount'] === 12_345)
    expect(set_aside).toMatchObject([{ because: 'unknown_reference' }])
    const { runs } = await reconcile()
    expect(await listed('&state=cleared')).toEqual([
      expect.objectContaining({ id: first?.['id'], last_run: runs[0].id, closed_by: null }),
    ])
    expect(await listed()).toEqual([])
  }, 60_000)

  test('settled there, and our row forgot to ask: asked again, the money is where it belongs', async () => {
    await street.fault({ provider: 'paymongo', fault: 'drop_webhook' })
    people += 1
    const party = `person-${people}`
    const { id } = await street.engine.must(201, `/v1/wallets/${party}/PHP/top-ups`, {
      party,
      body: { amount, method: 'gcash' },
    })
    await street.engine.advance(60)
    const { checkout_url } = await street.engine.must(200, `/v1/top-ups/${id}`, { party })
    await db().run(`update provider_payments set next_at = null where state = 'pending'`)
    const { data } = await street.pay(checkout_url)
    const open = await found()
    expect(open).toMatchObject([
      { what: 'missing_here', their_id: data.payment, here: { state: 'not_booked' } },
    ])
    expect(open[0]?.['payment']).toMatch(/^pp_/)
    await street.engine.advance(60)
    expect((await street.engine.wallet(party, 'PHP'))['available']).toBe(amount)
    await agrees()
  }, 60_000)

  test('a pay-out that we had given up for lost stands in the list: asked about again, it has arrived', async () => {
    const { party } = await toppedUp()
    const body = { amount: 150_000, currency: 'PHP', ...gcash }
    const { id } = await street.engine.must(201, `/api/wallet/${party}/withdraw`, { party, body })
    await street.engine.advance(day_s + 60)
    await street.engine.operate(`/admin/withdrawals/${id}/approve`, { pay_by: 'provider' })
    await street.engine.advance(60)
    await street.fault({ provider: 'paymongo', fault: 'drop_webhook' })
    await db().run(
      `update provider_payments set state = 'lost', provider_id = null, next_at = null
       where kind = 'pay_out' and state = 'pending'`,
    )
    await street.banksPay(1)
    expect(await found()).toMatchObject([
      { what: 'missing_here', kind: 'pay_out', there: { amount: 150_000 }, here: { state: 'not_booked' } },
    ])
    await street.engine.advance(60)
    expect(await street.engine.must(200, `/v1/withdrawals/${id}`, { party })).toMatchObject({
      state: 'completed',
    })
    await agrees()
  }, 60_000)

  test('MTN has no list: its payments are asked for one by one, and one that settled unseen is found', async () => {
    await street.fault({ provider: 'momo', fault: 'drop_webhook' })
    people += 1
    const party = `person-${people}`
    const body = { amount: 7_000, method: 'mobile_money', mobile_number: '250788000001' }
    await street.engine.must(201, `/v1/wallets/${party}/RWF/top-ups`, { party, body })
    await street.engine.advance(hour_s)
    // As a row that was told too early that it had failed.
    await db().run(
      `update provider_payments set state = 'failed', heard = 'failed', next_at = null
       where provider = 'momo' and details ->> 'party' = $1`,
      [party],
    )
    expect(await found('momo')).toMatchObject([
      {
        what: 'missing_here',
        kind: 'pay_in',
        there: { amount: 7_000, currency: 'RWF' },
        here: { state: 'not_booked' },
      },
    ])
    await street.engine.advance(60)
    await agrees('momo')
  }, 60_000)
})

describe('money that is booked here', () => {
  const inEmulator = (id: string, sql: string) =>
    db().run(`update emulator.resources set ${sql} where id = $1`, [id])

  test('the provider knows nothing of it: named, and named once however often it is looked for', async () => {
    const { transfer } = await paidOut()
    const kept = await db().one<Json>('select * from emulator.resources where id = $1', [transfer])
    await inEmulator(transfer, `kind = 'lost', id = 'gone'`)
    const [first] = await found()
    expect(first).toMatchObject({
      what: 'missing_there',
      kind: 'pay_out',
      their_id: transfer,
      there: null,
      here: { amount: 150_000, currency: 'PHP', state: 'succeeded' },
    })
    expect(first?.['agreement']).toMatch(/^wd_/)
    const again = await found()
    expect(again.map(({ id, first_run }) => [id, first_run])).toEqual([[first?.['id'], first?.['first_run']]])
    expect(again[0]?.['last_run']).not.toBe(first?.['last_run'])
    // Days later nobody lists that time any more, and it is still looked at.
    await street.engine.advance(10 * day_s)
    expect(await found()).toMatchObject([{ id: first?.['id'] }])
    await db().run(`update emulator.resources set kind = $2, id = $1 where id = 'gone'`, [
      transfer,
      kept['kind'],
    ])
    await agrees()
  }, 120_000)

  test('another amount there: different; resolved by an operator it stays so, until it is another difference', async () => {
    const { transfer } = await paidOut()
    await inEmulator(transfer, `body = jsonb_set(body::jsonb, '{amount}', '149999')::json`)
    const [first] = await found()
    expect(first).toMatchObject({
      what: 'different',
      there: { amount: 149_999, state: 'succeeded' },
      here: { amount: 150_000, state: 'succeeded' },
    })
    const path = `/v1/reconciliation-exceptions/${first?.['id']}/resolve`
    expect(await street.engine.ask(path, { ...as(), body: {} })).toMatchObject({ status: 400 })
    const both = await Promise.all(
      [1, 2].map(() => street.engine.ask(path, { ...as(), body: { reason: 'a fee' } })),
    )
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 409]))
    expect(await found()).toEqual([])
    expect(await listed('&state=resolved')).toMatchObject([
      { id: first?.['id'], closed_by: 'sandbox admin', closed_reason: 'a fee' },
    ])
    await inEmulator(transfer, `body = jsonb_set(body::jsonb, '{amount}', '149000')::json`)
    expect(await found()).toMatchObject([
      { id: first?.['id'], state: 'open', closed_by: null, there: { amount: 149_000 } },
    ])
    await inEmulator(transfer, `body = jsonb_set(body::jsonb, '{amount}', '150000')::json`)
    await agrees()
  }, 120_000)

  test.each(['inward', 'status'])(
    'it came back there (%s), and no event told us: the wallet gets it',
    async (how) => {
      const { party, transfer } = await paidOut()
      await street.fault({ provider: 'paymongo', fault: 'drop_webhook' })
      await street.emulator(`/paymongo/transfers/${transfer}/return`, { how })
      expect(await found()).toMatchObject([
        {
          what: 'different',
          kind: 'pay_out',
          there: { state: 'returned', amount: 0 },
          here: { state: 'succeeded' },
        },
      ])
      await street.engine.advance(60)
      expect((await street.engine.wallet(party, 'PHP'))['available']).toBe(amount)
      await agrees()
    },
    120_000,
  )
})

describe('who does not answer', () => {
  test.each(['payments.list', 'refunds.list', 'transfers.list'])(
    '%s fails: the run has failed and says why, and nothing is missing for it',
    async (operation) => {
      await street.fault({ provider: 'paymongo', operation, fault: 'http_500_json' })
      const before = await listed('&state=all')
      const { runs } = await reconcile()
      expect(runs).toMatchObject([{ state: 'failed', error: expect.stringMatching(/its list of/) }])
      expect(await listed('&state=all')).toEqual(before)
      await street.clearFaults()
      expect(await found()).toEqual([])
    },
    60_000,
  )

  test('a provider that is not set up, a window that is none', async () => {
    const { engine } = street
    const ask = (body: Json) => engine.ask('/v1/reconciliations', { ...as(), body: { reason: 'x', ...body } })
    expect((await ask({ provider: 'stripe' })).status).toBe(404)
    const bad = [
      { from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' },
      { to: '2199-01-01T00:00:00Z' },
      { from: '2020-01-01T00:00:00Z' },
      { from: 'yesterday' },
    ]
    for (const body of bad) expect([body, (await ask(body)).status]).toEqual([body, 400])
  })

  test('one run at a time for each provider; one that died is given up', async () => {
    await db().run(
      `insert into reconciliations (id, provider, from_at, to_at, state, by, started_at)
       select gen_random_uuid(), 'paymongo', now(), now(), 'running', 'a process that died', $1`,
      [(await street.engine.must(200, '/v1/test-clock'))['now']],
    )
    const asking = { ...as(), body: { provider: 'paymongo', reason: 'x' } }
    expect(await street.engine.ask('/v1/reconciliations', asking)).toMatchObject({
      status: 409,
      body: { code: 'request_in_progress' },
    })
    await street.engine.advance(hour_s)
    expect((await street.engine.ask('/v1/reconciliations', asking)).status).toBe(200)
  })

  test('the same request again is answered as before, and compares nothing', async () => {
    const asking = { ...as(), body: { provider: 'manual', reason: 'x' }, idempotency: 'once' }
    const [first, again] = [
      await street.engine.ask('/v1/reconciliations', asking),
      await street.engine.ask('/v1/reconciliations', asking),
    ]
    expect(again.text).toBe(first.text)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })
})

describe('every day', () => {
  test('it runs by itself, one day after the other without a gap, over all providers', async () => {
    await street.engine.advance(3 * day_s)
    const books = (await reconcile())['books']
    expect(books).toMatchObject({ transit: [], not_zero: [] })
    expect((books.clearing as Json[]).filter(({ difference }) => difference !== 0)).toEqual([])
    const { data } = await street.engine.must(200, '/v1/schedules/reconcile/runs', as())
    expect(data[0]).toMatchObject({ state: 'done', summary: { exceptions_open: {}, clearing_is_off: false } })
    const runs = (await street.engine.must(200, '/v1/reconciliations?provider=paymongo', as()))[
      'data'
    ] as Json[]
    const by_clock = runs.filter(({ by }) => by === 'clock')
    expect(by_clock.length).toBeGreaterThanOrEqual(3)
    for (const [n, run] of by_clock.slice(1).entries())
      expect(Date.parse(run['to'])).toBeGreaterThanOrEqual(Date.parse(by_clock[n]?.['from']))
    expect(data[0].summary.books.clearing.map(({ difference }: Json) => difference)).toEqual([0, 0])
    const one = await street.engine.must(200, `/v1/reconciliations/${runs[0]?.['id']}`, as())
    expect(one).toEqual(runs[0])
  }, 60_000)

  test('a refund under way lies in transit and is explained; what nobody has under way is named', async () => {
    const wedding = await wed(street.engine)
    const begun = await wedding.checkout()
    await street.engine.advance(60)
    const payment = await street.engine.must(200, `/v1/payments/${begun['id']}`, { party: wedding.couple })
    await street.pay(payment['checkout_url'])
    await street.engine.advance(60)
    await street.fault({ provider: 'paymongo', operation: 'refunds.create', fault: 'http_500_json' })
    expect((await wedding.by('vendor', 'cancel')).status).toBe(200)
    await street.engine.advance(1)
    const explained = await reconcile('manual')
    expect(explained['books'].transit).toMatchObject([
      { currency: 'PHP', balance: price, under_way: price, refunds: 1, difference: 0 },
    ])
    expect(await metric('holdfast_clearing_transit{currency="PHP"}')).toBe(price)
    await db().run(`update provider_payments set heard = 'failed' where kind = 'refund' and heard = 'before'`)
    expect((await reconcile('manual'))['books'].transit).toMatchObject([
      { balance: price, under_way: 0, difference: price },
    ])
    await db().run(`update provider_payments set heard = 'before' where kind = 'refund' and heard = 'failed'`)
    await street.clearFaults()
    await street.engine.advance(day_s)
    expect((await reconcile('manual'))['books'].transit).toEqual([])
  }, 60_000)
})
