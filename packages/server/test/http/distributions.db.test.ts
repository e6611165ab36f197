// Distributions of disputed money over HTTP, the same for every product that has disputes: what is refused at the first ask, how they end, what the shares are of.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { deals, type Deal, type Dealt } from '../fixtures/every-product.ts'
import { contentsOf, startEngine, type Answer, type Engine, type Json } from '../fixtures/engine.ts'
import { Freelance } from '../fixtures/freelance-milestone.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

const why = { dispute_reason: 'other', dispute_text: 'x' }

interface Words {
  /** Who had paid, and gets this field's amount; then the other side. */
  readonly sides: readonly [role: string, field: string][]
  readonly acts: string
  readonly dispute: readonly [by: string, path: string]
  /** The end of what is given back, and where all but one unit of it is. */
  readonly ends: readonly [all_back: string, divided: string]
}

const words: Readonly<Partial<Record<Dealt, Words>>> = {
  'p2p-trade': {
    sides: [
      ['payer', 'to_payer'],
      ['payee', 'to_payee'],
    ],
    acts: '/p2p/orders/{id}',
    dispute: ['operator', '/p2p/orders/{id}/dispute'],
    ends: ['cancelled', 'completed'],
  },
  'marketplace-order': {
    sides: [
      ['buyer', 'to_buyer'],
      ['seller', 'to_seller'],
    ],
    acts: '/orders/{id}',
    dispute: ['buyer', '/orders/{id}/dispute'],
    ends: ['cancelled', 'completed'],
  },
  'service-booking': {
    sides: [
      ['couple', 'to_couple'],
      ['vendor', 'to_vendor'],
    ],
    acts: '/bookings/{id}',
    dispute: ['couple', '/bookings/{id}/dispute'],
    ends: ['refunded', 'completed'],
  },
  'freelance-milestone': {
    sides: [
      ['client', 'to_client'],
      ['developer', 'to_developer'],
    ],
    acts: '/milestone/{id}',
    dispute: ['client', '/milestone/{id}/dispute'],
    ends: ['refunded', 'paid'],
  },
  'trade-credit': {
    sides: [
      ['retailer', 'to_company'],
      ['wholesaler', 'to_wholesaler'],
    ],
    acts: '/company/escrow/{id}',
    dispute: ['retailer', '/retailer/escrow/dispute/{id}'],
    ends: ['refunded', 'released'],
  },
}
const disputing = Object.keys(words) as Dealt[]

interface Disputed extends Deal {
  readonly ends: Words['ends']
  readonly people: readonly string[]
  readonly dispute: string
  readonly agreement: Json
  /** By one of the two sides, the first or the second; and by an operator. */
  settle(side: 0 | 1, first: number, second: number): Promise<Answer>
  split(first: number, second: number, key?: string): Promise<Answer>
  offer(side: 0 | 1, first: number, second: number): Promise<Answer>
}

async function disputed(product: Dealt, made?: Deal): Promise<Disputed> {
  const deal = made ?? (await deals[product](engine))
  const { sides, acts, dispute, ends } = words[product] ?? {
    sides: [],
    acts: '',
    dispute: ['', ''],
    ends: ['', ''],
  }
  const [by, path] = dispute
  const at = (text: string) => text.replace('{id}', deal.id)
  const agreement = await engine.must(200, `/v1/agreements/${deal.id}`)
  const people = sides.map(([role]) => String(agreement[role]))
  if (by === 'operator') await engine.operate(at(path), why)
  else await engine.must(200, at(path), { party: agreement[by], body: why })
  const { data } = await engine.must(200, `/v1/disputes?agreement=${deal.id}`)
  const partsOf = (amounts: readonly number[], names: 'fields' | 'roles') =>
    Object.fromEntries(sides.map(([role, field], i) => [names === 'fields' ? field : role, amounts[i]]))
  return {
    ...deal,
    agreement,
    ends,
    people,
    dispute: data[0].id,
    settle: (side, ...amounts) =>
      engine.ask(at(`${acts}/settle`), { party: people[side] ?? '', body: partsOf(amounts, 'fields') }),
    split: (first, second, key = engine.admin) =>
      engine.ask(at(`${acts}/split`), {
        key,
        body: { ...partsOf([first, second], 'fields'), reason: 'a test' },
      }),
    offer: (side, ...amounts) =>
      engine.ask(`/v1/disputes/${data[0].id}/offers`, {
        party: people[side] ?? '',
        body: { distribution: partsOf(amounts, 'roles') },
      }),
  }
}

describe.each(disputing)('%s', (product) => {
  test('N4: parts that are not what is held are refused at the first ask: offered, settled, decided; nothing is written', async () => {
    const of = await disputed(product)
    const { amount: held } = of
    const before = await contentsOf(engine.running.db)
    for (const [first, second] of [
      [held + 1, 0],
      [held, 1],
      [0, held + 1],
      [held, held],
      [held - 1, 0],
      [0, 0],
    ] as const) {
      const asked = [
        of.offer(0, first, second),
        of.settle(0, first, second),
        of.settle(1, first, second),
        of.split(first, second),
      ]
      for (const { body } of await Promise.all(asked))
        expect([first, second, body]).toMatchObject([
          first,
          second,
          { status: 409, code: 'distribution_mismatch', held },
        ])
    }
    expect(await contentsOf(engine.running.db)).toBe(before)
    // What can be carried out is, once the other side says the same.
    expect((await of.settle(1, 1, held - 1)).body).toMatchObject({ state: 'disputed', held })
    expect((await of.settle(0, 1, held - 1)).body).toMatchObject({
      state: of.ends[1],
      money: 'split',
      held: 0,
    })
  })

  test.each(['settle', 'split', 'offer'] as const)(
    'F16: all to who had paid, by %s, ends as refunded',
    async (how) => {
      const of = await disputed(product)
      const { amount } = of
      const was = (await engine.wallet(of.payer, of.currency))['total']
      const { body } =
        how === 'split'
          ? await of.split(amount, 0)
          : how === 'settle'
            ? (await of.settle(1, amount, 0), await of.settle(0, amount, 0))
            : await accepted(of, amount, 0)
      expect(body).toMatchObject({
        state: of.ends[0],
        money: 'refunded',
        held: 0,
        released: 0,
        refunded: amount,
      })
      expect(body['completed_date'] ?? null).toBe(null)
      expect((await engine.wallet(of.payer, of.currency))['total']).toBe(was)
      expect(await engine.must(200, `/v1/disputes/${of.dispute}`)).toMatchObject({
        state: how === 'split' ? 'split' : 'settled',
      })
      if (product === 'p2p-trade') {
        // The ad has its part again, as after any refund, and may be closed.
        const ad = await engine.must(200, `/p2p/ads/${of.agreement['ad'] ?? adOf(of)}`)
        expect(ad).toMatchObject({ state: 'active', remaining: 10_000, held: amount })
      }
      if (product === 'trade-credit') {
        const { retailer } = of.agreement
        const summary = await engine.must(200, '/retailer/escrow/summary', { party: retailer })
        expect(summary).toMatchObject({ credit_used: 0, outstanding_amount: 0 })
      }
    },
  )
})

test('N4: an operator alone cannot propose to a second one what does not sum either', async () => {
  const above = (second_operator_above: string) =>
    engine.must(201, '/v1/fee-schedules', {
      key: engine.admin,
      body: { flow: 'marketplace-order', terms: { second_operator_above }, reason: 'a test' },
    })
  await above('0.00 PKR')
  const of = await disputed('marketplace-order')
  await above('1000000.00 PKR')
  const second = await engine.newKey({ kind: 'operator', name: 'second', role: 'admin' })
  expect((await of.split(501, 0)).body).toMatchObject({ code: 'distribution_mismatch', held: 500 })
  expect((await of.split(200, 300)).body).toMatchObject({ state: 'disputed', waiting_for: ['operator'] })
  expect((await of.split(200, 300, second)).body).toMatchObject({ state: 'completed', money: 'split' })
})

describe('F11: shares are of what is paid out', () => {
  test.each([
    ['marketplace-order', 'fee', 302, 603, 60],
    ['marketplace-order', 'fee', 1, 904, 90],
    ['marketplace-order', 'fee', 900, 5, 1],
    ['service-booking', 'fee', 302, 603, 60],
    ['p2p-trade', 'fee', 302, 603, 60],
  ] as const)('of %s: a %s of 10 %% of 905, %i and %i', async (product, fee, back, paid, expected) => {
    const flow = { flow: product, reason: 'a test' }
    const usual = product === 'p2p-trade' ? '1%' : '0%'
    const publish = (percent: string) =>
      engine.must(201, '/v1/fee-schedules', {
        key: engine.admin,
        body: { ...flow, terms: { [fee]: percent } },
      })
    await publish('10%')
    const of = await disputed(product, await small(product))
    await publish(usual)
    const dry = await engine.must(200, `${words[product]?.acts.replace('{id}', of.id)}/split?dry_run=true`, {
      key: engine.admin,
      body: {
        [words[product]?.sides[0]?.[1] ?? '']: back,
        [words[product]?.sides[1]?.[1] ?? '']: paid,
        reason: 'a test',
      },
    })
    const to = (owner: string) =>
      dry['postings']
        .filter((posting: Json) => posting['to'] === owner)
        .reduce((sum: number, { amount }: Json) => sum + amount, 0)
    expect([to('platform.revenue'), to(`${of.people[1]}.available`)]).toEqual([expected, paid - expected])
    expect((await of.split(back, paid)).body).toMatchObject({
      money: 'split',
      released: paid,
      refunded: back,
    })
  })

  test('of a milestone over 905: 302 and 603 at 10 % and 5 % are 60, 30 and 513; so they are of 100 and then 503', async () => {
    const studio = new Freelance(engine)
    const has = ({ broker, developer }: { broker: string; developer: string }) =>
      Promise.all([broker, developer].map((who) => studio.available(who)))
    for (const [part, back, paid] of [
      [0, 302, 603],
      [100, 302, 503],
    ] as const) {
      const deal = await studio.agreed({ milestone: { amount: 905 } })
      const had = await has(deal)
      await studio.fund(deal)
      if (part > 0) await studio.by(deal.client, deal, 'release-part', { part })
      await studio.by(deal.client, deal, 'dispute', why)
      const body = { to_client: back, to_developer: paid, reason: 'a test' }
      await engine.must(200, `/milestone/${deal.id}/split`, { key: engine.admin, body })
      expect(await has(deal)).toEqual(had.map((was, i) => was + ([60, 513][i] ?? 0)))
    }
  })

  /** Of 905 in minor units, one call before it is disputed. */
  async function small(product: Dealt): Promise<Deal> {
    const amount = 905
    const usual = { gets: {}, back: [], closed: [], release: ['', { body: {} }] } as const
    if (product === 'marketplace-order') {
      const [buyer, seller] = [`buyer-905-${(runs += 1)}`, `seller-905-${runs}`]
      const id = await engine.order({ buyer, seller, amount }, 'pay', 'ship', 'deliver')
      return { ...usual, id, path: `/orders/${id}`, currency: 'PKR', payer: buyer, amount }
    }
    if (product === 'service-booking') {
      const [couple, vendor] = [`couple-905-${(runs += 1)}`, `vendor-905-${runs}`]
      await engine.topUp(couple, amount, 'PHP')
      const { id } = await engine.must(201, '/bookings', { party: couple, body: { vendor, currency: 'PHP' } })
      await engine.must(200, `/bookings/${id}/send-quote`, { party: vendor, body: { price: amount } })
      await engine.must(200, `/bookings/${id}/pay`, { party: couple, body: { method: 'wallet' } })
      return { ...usual, id, path: `/bookings/${id}`, currency: 'PHP', payer: couple, amount }
    }
    const [maker, taker] = [`maker-905-${(runs += 1)}`, `taker-905-${runs}`]
    await engine.topUp(maker, amount, 'NGN')
    const bank = {
      bank_name: 'First',
      routing_number: '021000021',
      account_number: '12345678',
      account_name: 'Ada',
    }
    const { id: payment_method } = await engine.must(201, '/p2p/payment-methods', {
      party: maker,
      body: { kind: 'bank_transfer', currency: 'USD', details: bank },
    })
    const { id: ad } = await engine.must(201, '/p2p/ads', {
      party: maker,
      body: {
        type: 'buy_fx',
        currency: 'NGN',
        foreign_currency: 'USD',
        price: '100',
        total: amount,
        min: amount,
        max: amount,
        payment_method,
      },
    })
    const { id } = await engine.must(201, '/p2p/orders', { party: taker, body: { ad, quantity: amount } })
    await engine.must(200, `/p2p/orders/${id}/pay`, {
      party: taker,
      body: { proof: { reference: `TX-${runs}` } },
    })
    return { ...usual, id, path: `/p2p/orders/${id}`, currency: 'NGN', payer: maker, amount }
  }
  let runs = 0
})

/** The one side offers, the other accepts. */
async function accepted(of: Disputed, first: number, second: number): Promise<Answer> {
  await of.offer(0, first, second)
  const { offer } = await engine.must(200, `/v1/disputes/${of.dispute}`)
  return engine.ask(`/v1/disputes/${of.dispute}/offers/${offer.id}/accept`, {
    party: of.people[1] ?? '',
    body: {},
  })
}

/** From the path by which the maker would close it. */
function adOf({ back }: Deal): string {
  return (
    back.map(([path]) => /\/p2p\/ads\/([^/]+)\/close/.exec(path)?.[1]).find((id) => id !== undefined) ?? ''
  )
}
