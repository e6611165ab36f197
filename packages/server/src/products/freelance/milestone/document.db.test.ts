// The document of the freelance milestone, line by line and over HTTP: its lifecycle, its records, its numbers.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startEngine, type Engine, type Json } from '../../../../test/fixtures/engine.ts'
import { Freelance, total } from '../../../../test/fixtures/freelance-milestone.ts'

let engine: Engine
let studio: Freelance

beforeAll(async () => {
  engine = await startEngine()
  studio = new Freelance(engine)
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
  expect(engine.log).toEqual([])
})

test('1. Milestone created → PENDING: the escrow record is there, with its shares frozen', async () => {
  const deal = await studio.agreed()
  expect(await engine.must(200, `/milestone/${deal.id}`, { party: deal.broker })).toMatchObject({
    state: 'pending',
    status: 'PENDING',
    your_side: 'broker',
    project_id: deal.project,
    escrow: {
      id: deal.id.replace('mst_', 'esc_'),
      project_id: deal.project,
      milestone_id: deal.id,
      total_amount: total,
      funded_amount: 0,
      released_amount: 0,
      developer_share: 85_000_000,
      broker_share: 10_000_000,
      platform_fee: 5_000_000,
      developer_percentage: 85,
      broker_percentage: 10,
      platform_percentage: 5,
      status: 'PENDING',
      client_approved: false,
      client_approved_at: null,
      funded_at: null,
      released_at: null,
    },
  })
})

test('1. Escrow HOLD: available −= amount, held += amount, ESCROW_HOLD, FUNDED, funded_at', async () => {
  const deal = await studio.agreed()
  const now = async () => Date.parse((await engine.must(200, '/v1/test-clock'))['now'])
  const before_ms = await now()
  const { status, escrow } = await studio.fund(deal)
  expect([status, escrow.status, escrow.funded_amount]).toEqual(['FUNDED', 'FUNDED', total])
  expect(Date.parse(escrow.funded_at)).toBeGreaterThanOrEqual(before_ms)
  expect(Date.parse(escrow.funded_at)).toBeLessThanOrEqual(await now())
  expect(await engine.wallet(deal.client, 'VND')).toMatchObject({ available: 0, frozen: total, spent: 0 })
  expect(await engine.wallet(deal.developer, 'VND')).toMatchObject({ available: 0, pending: total })
  expect(await studio.transactions(deal)).toEqual([['ESCROW_HOLD', `${deal.client}/VND`, -total]])
})

test('1. checkBalance: with a dong too little nothing is held', async () => {
  const deal = await studio.agreed({ milestone: { amount: total + 1 } })
  const refused = await engine.ask(`/escrow/fund/${deal.id}`, { party: deal.client, body: {} })
  expect([refused.status, refused.body['code'], refused.body['short_by']]).toEqual([
    409,
    'insufficient_funds',
    1,
  ])
  expect(await studio.transactions(deal)).toEqual([])
})

test('2. Escrow RELEASE: one transaction pays developer 85M, broker 10M and platform 5M', async () => {
  const deal = await studio.completed()
  expect(await studio.read(deal)).toMatchObject({
    status: 'COMPLETED',
    escrow: { status: 'FUNDED' },
  })
  let paid: Json = {}
  const revenue = await studio.revenueOf(async () => {
    paid = await studio.by(deal.client, deal, 'approve')
  })
  expect(revenue).toBe(5_000_000)
  expect(paid).toMatchObject({
    state: 'paid',
    money: 'released',
    status: 'PAID',
    escrow: {
      total_amount: total,
      funded_amount: total,
      released_amount: total,
      refunded_amount: 0,
      developer_share: 85_000_000,
      broker_share: 10_000_000,
      platform_fee: 5_000_000,
      developer_percentage: 85,
      broker_percentage: 10,
      platform_percentage: 5,
      status: 'RELEASED',
      client_approved: true,
      client_approved_at: paid['ended_at'],
      released_at: paid['ended_at'],
    },
  })
  expect(await engine.wallet(deal.client, 'VND')).toMatchObject({ available: 0, frozen: 0, spent: total })
  expect(await engine.wallet(deal.developer, 'VND')).toMatchObject({
    available: 85_000_000,
    earned: 85_000_000,
    pending: 0,
  })
  expect(await engine.wallet(deal.broker, 'VND')).toMatchObject({ available: 10_000_000, earned: 10_000_000 })
  const released = (await engine.events(deal.id)).filter(({ transition }) => transition === 'approve')
  expect(released.map(({ postings }) => postings.length)).toEqual([3])
})

test('Generated transactions: hold, release to developer, release to broker, fee, in this order', async () => {
  const deal = await studio.completed()
  await studio.by(deal.client, deal, 'approve')
  const rows = (await engine.must(200, `/milestone/${deal.id}/transactions`, { party: deal.developer }))[
    'data'
  ]
  const reference = { reference_type: 'Escrow', reference_id: deal.id.replace('mst_', 'esc_') }
  expect(rows).toMatchObject([
    { type: 'ESCROW_HOLD', wallet_id: `${deal.client}/VND`, amount: -100_000_000, ...reference },
    { type: 'ESCROW_RELEASE', wallet_id: `${deal.developer}/VND`, amount: 85_000_000, ...reference },
    { type: 'ESCROW_RELEASE', wallet_id: `${deal.broker}/VND`, amount: 10_000_000, ...reference },
    { type: 'FEE_DEDUCTION', wallet_id: 'platform/VND', amount: 5_000_000, ...reference },
  ])
  const pages: Json[] = []
  for (let after = ''; pages.length < 4; after = `&starting_after=${pages.at(-1)?.['id']}`)
    pages.push(...(await engine.must(200, `/milestone/${deal.id}/transactions?limit=1${after}`))['data'])
  expect(pages).toEqual(rows)
})

test('2. The client is told when it is done, and both when it is paid', async () => {
  const deal = await studio.completed()
  await studio.by(deal.client, deal, 'approve')
  const told = async (party: string) => {
    const { data } = await engine.must(200, '/v1/notifications', { party })
    const of = (data as Json[]).filter(({ flow }) => flow !== 'wallet-top-up')
    return of.map(({ flow, transition }) => `${flow.slice(10)} ${transition}`).toReversed()
  }
  expect(await told(deal.client)).toEqual([
    'milestone create',
    'milestone fund',
    'milestone complete',
    'milestone approve',
  ])
  expect(await told(deal.developer)).toEqual([
    'project create',
    'milestone create',
    'milestone fund',
    'milestone approve',
  ])
  expect(await told(deal.broker)).toEqual(['project create', 'milestone approve'])
})

test('Not approved before it is completed: "Check milestone status = COMPLETED"', async () => {
  const deal = await studio.agreed()
  for (const before of [() => null, () => studio.fund(deal)]) {
    await before()
    const { status, body } = await engine.ask(`/milestone/${deal.id}/approve`, {
      party: deal.client,
      body: {},
    })
    expect([status, body['code']]).toEqual([409, 'transition_not_open'])
  }
})

test('FUNDED → REFUNDED: cancelled by the client, all of it is back', async () => {
  const deal = await studio.agreed()
  await studio.fund(deal)
  expect(await studio.by(deal.client, deal, 'cancel')).toMatchObject({
    status: 'REFUNDED',
    money: 'refunded',
    escrow: { status: 'REFUNDED', released_amount: 0, refunded_amount: total, released_at: null },
  })
  expect(await engine.wallet(deal.client, 'VND')).toMatchObject({ available: total, frozen: 0, spent: 0 })
  expect(await studio.transactions(deal)).toEqual([
    ['ESCROW_HOLD', `${deal.client}/VND`, -total],
    ['REFUND', `${deal.client}/VND`, total],
  ])
})

test('DISPUTED → RELEASED by WIN_FREELANCER: 85/10/5, as if it were approved', async () => {
  const deal = await studio.disputed()
  expect(await studio.read(deal)).toMatchObject({
    status: 'DISPUTED',
    escrow: { status: 'DISPUTED' },
  })
  const revenue = await studio.revenueOf(async () => {
    expect(await studio.resolve(deal.id, { result: 'WIN_FREELANCER' })).toMatchObject({
      status: 'PAID',
      escrow: { status: 'RELEASED', client_approved: false, released_amount: total },
    })
  })
  expect([await studio.available(deal.developer), await studio.available(deal.broker), revenue]).toEqual([
    85_000_000, 10_000_000, 5_000_000,
  ])
})

test('DISPUTED → REFUNDED by WIN_CLIENT: 100 % back, no fee', async () => {
  const deal = await studio.disputed()
  const revenue = await studio.revenueOf(async () => {
    expect(await studio.resolve(deal.id, { result: 'WIN_CLIENT' })).toMatchObject({
      status: 'REFUNDED',
      money: 'refunded',
    })
  })
  expect([await studio.available(deal.client), await studio.available(deal.developer), revenue]).toEqual([
    total,
    0,
    0,
  ])
})

test.each([
  [0, [0, 85_000_000, 10_000_000, 5_000_000], 'PAID', 'RELEASED', 'released'],
  [40, [40_000_000, 51_000_000, 6_000_000, 3_000_000], 'PAID', 'RELEASED', 'split'],
  [33.33, [33_330_000, 56_669_500, 6_667_000, 3_333_500], 'PAID', 'RELEASED', 'split'],
  [100, [total, 0, 0, 0], 'REFUNDED', 'REFUNDED', 'refunded'],
] as const)(
  'DISPUTED → SPLIT, %s percent for the client free of fees, the rest by the shares',
  async (client_percentage, [client, developer, broker, platform], status, escrow_status, money) => {
    const deal = await studio.disputed()
    const { data } = await engine.must(200, `/v1/disputes?agreement=${deal.id}`)
    const revenue = await studio.revenueOf(async () => {
      expect(await studio.resolve(data[0].id, { result: 'SPLIT', client_percentage })).toMatchObject({
        status,
        money,
        escrow: { status: escrow_status, released_amount: total - client, refunded_amount: client },
      })
    })
    const paid = await Promise.all(
      [deal.client, deal.developer, deal.broker].map((party) => studio.available(party)),
    )
    expect([...paid, revenue]).toEqual([client, developer, broker, platform])
    expect(await engine.must(200, `/v1/disputes/${data[0].id}`)).toMatchObject({
      state: 'split',
      notes: 'seen both',
      distribution: { client, developer: total - client },
    })
  },
)
