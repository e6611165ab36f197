// F2, F18: an operator ends by hand what a provider still has open. It is asked once more and refused; two may say it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Json } from '../fixtures/engine.ts'
import { wed } from '../fixtures/service-booking.ts'
import { at, day_s, hour_s, openHouse, startProviders, type Emulated, type House } from './house.ts'

let providers: Emulated
let house: House

beforeEach(async () => {
  providers = await startProviders()
  house = await openHouse(at(providers))
})
afterEach(async () => {
  expect(await house.engine().integrity()).toMatchObject({ clean: true })
  await house.stop()
  await providers.stop()
})

interface Open {
  readonly party: string
  readonly currency: string
  readonly amount: number
  readonly path: (act: string) => string
}

const withdrawn = (party: string, currency: string, body: Json) => async (): Promise<Open> => {
  const engine = house.engine()
  await engine.topUp(party, 50_000, currency)
  const asked = { amount: 50_000, currency, ...body }
  const { id } = await engine.must(201, `/api/wallet/${party}/withdraw`, { party, body: asked })
  await engine.advance(day_s)
  await engine.operate(`/admin/withdrawals/${id}/approve`, { pay_by: 'provider' })
  await pending('pay_out')
  return { party, currency, amount: 50_000, path: (act) => `/admin/withdrawals/${id}/${act}` }
}

async function refunding(): Promise<Open> {
  const wedding = await wed(house.engine())
  const { id } = await wedding.checkout()
  const [row] = await house.until(
    () => house.payments(`agreement=${id}`),
    ([one]) => one?.['provider_id'] != null,
    'the checkout',
  )
  await providers.admin('/paymongo/pay', { id: row?.['provider_id'], method: 'gcash' })
  await house.engine().advance(hour_s)
  await wedding.by('vendor', 'cancel')
  const refund = await pending('refund')
  const path = (act: string) => `/v1/refunds/${refund['agreement']}/${act}`
  return { party: wedding.couple, currency: 'PHP', amount: 5_000_000, path }
}

async function pending(kind: string): Promise<Json> {
  const [row] = await house.until(
    () => house.payments(`kind=${kind}`),
    ([one]) => one?.['state'] === 'pending',
    'pending at the provider',
  )
  return row ?? {}
}

const mobile = {
  method: 'mobile_money',
  account_details: { mobile_number: '0781234567', account_name: 'Jean' },
}
const gcash = { method: 'gcash', account_details: { mobile_number: '09171234567' } }
const said = { reason: 'seen there' }

const cases: readonly [title: string, begin: () => Promise<Open>, act: string, body: Json, back: boolean][] =
  [
    ['F18: bounced, of a withdrawal by GCash', withdrawn('ana', 'PHP', gcash), 'bounced', {}, true],
    ['F18: bounced, of a withdrawal by MoMo', withdrawn('jean', 'RWF', mobile), 'bounced', {}, true],
    ['F18: arrived', withdrawn('ana', 'PHP', gcash), 'arrived', { payout_reference: 'seen 1' }, false],
    ['F2: credit-by-hand of a refund', refunding, 'credit-by-hand', {}, true],
    [
      'F2: complete-by-hand of a refund',
      refunding,
      'complete-by-hand',
      { refund_reference: 'seen 2' },
      false,
    ],
  ]

describe.each(cases)('%s', (title, begin, act, body, back) => {
  const number = title.split(':')[0]

  test(`${number}: refused while the provider has it open, which is asked once more; two operators may say it`, async () => {
    const { party, currency, amount, path } = await begin()
    const engine = house.engine()
    const say = (key: string, more: Json = {}) =>
      engine.ask(path(act), { key, body: { ...body, ...said, ...more } })
    const before = (await engine.wallet(party, currency))['available']
    expect(await say(engine.admin)).toMatchObject({
      status: 409,
      body: { code: 'provider_outcome_open', payments: [{ state: 'pending' }] },
    })
    expect(await say(engine.admin, { override: false })).toMatchObject({ status: 409 })
    expect((await engine.wallet(party, currency))['available']).toBe(before)

    const first = await say(engine.admin, { override: true })
    expect(first).toMatchObject({ status: 200, body: { waiting_for: ['operator'] } })
    expect(await say(engine.admin, { override: true })).toMatchObject({ status: 409 })
    expect((await engine.wallet(party, currency))['available']).toBe(before)
    const second = await engine.newKey({ kind: 'operator', name: 'second', role: 'finance' })
    expect(await say(second, { override: true })).toMatchObject({ status: 200, body: { override: true } })
    expect((await engine.wallet(party, currency))['available']).toBe(back ? before + amount : before)
  }, 120_000)
})

test('F18: what the provider has ended by now is its word, and the operator’s is not taken', async () => {
  const { party, currency, path } = await withdrawn('jean', 'RWF', mobile)()
  // It has paid, and nobody here has heard of it yet.
  await providers.pass(10_000)
  const engine = house.engine()
  expect(await engine.ask(path('bounced'), { key: engine.admin, body: said })).toMatchObject({
    status: 409,
    body: { code: 'transition_not_open', state: 'completed' },
  })
  expect((await engine.wallet(party, currency))['available']).toBe(0)
}, 120_000)

test('F18: paid by the provider after two operators had given it up: an alarm, and reconciliation names it', async () => {
  const { path } = await withdrawn('jean', 'RWF', mobile)()
  const engine = house.engine()
  const second = await engine.newKey({ kind: 'operator', name: 'second', role: 'finance' })
  for (const key of [engine.admin, second])
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect((await engine.ask(path('bounced'), { key, body: { ...said, override: true } })).status).toBe(200)
  await providers.pass(10_000)
  await engine.advance(hour_s)
  expect(await house.payments('kind=pay_out')).toMatchObject([
    { state: 'succeeded', told_engine: 'not_taken' },
  ])
  expect(engine.log.join('')).toContain('what a provider told is not taken by its agreement')
}, 120_000)
