// Refunds to where the money came from: the booking puts it in transit, and it arrives, or it is in the payer's wallet; the desk is played here.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readId } from '@holdfast/kernel/ids.ts'
import { startEngine, type Engine, type Json } from '../../../../test/fixtures/engine.ts'
import { asDesk, refundOf } from '../../../../test/fixtures/suspense.ts'
import { currency, price, wed, type Wedding } from '../../../../test/fixtures/service-booking.ts'

const day_s = 86_400

let engine: Engine
beforeAll(async () => {
  engine = await startEngine({ uses: [] })
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

test('cancelled by the vendor: in transit, sent back by the provider, for good after 90 days; the couple has paid nothing', async () => {
  const before = await books()
  const { wedding, refund } = await cancelled()
  expect(await books()).toEqual({ clearing: before.clearing - price, transit: before.transit + price })
  expect(await engine.must(200, `/v1/refunds/${refund}`, { party: wedding.couple })).toMatchObject({
    state: 'pending',
    payer: wedding.couple,
    amount: price,
  })
  expect((await engine.ask(`/v1/refunds/${refund}`, { party: wedding.vendor })).status).toBe(404)

  await say(refund, 'complete')
  expect(await books()).toEqual(before)
  const wallet = await engine.wallet(wedding.couple, currency)
  expect(wallet).toMatchObject({ available: 0, frozen: 0, earned: 0, spent: 0 })
  // Said again, it moves nothing again.
  expect((await ask(refund, 'complete')).outcome).toBe('refused')
  await engine.advance(90 * day_s)
  expect(await read(refund)).toMatchObject({ state: 'settled', status: 'completed' })
  expect((await ask(refund, 'come_back')).outcome).toBe('refused')
  expect(await books()).toEqual(before)
})

test('it cannot go back: it is in the wallet, and both the payer and an operator are told', async () => {
  const before = await books()
  const { wedding, refund } = await cancelled()
  await say(refund, 'fail', { note: 'the card is closed' })
  expect(await read(refund)).toMatchObject({ state: 'credited', note: 'the card is closed' })
  expect(await books()).toEqual({ clearing: before.clearing - price, transit: before.transit })
  expect(await engine.wallet(wedding.couple, currency)).toMatchObject({
    available: price,
    spent: 0,
    earned: 0,
  })
  const { data: own } = await engine.must(200, '/v1/notifications', { party: wedding.couple })
  expect(own[0]).toMatchObject({
    agreement: refund,
    says: 'Your refund could not go back to where it came from, so it is in your wallet',
  })
  const [last] = (await engine.events(refund)).slice(-1)
  expect(last?.['tells']).toEqual(['payer', 'operator'])
  expect((await ask(refund, 'complete')).outcome).toBe('refused')
})

test('sent back, and come to us again weeks later: it is in the wallet', async () => {
  const before = await books()
  const { wedding, refund } = await cancelled()
  await say(refund, 'complete')
  await engine.advance(21 * day_s)
  await say(refund, 'come_back')
  expect(await read(refund)).toMatchObject({ state: 'credited' })
  expect(await books()).toEqual({ clearing: before.clearing - price, transit: before.transit })
  expect(await engine.wallet(wedding.couple, currency)).toMatchObject({
    available: price,
    earned: 0,
    spent: 0,
  })
})

test('the provider says nothing: operators are told after five days, and end it by hand', async () => {
  const before = await books()
  const [sent, credited] = [await cancelled(), await cancelled()]
  await engine.advance(11 * day_s)
  for (const { refund } of [sent, credited]) {
    const calls = (await engine.events(refund)).filter(({ transition }) => transition === 'escalate')
    expect(calls.map(({ tells }) => tells)).toEqual([['operator'], ['operator']])
  }
  const proof = { refund_reference: 'BANK-4711' }
  expect(await engine.operate(`/v1/refunds/${sent.refund}/complete-by-hand`, proof)).toMatchObject({
    state: 'completed',
    ...proof,
  })
  await engine.operate(`/v1/refunds/${credited.refund}/credit-by-hand`)
  expect(await books()).toEqual({ clearing: before.clearing - price, transit: before.transit })
  expect(await engine.wallet(credited.wedding.couple, currency)).toMatchObject({ available: price })
  // The provider's word comes after all, and finds it done.
  for (const { refund } of [sent, credited]) expect((await ask(refund, 'fail')).outcome).toBe('refused')
})

test('told that it arrived and that it failed at the same instant: one of them', async () => {
  for (let round = 0; round < 8; round += 1) {
    const before = await books()
    const { wedding, refund } = await cancelled()
    const asks = [() => ask(refund, 'complete'), () => ask(refund, 'fail')]
    const verdicts = await Promise.all((round % 2 === 0 ? asks : asks.toReversed()).map((one) => one()))
    expect(verdicts.map(({ outcome }) => outcome).toSorted()).toEqual(['accepted', 'refused'])
    const { state } = await read(refund)
    const credited = state === 'credited' ? price : 0
    expect(await engine.wallet(wedding.couple, currency)).toMatchObject({ available: credited })
    expect(await books()).toEqual({ clearing: before.clearing - credited, transit: before.transit })
  }
})

test('a payment goes back once; a refund of money that nobody put in transit never arrives', async () => {
  const { begun } = await cancelled()
  expect(await created('eve', begun)).toMatchObject({
    outcome: 'refused',
    problem: { code: 'reference_taken' },
  })
  // In another currency nothing is in transit.
  const { now } = await engine.must(200, '/v1/test-clock')
  const verdict = await engine.running.engine.ask(refundOf('eve', Date.parse(now), { currency: 'VND' }))
  const { id } = verdict.outcome === 'accepted' ? JSON.parse(verdict.body) : {}
  for (const transition of ['complete', 'fail'])
    expect(await ask(id, transition)).toMatchObject({ problem: { code: 'insufficient_funds' } })
  expect(await read(id)).toMatchObject({ state: 'pending' })
})

test('nobody makes one or ends one by HTTP but an operator', async () => {
  const { refund } = await cancelled()
  const body = { reason: 'x' }
  for (const key of [engine.service, engine.admin]) {
    const create = { flow: 'refund', payer: 'eve', amount: 5, currency, payment: 'pay_x' }
    expect((await engine.ask('/v1/agreements', { key, body: create })).status).toBe(400)
    expect((await engine.ask('/v1/refunds', { key, body: create })).status).toBe(405)
    for (const act of ['complete', 'fail']) {
      expect((await engine.ask(`/v1/refunds/${refund}/${act}`, { key, body })).status).toBe(404)
      const general = `/v1/agreements/${refund}/transitions/${act}`
      expect((await engine.ask(general, { key, body })).status).toBe(404)
    }
  }
  for (const act of ['complete-by-hand', 'credit-by-hand', 'come-back'])
    expect(
      (await engine.ask(`/v1/refunds/${refund}/${act}`, { body: { ...body, ...proofOf(act) } })).status,
    ).toBe(403)
  expect(await read(refund)).toMatchObject({ state: 'pending' })
})

function proofOf(act: string): Json {
  return act === 'complete-by-hand' ? { refund_reference: 'x' } : {}
}

/** Paid through a provider, cancelled by the vendor, and the desk has made the refund of it. */
async function cancelled(): Promise<{ wedding: Wedding; begun: string; refund: string }> {
  const wedding = await wed(engine)
  const { id: begun } = await wedding.paid()
  expect((await wedding.by('vendor', 'cancel')).body).toMatchObject({ state: 'refunded', refunded: price })
  const verdict = await created(wedding.couple, begun)
  expect(verdict.outcome).toBe('accepted')
  return { wedding, begun, refund: verdict.outcome === 'accepted' ? JSON.parse(verdict.body).id : '' }
}

async function created(payer: string, payment: string) {
  const { now } = await engine.must(200, '/v1/test-clock')
  const over = { currency, amounts: { amount: BigInt(price) }, reference: payment }
  return engine.running.engine.ask(refundOf(payer, Date.parse(now), over))
}

async function ask(id: string, transition: string, input: Json = {}) {
  const { now } = await engine.must(200, '/v1/test-clock')
  return engine.running.engine.ask(
    asDesk('refund', transition, Date.parse(now), { agreement: readId('rfd', id), input }),
  )
}

async function say(id: string, transition: string, input: Json = {}): Promise<void> {
  expect(await ask(id, transition, input)).toMatchObject({ outcome: 'accepted' })
}

function read(id: string): Promise<Json> {
  return engine.must(200, `/v1/refunds/${id}`)
}

async function books(): Promise<{ clearing: number; transit: number }> {
  const { data } = await engine.must(200, '/v1/platform/accounts')
  const of = (purpose: string): number =>
    data.find((row: Json) => row['purpose'] === purpose && row['currency'] === currency)?.balance ?? 0
  return { clearing: of('clearing'), transit: of('transit') }
}
