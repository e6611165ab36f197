// Bookings, payments, receipts, the vendor's wallet: what must be refused, what happens at the same instant, what is known to go wrong.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  contentsOf,
  startBeside,
  startEngine,
  type Answer,
  type Asking,
  type Engine,
  type Json,
} from '../fixtures/engine.ts'
import { asideFor } from '../fixtures/suspense.ts'
import {
  currency,
  dashboard,
  price,
  settled,
  settling,
  wed,
  type Wedding,
} from '../fixtures/service-booking.ts'

let engine: Engine
/** Another engine on the same database. */
let other: Engine
beforeAll(async () => {
  engine = await startEngine()
  other = await startBeside(engine)
})
afterAll(async () => {
  await other.stop()
  await engine.stop()
})
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
  expect([...engine.log, ...other.log].filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

const disputing = { dispute_reason: 'not_delivered', dispute_text: 'x' }

/** The answer, and whether anything in any table is another than before. */
async function tried(asked: () => Promise<Answer>): Promise<Json> {
  const before = await contentsOf(engine.running.db)
  const { status, body } = await asked()
  return { status, body, changed: (await contentsOf(engine.running.db)) !== before }
}

/** Refused with these facts, and nothing changed. */
function refused(status: number, facts: Json): Json {
  return { status, body: facts, changed: false }
}

async function paidWedding(): Promise<Wedding> {
  const wedding = await wed(engine)
  await wedding.paid()
  return wedding
}

/** By its wallet: what it has comes from a top-up. */
async function rich(wedding: Wedding, amount = price): Promise<Wedding> {
  await engine.topUp(wedding.couple, amount, currency)
  return wedding
}

describe('bad input', () => {
  const before_payment: [
    what: string,
    who: 'couple' | 'vendor',
    act: string,
    body: Json,
    status: number,
    facts: Json,
  ][] = [
    ['a quote by the couple', 'couple', 'send-quote', { price }, 403, { code: 'not_your_transition' }],
    [
      'a second quote',
      'vendor',
      'send-quote',
      { price },
      409,
      { code: 'transition_not_open', state: 'quote_sent' },
    ],
    ['payment by the vendor', 'vendor', 'pay', {}, 403, { code: 'not_your_transition' }],
    [
      'payment by the vendor, from a wallet',
      'vendor',
      'pay',
      { method: 'wallet' },
      403,
      { code: 'not_your_transition' },
    ],
    [
      'from a wallet that lacks it',
      'couple',
      'pay',
      { method: 'wallet' },
      409,
      { code: 'insufficient_funds', short_by: price },
    ],
    [
      'a deposit that nobody asks for',
      'couple',
      'pay',
      { part: 'deposit' },
      409,
      { code: 'transition_not_open', reason: 'no deposit is due' },
    ],
    [
      'a balance before a deposit',
      'couple',
      'pay',
      { part: 'balance' },
      409,
      { code: 'transition_not_open' },
    ],
    [
      'an unknown part',
      'couple',
      'pay',
      { part: 'half' },
      400,
      { code: 'invalid_request', pointer: '/part' },
    ],
    [
      'an unknown method',
      'couple',
      'pay',
      { method: 'cash' },
      400,
      { code: 'invalid_request', pointer: '/method' },
    ],
    [
      'an unknown field',
      'couple',
      'pay',
      { amount: price },
      400,
      { code: 'invalid_request', pointer: '/amount' },
    ],
    [
      'less than the price',
      'couple',
      'pay-from-wallet',
      { amount_paid: price - 1 },
      409,
      { code: 'amount_mismatch', expected: [price] },
    ],
    [
      'more than the price',
      'couple',
      'pay-from-wallet',
      { amount_paid: price + 1 },
      409,
      { code: 'amount_mismatch', expected: [price] },
    ],
    [
      'nothing',
      'couple',
      'pay-from-wallet',
      { amount_paid: 0 },
      400,
      { code: 'amount_out_of_range', pointer: '/amount_paid' },
    ],
    [
      'pesos with a fraction',
      'couple',
      'pay-from-wallet',
      { amount_paid: 50_000.5 },
      400,
      { code: 'invalid_request' },
    ],
    [
      'a mark before payment',
      'vendor',
      'mark-complete',
      {},
      409,
      { code: 'transition_not_open', state: 'quote_sent' },
    ],
    ['a dispute before payment', 'couple', 'dispute', disputing, 409, { code: 'transition_not_open' }],
    ['a refund of what was never paid', 'vendor', 'cancel-paid', {}, 409, { code: 'transition_not_open' }],
  ]
  test.each(before_payment)('before payment: %s', async (_what, who, act, body, status, facts) => {
    const wedding = await wed(engine)
    expect(await tried(() => wedding.by(who, act, body))).toMatchObject(refused(status, facts))
  })

  const after_payment: typeof before_payment = [
    ['a second payment', 'couple', 'pay', {}, 409, { code: 'transition_not_open', reason: 'nothing is due' }],
    [
      'a second payment from the wallet',
      'couple',
      'pay-from-wallet',
      { amount_paid: price },
      409,
      { code: 'transition_not_open' },
    ],
    ['a refund by the couple alone', 'couple', 'cancel-paid', {}, 403, { code: 'not_your_transition' }],
    [
      'cancelling as if unpaid',
      'couple',
      'cancel-unpaid',
      {},
      409,
      { code: 'transition_not_open', state: 'fully_paid' },
    ],
    ['a decision without a dispute', 'vendor', 'release', {}, 403, { code: 'not_your_transition' }],
    ['declining what is paid', 'vendor', 'decline', {}, 409, { code: 'transition_not_open' }],
    [
      'a reason that is none',
      'couple',
      'dispute',
      { ...disputing, dispute_reason: 'bored' },
      400,
      { pointer: '/dispute_reason' },
    ],
  ]
  test.each(after_payment)('after payment: %s', async (_what, who, act, body, status, facts) => {
    const wedding = await rich(await paidWedding())
    expect(await tried(() => wedding.by(who, act, body))).toMatchObject(refused(status, facts))
  })

  const quotes: [what: string, quote: Json, status: number, facts: Json][] = [
    [
      'a deposit as large as the price',
      { price, deposit: price },
      400,
      { code: 'amount_out_of_range', pointer: '/deposit' },
    ],
    [
      'a deposit below zero',
      { price, deposit: -1 },
      400,
      { code: 'amount_out_of_range', pointer: '/deposit' },
    ],
    ['no price', {}, 400, { code: 'invalid_request', pointer: '/price' }],
    ['a price of nothing', { price: 0 }, 400, { code: 'amount_out_of_range', pointer: '/price' }],
    ['a price beyond what JSON keeps exact', { price: 2 ** 53 }, 400, { code: 'amount_out_of_range' }],
    ['a price as text', { price: '50000.00' }, 400, { code: 'invalid_request', pointer: '/price' }],
    [
      'lines that make less than the price',
      { price, items: [{ name: 'x', amount: price - 1 }] },
      409,
      { code: 'distribution_mismatch', pointer: '/items' },
    ],
    ['a line without an amount', { price, items: [{ name: 'x' }] }, 400, { code: 'invalid_request' }],
    ['no lines', { price, items: [] }, 400, { code: 'invalid_request', pointer: '/items' }],
  ]
  test.each(quotes)('a quote with %s', async (_what, body, status, facts) => {
    const { id } = await engine.must(201, '/bookings', { party: 'ana', body: { vendor: 'ben', currency } })
    expect(await tried(() => engine.ask(`/bookings/${id}/send-quote`, { party: 'ben', body }))).toMatchObject(
      refused(status, facts),
    )
  })

  const requests: [what: string, asking: Asking, status: number, facts: Json][] = [
    ['without a vendor', { party: 'ana', body: { currency } }, 400, { pointer: '/vendor' }],
    [
      'of itself',
      { party: 'ana', body: { vendor: 'ana', currency } },
      400,
      { reason: 'one person cannot be two parties' },
    ],
    [
      'for somebody else',
      { party: 'eve', body: { couple: 'ana', vendor: 'ben', currency } },
      403,
      { code: 'not_your_transition' },
    ],
    [
      'of the platform',
      { party: 'ana', body: { vendor: 'platform', currency } },
      400,
      { reason: 'a reserved name' },
    ],
    [
      'in no currency',
      { party: 'ana', body: { vendor: 'ben', currency: 'XXX' } },
      400,
      { pointer: '/currency' },
    ],
    ['with a price', { party: 'ana', body: { vendor: 'ben', currency, price } }, 400, { pointer: '/price' }],
    [
      'on no date',
      { party: 'ana', body: { vendor: 'ben', currency, event_date: 'soon' } },
      400,
      { pointer: '/event_date' },
    ],
    [
      'in a leap second',
      { party: 'ana', body: { vendor: 'ben', currency, event_date: '2016-12-31T23:59:60Z' } },
      400,
      { pointer: '/event_date' },
    ],
    [
      'with a quote that is valid for years',
      { party: 'ana', body: { vendor: 'ben', currency, terms: { quote_valid: '366 days' } } },
      409,
      { code: 'limit_exceeded' },
    ],
  ]
  test.each(requests)('a request %s', async (_what, asking, status, facts) => {
    expect(await tried(() => engine.ask('/bookings', asking))).toMatchObject(refused(status, facts))
  })

  const settlements: [what: string, over: Json, status: number, facts: Json][] = [
    ['of another amount', { amount_paid: price - 1 }, 409, { code: 'amount_mismatch', expected: [price] }],
    ['of too much', { amount_paid: price + 1 }, 409, { code: 'amount_mismatch', expected: [price] }],
    [
      'of pesos taken for centavos',
      { amount_paid: 50_000 },
      409,
      { code: 'amount_mismatch', expected: [price] },
    ],
    ['in another currency', { currency: 'USD' }, 409, { code: 'currency_mismatch', expected: currency }],
    [
      'without a reference',
      { provider_reference: undefined },
      400,
      { code: 'invalid_request', pointer: '/provider_reference' },
    ],
    ['with a reference of blanks', { provider_reference: ' ' }, 400, { pointer: '/provider_reference' }],
  ]
  test.each(settlements)('a settlement %s', async (_what, over, status, facts) => {
    const wedding = await wed(engine)
    const begun = await wedding.checkout()
    expect(await tried(() => engine.ask(...settling(begun, over)))).toMatchObject(refused(status, facts))
    expect(await wedding.read()).toMatchObject({ state: 'quote_sent', held: 0 })
  })

  test('a settlement by the payer, by a stranger, and by an operator who may not make money', async () => {
    const wedding = await wed(engine)
    const begun = await wedding.checkout()
    const [path, asking] = settling(begun)
    const support = await engine.newKey({ kind: 'operator', name: 'supporter', role: 'support' })
    const body = { ...asking.body, reason: 'x' }
    expect(await tried(() => engine.ask(path, { ...asking, party: wedding.couple }))).toMatchObject(
      refused(403, {
        code: 'not_your_transition',
      }),
    )
    expect(await tried(() => engine.ask(path, { ...asking, party: 'eve' }))).toMatchObject(
      refused(404, { code: 'not_found' }),
    )
    expect(await tried(() => engine.ask(path, { body, key: support }))).toMatchObject(
      refused(403, { code: 'missing_scope' }),
    )
    expect(
      await tried(() => engine.ask('/v1/payments', { party: 'eve', body: { booking: wedding.id } })),
    ).toMatchObject(refused(404, { what: 'booking' }))
  })

  test('a distribution that is not what is held is no offer either', async () => {
    const wedding = await paidWedding()
    await wedding.by('couple', 'dispute', disputing)
    for (const [to_couple, to_vendor] of [
      [price, 1],
      [price - 1, 0],
      [0, price - 1],
    ])
      expect(await tried(() => wedding.by('couple', 'settle', { to_couple, to_vendor }))).toMatchObject(
        refused(409, {
          code: 'distribution_mismatch',
          held: price,
        }),
      )
  })

  const filters: [query: string, status: number, pointer: string][] = [
    ['currency=XXX', 400, '/currency'],
    ['from=yesterday', 400, '/from'],
    ['to=2016-12-31T23:59:60Z', 400, '/to'],
    ['side=both', 400, '/side'],
    ['code=earning', 400, '/code'],
    ['limit=0', 400, '/limit'],
    ['starting_after=x', 400, '/starting_after'],
  ]
  test.each(filters)('transactions with %s', async (query, status, pointer) => {
    const { status: got, body } = await engine.ask(`/api/wallet/ana/transactions?${query}`)
    expect([got, body['pointer']]).toEqual([status, pointer])
  })
})

describe('known to go wrong', () => {
  test('a payment repeated: the same reference counts once, on this payment and on another', async () => {
    const [one, two] = [await wed(engine), await wed(engine)]
    const [begun, also] = [await one.checkout(), await two.checkout()]
    const [path, asking] = settling(begun)
    await engine.must(200, path, asking)
    expect(await tried(() => engine.ask(path, asking))).toMatchObject(
      refused(409, {
        code: 'transition_not_open',
        state: 'settled',
      }),
    )
    const reference = { provider_reference: asking.body['provider_reference'] }
    expect(await tried(() => engine.ask(...settling(also, reference)))).toMatchObject(
      refused(409, { code: 'reference_taken' }),
    )
    expect(await two.read()).toMatchObject({ state: 'quote_sent', held: 0 })
    expect(await one.receipts()).toHaveLength(1)
  })

  test('paid twice: a second payment of what is paid is refused, and can be set aside', async () => {
    const wedding = await wed(engine)
    const [first, second] = [await wedding.checkout(), await wedding.checkout()]
    await settled(engine, first)
    expect(await tried(() => engine.ask(...settling(second)))).toMatchObject(
      refused(409, {
        code: 'transition_not_open',
        state: 'fully_paid',
      }),
    )
    const suspense = () => platform('suspense')
    const before = await suspense()
    const [, { body }] = settling(second)
    const aside = await asideFor(engine, second, body, 'came_again')
    expect(await engine.must(200, `/v1/payments/${second['id']}`)).toMatchObject({
      state: 'set_aside',
      because: 'came_again',
      suspense: aside,
      money: 'none',
    })
    expect(await suspense()).toBe(before + price)
    expect(await wedding.read()).toMatchObject({ held: price, paid: price })
    expect(await wedding.receipts()).toHaveLength(1)
  })

  test('another amount that is due: each payment is for what it was begun for, and the booking takes only what is due', async () => {
    const wedding = await wed(engine, { deposit: 1_500_000 })
    const [full, deposit] = [await wedding.checkout('full'), await wedding.checkout('deposit')]
    const short = settling(full, { amount_paid: 1_500_000 })
    const asked_for = { code: 'amount_mismatch', expected: [price] }
    expect(await tried(() => engine.ask(...short))).toMatchObject(refused(409, asked_for))
    await settled(engine, deposit)
    const is_due = { code: 'amount_mismatch', expected: [3_500_000] }
    expect(await tried(() => engine.ask(...settling(full)))).toMatchObject(refused(409, is_due))
    expect(await wedding.read()).toMatchObject({ state: 'deposit_paid', held: 1_500_000 })
  })

  test('paid after cancellation: nothing is released and nothing moves until it is set aside', async () => {
    const wedding = await wed(engine)
    const begun = await wedding.checkout()
    await wedding.by('couple', 'cancel')
    expect(await tried(() => engine.ask(...settling(begun)))).toMatchObject(
      refused(409, {
        code: 'transition_not_open',
        state: 'cancelled',
      }),
    )
    const [, { body }] = settling(begun)
    await asideFor(engine, begun, body)
    expect(await wedding.read()).toMatchObject({ state: 'cancelled', held: 0, money: 'none' })
    expect(await wedding.receipts()).toEqual([])
  })

  test('late or said to have failed, and paid after all: still counts, once', async () => {
    const [late, failed] = [await wed(engine), await wed(engine)]
    const [expired, refused] = [await late.checkout(), await failed.checkout()]
    await engine.must(200, `/v1/payments/${refused['id']}/fail`, { body: { note: 'declined' } })
    await settled(engine, refused)
    expect(await failed.read()).toMatchObject({ state: 'fully_paid', held: price })
    await engine.advance(24 * 3_600)
    expect(await engine.must(200, `/v1/payments/${expired['id']}`)).toMatchObject({ state: 'expired' })
    await settled(engine, expired)
    expect(await late.read()).toMatchObject({ state: 'fully_paid', held: price })
  })

  test('releasing, total and held: what the couple held is gone, what the vendor has is the same, and no more', async () => {
    const wedding = await rich(await wed(engine))
    await wedding.by('couple', 'pay', { method: 'wallet' })
    expect(await engine.wallet(wedding.couple, currency)).toMatchObject({
      available: 0,
      frozen: price,
      total: price,
    })
    await wedding.by('couple', 'mark-complete')
    await wedding.by('vendor', 'mark-complete')
    expect(await engine.wallet(wedding.couple, currency)).toMatchObject({ frozen: 0, total: 0, spent: price })
    expect(await engine.wallet(wedding.vendor, currency)).toMatchObject({
      available: price,
      pending: 0,
      earned: price,
    })
  })

  test('cancelling moves the money too: to where each part came from', async () => {
    const wedding = await rich(await wed(engine, { deposit: 1_500_000 }), 3_500_000)
    await wedding.paid('deposit')
    await wedding.by('couple', 'pay', { method: 'wallet' })
    const [clearing, transit] = [await platform('clearing'), await platform('transit')]
    const { body } = await wedding.by('vendor', 'cancel')
    expect(body).toMatchObject({ state: 'refunded', money: 'refunded', refunded: price, held: 0 })
    expect(await engine.wallet(wedding.couple, currency)).toMatchObject({
      available: 3_500_000,
      frozen: 0,
      spent: 0,
    })
    // What a provider brought is on its way back, until it says that it arrived.
    expect([await platform('clearing'), await platform('transit')]).toEqual([clearing, transit + 1_500_000])
    expect(await tried(() => wedding.by('vendor', 'cancel'))).toMatchObject(
      refused(409, {
        code: 'transition_not_open',
        state: 'refunded',
      }),
    )
  })

  test('deciding a dispute: refund, release, split and agreement, each with its money', async () => {
    const open = async () => {
      const wedding = await rich(await wed(engine))
      await wedding.by('couple', 'pay', { method: 'wallet' })
      await wedding.by('vendor', 'dispute', disputing)
      return wedding
    }
    const [refund, release, split, settle] = [await open(), await open(), await open(), await open()]
    await refund.operator('refund')
    await release.operator('release')
    await split.operator('split', { to_couple: 1_999_999, to_vendor: 3_000_001 })
    await settle.by('couple', 'settle', { to_couple: 2_000_000, to_vendor: 3_000_000 })
    await settle.by('vendor', 'settle', { to_couple: 2_000_000, to_vendor: 3_000_000 })
    const outcomes = [refund, release, split, settle].map(async (wedding) => {
      const [{ state }, couple, vendor] = [
        await wedding.read(),
        await engine.wallet(wedding.couple, currency),
        await engine.wallet(wedding.vendor, currency),
      ]
      return [state, couple['available'], couple['frozen'], vendor['available'], vendor['pending']]
    })
    expect(await Promise.all(outcomes)).toEqual([
      ['refunded', price, 0, 0, 0],
      ['completed', 0, 0, price, 0],
      ['completed', 1_999_999, 0, 3_000_001, 0],
      ['completed', 2_000_000, 0, 3_000_000, 0],
    ])
  })

  test('all of it to the couple, by agreement, is a refund to where it came from', async () => {
    const wedding = await paidWedding()
    await wedding.by('couple', 'dispute', disputing)
    const transit = await platform('transit')
    await wedding.by('vendor', 'settle', { to_couple: price, to_vendor: 0 })
    const { body } = await wedding.by('couple', 'settle', { to_couple: price, to_vendor: 0 })
    expect(body).toMatchObject({ state: 'refunded', refunded: price, released: 0 })
    expect(await platform('transit')).toBe(transit + price)
    expect(await engine.wallet(wedding.couple, currency)).toMatchObject({ available: 0, frozen: 0 })
  })

  test('a withdrawn dispute: the clock of a silence goes on with the time that was left, and the mark stays', async () => {
    const wedding = await paidWedding()
    await wedding.by('vendor', 'mark-complete')
    await engine.advance(86_400)
    await wedding.by('couple', 'dispute', disputing)
    expect(await wedding.read()).toMatchObject({ vendor_completed: true, couple_completed: false })
    await engine.advance(30 * 86_400)
    await wedding.by('couple', 'withdraw-dispute')
    await engine.advance(13 * 86_400 - 3_600)
    expect(await wedding.read()).toMatchObject({ state: 'fully_paid', vendor_completed: true })
    await engine.advance(3_600)
    expect(await wedding.read()).toMatchObject({ state: 'disputed', money: 'held' })
  })

  test('a deposit whose rest never comes: operators are told by the clock, and nothing is lost', async () => {
    const wedding = await wed(engine, { deposit: 1_500_000 })
    await wedding.paid('deposit')
    await engine.advance(61 * 86_400)
    const calls = (await engine.events(wedding.id)).filter(
      ({ transition }) => transition === 'escalate_balance',
    )
    expect(calls.map(({ tells }) => tells)).toEqual([
      ['operator', 'couple', 'vendor'],
      ['operator', 'couple', 'vendor'],
    ])
    expect(await wedding.read()).toMatchObject({ state: 'deposit_paid', held: 1_500_000 })
  })

  test('a fee by the fee schedule: for bookings made after it, and the parts are the whole', async () => {
    const old = await paidWedding()
    const publish = (fee: string) =>
      engine.operate('/v1/fee-schedules', { flow: 'service-booking', terms: { fee } })
    await publish('3.33%')
    const fresh = await wed(engine, { price: 1_001 })
    await fresh.paid()
    const revenue = await platform('revenue')
    for (const wedding of [old, fresh])
      for (const who of ['couple', 'vendor'] as const) await wedding.by(who, 'mark-complete')
    expect((await dashboard(engine, old.vendor))['total_earnings']).toBe(price)
    expect((await dashboard(engine, fresh.vendor))['total_earnings']).toBe(968)
    expect(await platform('revenue')).toBe(revenue + 33)
    await publish('0%')
  })

  test('above the sum, cancelling and deciding by operators takes two of them', async () => {
    const wedding = await wed(engine, { price: 20_000_001 })
    await wedding.paid()
    const first = await wedding.operator('cancel')
    expect(first.body).toMatchObject({ state: 'fully_paid', held: 20_000_001, waiting_for: ['operator'] })
    expect((await wedding.operator('cancel')).status).toBe(409)
    const second = await engine.newKey({ kind: 'operator', name: 'second', role: 'admin' })
    const done = await engine.must(200, `/bookings/${wedding.id}/cancel`, {
      key: second,
      body: { reason: 'seen' },
    })
    expect(done).toMatchObject({ state: 'refunded', refunded: 20_000_001 })
  })

  test('a request sent again under its key: one payment, one answer, whatever happened meanwhile', async () => {
    const wedding = await rich(await wed(engine))
    const pay = (): Promise<Answer> =>
      engine.ask(`/bookings/${wedding.id}/pay`, {
        party: wedding.couple,
        body: { method: 'wallet' },
        idempotency: `pay-${wedding.id}`,
      })
    const [first, again] = [await pay(), await pay()]
    expect([first.status, again.status, again.text === first.text]).toEqual([200, 200, true])
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(await wedding.receipts()).toHaveLength(1)
  })
})

/** Minor units on an account of the marketplace, or on the one that stands for the provider. */
async function platform(purpose: string): Promise<number> {
  const { data } = await engine.must(200, '/v1/platform/accounts')
  const found = data.find((row: Json) => row['purpose'] === purpose && row['currency'] === currency)
  return found?.balance ?? 0
}
