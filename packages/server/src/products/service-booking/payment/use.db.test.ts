// What a payment wants of a provider, from the events of a real log, and what is said to it when the provider has told.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readId } from '@holdfast/kernel/ids.ts'
import { readEvents } from '../../../event-log/log.ts'
import { readAgreement } from '../../../http/read-agreement.ts'
import { newPayment } from '../../../payments/processor/new-payment.ts'
import type { ProviderPayment } from '../../../payments/processor/provider-payment.ts'
import type { EngineCommand } from '../../../payments/processor/binding.ts'
import { contentsOf, startEngine, type Engine, type Json } from '../../../../test/fixtures/engine.ts'
import { asDesk } from '../../../../test/fixtures/suspense.ts'
import { currency, price, wed, type Wedding } from '../../../../test/fixtures/service-booking.ts'
import { paymentUse } from './use.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine({ uses: [] })
})
afterAll(() => engine.stop())

const back = { success_url: 'https://shop.example/paid', cancel_url: 'https://shop.example/back?b=1' }

test('the page of the provider: any method, the amount that is due, and who is credited if it goes wrong', async () => {
  const wedding = await wed(engine, { deposit: 1_500_000 })
  expect(await wantedOf(await pay(wedding, {}))).toEqual({
    agreement: expect.any(String),
    method: null,
    amount: 1_500_000n,
    currency,
    details: { description: `Booking ${wedding.id}, deposit`, party: wedding.couple },
  })
  const full = await wantedOf(await pay(wedding, { part: 'full', method: 'gcash', ...back }))
  expect(full).toMatchObject({
    method: 'gcash',
    amount: BigInt(price),
    details: {
      description: `Booking ${wedding.id}`,
      return_urls: { paid: back.success_url, cancelled: back.cancel_url },
    },
  })
})

test('by mobile money: the number goes to the provider, and who is paid does not see it', async () => {
  const wedding = await wed(engine)
  const begun = await pay(wedding, { method: 'mobile_money', mobile_number: '250788123456', ...back })
  expect(await wantedOf(begun)).toMatchObject({
    method: 'mobile_money',
    details: { payer_number: '250788123456' },
  })
  for (const party of [wedding.couple, wedding.vendor]) {
    const { status, text, body } = await engine.ask(`/v1/payments/${begun['id']}`, { party })
    expect([status, body['method']]).toEqual([200, 'mobile_money'])
    expect(text).not.toContain('250788123456')
    expect(text).not.toContain('shop.example')
  }
})

test('directly, by POST /v1/payments: the same fields', async () => {
  const wedding = await wed(engine)
  const body = { booking: wedding.id, method: 'card', ...back }
  const begun = await engine.must(201, '/v1/payments', { party: wedding.couple, body })
  expect(begun).toMatchObject({ method: 'card', checkout_url: null, provider: null })
  expect(await wantedOf(begun)).toMatchObject({ method: 'card', amount: BigInt(price) })
})

test('offered, then paid: the address is shown, time goes on as it was, and it is settled once', async () => {
  const wedding = await wed(engine)
  const begun = await pay(wedding, {})
  await engine.advance(3_600)
  const offer = { checkout_url: 'https://pay.example/cs_1', provider: 'paymongo' }
  await say(begun, paymentUse.says.offered?.(rowOf(begun, offer)))
  const offered = await engine.must(200, `/v1/payments/${begun['id']}`, { party: wedding.couple })
  expect(offered).toMatchObject({ state: 'pending', ...offer })
  expect(offered['timers']).toEqual(begun['timers'])
  const paid = { told_amount: BigInt(price), told_currency: currency, settled_id: 'pay_1' }
  const settle = paymentUse.says.succeeded?.(rowOf(begun, paid))
  await say(begun, settle)
  expect(await wedding.read()).toMatchObject({ state: 'fully_paid', held: price })
  expect(await ask(begun, settle)).toMatchObject({ problem: { code: 'transition_not_open' } })
})

test('another amount, another currency: nothing moves', async () => {
  const wedding = await wed(engine)
  const begun = await pay(wedding, {})
  const before = await contentsOf(engine.running.db)
  const paid = { told_amount: BigInt(price), told_currency: currency, settled_id: 'pay_2' }
  for (const [over, code] of [
    [{ told_amount: BigInt(price) - 1n }, 'amount_mismatch'],
    [{ told_currency: 'USD' }, 'currency_mismatch'],
  ] as const)
    expect(await ask(begun, paymentUse.says.succeeded?.(rowOf(begun, { ...paid, ...over })))).toMatchObject({
      problem: { code },
    })
  expect(await contentsOf(engine.running.db)).toBe(before)
})

test('failed: with the reason, and it can be paid again', async () => {
  const wedding = await wed(engine)
  const begun = await pay(wedding, {})
  await say(begun, paymentUse.says.failed?.(rowOf(begun, { reason: 'card_declined' })))
  expect(await engine.must(200, `/v1/payments/${begun['id']}`)).toMatchObject({
    state: 'failed',
    note: 'card_declined',
  })
  expect((await pay(wedding, {}))['state']).toBe('pending')
})

test('nobody says by HTTP where the payer pays', async () => {
  const begun = await pay(await wed(engine), {})
  const body = { checkout_url: 'https://evil.example', provider: 'paymongo', reason: 'x' }
  for (const key of [engine.service, engine.admin]) {
    expect((await engine.ask(`/v1/payments/${begun['id']}/offer`, { key, body })).status).toBe(404)
    const general = `/v1/agreements/${begun['id']}/transitions/offer`
    expect((await engine.ask(general, { key, body })).status).toBe(404)
  }
})

test.each<[says: string, body: Json, pointer: string]>([
  ['a method that is none', { method: 'cash' }, '/method'],
  ['mobile money from nobody', { method: 'mobile_money' }, '/mobile_number'],
  ['a number with a plus', { method: 'mobile_money', mobile_number: '+250788123456' }, '/mobile_number'],
  ['a number without its country', { method: 'mobile_money', mobile_number: '0788123456' }, '/mobile_number'],
  ['an address that is a script', { ...back, success_url: 'javascript:alert(1)' }, '/success_url'],
  ['one address alone', { success_url: back.success_url }, '/cancel_url'],
  ['the other alone', { cancel_url: back.cancel_url }, '/success_url'],
  ['an address without end', { ...back, cancel_url: `https://x/${'x'.repeat(2_000)}` }, '/cancel_url'],
])('bad input: %s', async (_says, body, pointer) => {
  const wedding = await wed(engine)
  const before = await contentsOf(engine.running.db)
  for (const path of [`/bookings/${wedding.id}/pay`, '/v1/payments']) {
    const whole = path === '/v1/payments' ? { booking: wedding.id, ...body } : body
    const answer = await engine.ask(path, { party: wedding.couple, body: whole })
    expect([path, answer.status, answer.body['pointer']]).toEqual([path, 400, pointer])
  }
  expect(await contentsOf(engine.running.db)).toBe(before)
})

function pay(wedding: Wedding, body: Json): Promise<Json> {
  return engine.must(201, `/bookings/${wedding.id}/pay`, { party: wedding.couple, body })
}

/** The one thing that its creation makes wanted. */
async function wantedOf({ id }: Json) {
  const { db } = engine.running
  const payment = await readAgreement({ db }, readId('pay', id) ?? '')
  const { end } = await db.one<{ end: bigint }>('select seq as end from log_head')
  const event = (await readEvents(db, 0n, end)).find(({ body }) => body.agreement === id)
  if (event === undefined || payment === null) throw new Error(`no event of ${id}`)
  expect(paymentUse.on.transitions).toEqual([event.body.transition])
  const wants = await paymentUse.wants(event, payment, db)
  expect(wants).toHaveLength(1)
  return wants[0]
}

function rowOf({ id }: Json, told: Partial<ProviderPayment>): ProviderPayment {
  const asked = {
    provider: 'paymongo',
    kind: 'pay_in',
    flow: 'payment',
    method: null,
    state: 'pending',
  } as const
  const wanted = {
    agreement: readId('pay', id),
    amount: BigInt(price),
    currency,
    details: { description: 'x' },
  }
  return { ...newPayment({ ...asked, ...wanted }, 1), ...told }
}

async function ask({ id }: Json, saying: EngineCommand | undefined) {
  const { now } = await engine.must(200, '/v1/test-clock')
  const { transition = '', input = {} } = saying ?? {}
  return engine.running.engine.ask(
    asDesk('payment', transition, Date.parse(now), { agreement: readId('pay', id), input }),
  )
}

async function say(payment: Json, saying: EngineCommand | undefined): Promise<void> {
  expect(await ask(payment, saying)).toMatchObject({ outcome: 'accepted' })
}
