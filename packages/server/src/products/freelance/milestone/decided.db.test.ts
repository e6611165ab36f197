// What flows.md decides of the freelance milestone where its document is silent: clocks, cancelling, parts, retention, fees that change.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startEngine, type Engine, type Json } from '../../../../test/fixtures/engine.ts'
import { Freelance, total } from '../../../../test/fixtures/freelance-milestone.ts'

const day_s = 86_400

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

test("D: without a broker its share is the developer's", async () => {
  const deal = await studio.completed({ broker: false })
  expect(await studio.by(deal.client, deal, 'approve')).toMatchObject({
    escrow: {
      developer_share: 95_000_000,
      broker_share: 0,
      platform_fee: 5_000_000,
      developer_percentage: 95,
      broker_percentage: 0,
    },
  })
  expect([await studio.available(deal.developer), await studio.available(deal.broker)]).toEqual([
    95_000_000, 0,
  ])
})

test('D: silence of the client for 7 days approves, with a reminder 2 days before', async () => {
  const deal = await studio.completed()
  await engine.advance(5 * day_s)
  const { data } = await engine.must(200, '/v1/notifications', { party: deal.client })
  expect([data[0].transition, data[0].kind]).toEqual(['approve_unanswered', 'reminder'])
  expect(await studio.read(deal)).toMatchObject({ status: 'COMPLETED' })
  await engine.advance(2 * day_s)
  expect(await studio.read(deal)).toMatchObject({
    status: 'PAID',
    escrow: { status: 'RELEASED', client_approved: false, client_approved_at: null },
  })
  expect(await studio.available(deal.developer)).toBe(85_000_000)
})

test('changes are requested with a reason, and completed anew: the 7 days begin anew', async () => {
  const deal = await studio.completed()
  await engine.advance(6 * day_s)
  expect(await studio.by(deal.client, deal, 'request-changes', { change_reason: 'The logo' })).toMatchObject({
    status: 'CHANGES_REQUESTED',
    change_reason: 'The logo',
    escrow: { status: 'FUNDED' },
  })
  await engine.advance(2 * day_s)
  await studio.by(deal.developer, deal, 'complete')
  await engine.advance(6 * day_s)
  expect(await studio.read(deal)).toMatchObject({ status: 'COMPLETED' })
  expect(await studio.by(deal.client, deal, 'approve')).toMatchObject({ status: 'PAID' })
})

test('funded and not completed 30 days past the due date: the operators are told, again and again', async () => {
  const { now } = await engine.must(200, '/v1/test-clock')
  const due_date = new Date(Date.parse(now) + 10 * day_s * 1_000).toISOString()
  const deal = await studio.agreed({ milestone: { due_date } })
  await studio.fund(deal)
  const late = async () =>
    (await engine.events(deal.id)).filter(({ transition }) => transition === 'escalate_late')
  await engine.advance(39 * day_s)
  expect(await late()).toEqual([])
  await engine.advance(2 * day_s)
  expect((await late()).map(({ tells }) => tells)).toEqual([['operator', 'client', 'developer']])
  await engine.advance(30 * day_s)
  expect(await late()).toHaveLength(2)
  expect(await studio.read(deal)).toMatchObject({ status: 'FUNDED', held: total })
})

test('cancelled when it is completed already: only both together, or an operator', async () => {
  const deal = await studio.completed()
  expect(await studio.by(deal.client, deal, 'cancel')).toMatchObject({
    status: 'COMPLETED',
    waiting_for: ['developer'],
  })
  expect(await studio.available(deal.client)).toBe(0)
  expect(await studio.by(deal.developer, deal, 'cancel')).toMatchObject({ status: 'REFUNDED' })
  expect(await studio.available(deal.client)).toBe(total)

  const other = await studio.completed()
  expect(await engine.operate(`/milestone/${other.id}/cancel`)).toMatchObject({ status: 'REFUNDED' })
  expect(await studio.available(other.client)).toBe(total)
})

test('cancelled after a part was released: only the rest goes back, the money is split', async () => {
  const deal = await studio.agreed()
  await studio.fund(deal)
  await studio.by(deal.client, deal, 'release-part', { part: 30_000_000 })
  expect(await studio.by(deal.client, deal, 'cancel')).toMatchObject({
    status: 'REFUNDED',
    money: 'split',
    escrow: { status: 'REFUNDED', released_amount: 30_000_000, refunded_amount: 70_000_000 },
  })
  const paid = await Promise.all(
    [deal.client, deal.developer, deal.broker].map((party) => studio.available(party)),
  )
  expect(paid).toEqual([70_000_000, 25_500_000, 3_000_000])
})

test('released in parts: the shares of the parts are together those of the whole', async () => {
  const deal = await studio.agreed({ project: {}, milestone: { amount: 99_999_999 } })
  const { escrow } = await studio.fund(deal)
  expect([escrow.developer_share, escrow.broker_share, escrow.platform_fee]).toEqual([
    84_999_999, 10_000_000, 5_000_000,
  ])
  let last: Json = {}
  const revenue = await studio.revenueOf(async () => {
    for (const part of [1, 3, 33_333_333, 7, 66_666_655])
      last = await studio.by(deal.client, deal, 'release-part', { part })
  })
  expect(last).toMatchObject({
    status: 'PAID',
    money: 'released',
    escrow: {
      status: 'RELEASED',
      released_amount: 99_999_999,
      client_approved: true,
      client_approved_at: last['ended_at'],
    },
  })
  expect([await studio.available(deal.developer), await studio.available(deal.broker), revenue]).toEqual([
    84_999_999, 10_000_000, 5_000_000,
  ])
})

test('retention: 10 % waits 30 days after the approval, with a reminder, then it is released by the shares', async () => {
  const deal = await studio.completed({ project: { terms: { retention: '10%' } } })
  expect(await studio.by(deal.client, deal, 'approve')).toMatchObject({
    state: 'retained',
    status: 'PAID',
    held: 10_000_000,
    escrow: { status: 'FUNDED', released_amount: 90_000_000, client_approved: true, released_at: null },
  })
  expect([await studio.available(deal.developer), await studio.available(deal.broker)]).toEqual([
    76_500_000, 9_000_000,
  ])
  await engine.advance(28 * day_s)
  const { data } = await engine.must(200, '/v1/notifications', { party: deal.client })
  expect([data[0].transition, data[0].kind]).toEqual(['retention_over', 'reminder'])
  await engine.advance(2 * day_s)
  expect(await studio.read(deal)).toMatchObject({
    state: 'paid',
    escrow: { status: 'RELEASED', released_amount: total },
  })
  expect([await studio.available(deal.developer), await studio.available(deal.broker)]).toEqual([
    85_000_000, 10_000_000,
  ])
})

test('a dispute about what is retained: the time stands still, and only what is held is decided', async () => {
  const deal = await studio.completed({ project: { terms: { retention: '20%' } } })
  await studio.by(deal.client, deal, 'approve')
  await engine.advance(20 * day_s)
  await studio.by(deal.client, deal, 'dispute', {
    dispute_reason: 'not_as_agreed',
    dispute_text: 'It fell down',
  })
  await engine.advance(40 * day_s)
  expect(await studio.by(deal.client, deal, 'withdraw-dispute')).toMatchObject({
    state: 'retained',
    held: 20_000_000,
  })
  await engine.advance(9 * day_s)
  await studio.by(deal.developer, deal, 'dispute', { dispute_reason: 'other', dispute_text: 'It stands' })
  expect(await studio.resolve(deal.id, { result: 'SPLIT', client_percentage: 50 })).toMatchObject({
    money: 'split',
    status: 'PAID',
  })
  const paid = await Promise.all(
    [deal.client, deal.developer, deal.broker].map((party) => studio.available(party)),
  )
  expect(paid).toEqual([10_000_000, 76_500_000, 9_000_000])
})

test('Fee changes never touch existing escrows: not even new milestones of an old project', async () => {
  const old = await studio.agreed()
  const publish = (terms: Json) =>
    engine.must(201, '/v1/fee-schedules', {
      key: engine.admin,
      body: { flow: 'freelance-project', terms, reason: 'A new price list' },
    })
  await publish({ platform_share: '7.5%', broker_share: '2.25%' })
  try {
    const later = await engine.must(201, `/projects/${old.project}/milestones`, {
      party: old.client,
      body: { amount: total },
    })
    const shares = (escrow: Json) => [
      escrow['developer_percentage'],
      escrow['broker_percentage'],
      escrow['platform_percentage'],
    ]
    expect(shares(later['escrow'])).toEqual([85, 10, 5])
    expect(shares((await engine.must(200, `/milestone/${old.id}`))['escrow'])).toEqual([85, 10, 5])
    const fresh = await studio.completed()
    const { escrow } = await studio.by(fresh.client, fresh, 'approve')
    expect(shares(escrow)).toEqual([90.25, 2.25, 7.5])
    expect([await studio.available(fresh.developer), await studio.available(fresh.broker)]).toEqual([
      90_250_000, 2_250_000,
    ])
  } finally {
    await publish({ platform_share: '5%', broker_share: '10%' })
  }
})
