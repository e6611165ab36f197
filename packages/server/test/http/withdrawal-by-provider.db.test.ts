// Withdrawals that a provider pays: sent once, and from then on nobody's to pay by hand; what it says counts once, also weeks later.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { withdrawal } from '../../src/system-flows/withdrawal/flow.ts'
import { withdrawalUse } from '../../src/system-flows/withdrawal/use.ts'
import { Desk, saying } from '../fixtures/provider-binding.ts'
import { startEngine, type Engine, type Json } from '../fixtures/engine.ts'
import { currency, day_s, gcash, newVendor, Till, vendor_products } from '../fixtures/withdrawal.ts'

const amount = 50_000
const by_provider = { pay_by: 'provider' }
const send = { transition: 'send', input: {} }
const fall_back = saying(withdrawalUse, 'refused', {})
const closed = { refused: 'transition_not_open' }

let engine: Engine
let till: Till
let desk: Desk
let second: string

beforeAll(async () => {
  // The test is the desk.
  engine = await startEngine({ products: vendor_products, uses: [] })
  till = new Till(engine)
  desk = new Desk(engine, withdrawal)
  second = await engine.newKey({ kind: 'operator', name: 'second', role: 'finance' })
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
  expect(engine.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

/** Approved to be paid by a provider; nobody has asked one yet. */
async function approved(body: Json = {}): Promise<{ id: string; vendor: string }> {
  const vendor = newVendor()
  const id = await till.ready(vendor, amount, body)
  const { status, text } = await till.decide(id, 'approve', by_provider)
  if (status !== 200) throw new Error(text)
  return { id, vendor }
}

async function sent(): Promise<{ id: string; vendor: string }> {
  const opened = await approved()
  expect(await desk.says(opened.id, send)).toMatchObject({ state: 'sent' })
  return opened
}

const arrives = (payout_reference: string) =>
  saying(withdrawalUse, 'succeeded', { settled_id: payout_reference })

function byOperator(id: string, act: 'arrived' | 'bounced', body: Json = {}) {
  return engine.ask(`/admin/withdrawals/${id}/${act}`, {
    key: engine.admin,
    body: { reason: 'seen there', ...body },
  })
}

describe('the ordinary way', () => {
  test('approved, sent, arrived: reserved until the provider says so, and then withdrawn', async () => {
    const { id, vendor } = await approved()
    expect(await till.read(id)).toMatchObject({ state: 'processing', status: 'processing', money: 'held' })
    await desk.says(id, send)
    expect(await till.read(id, { party: vendor })).toMatchObject({
      state: 'sent',
      status: 'processing',
      money: 'held',
      processed_at: null,
      payout_reference: null,
    })
    expect(await till.money(vendor)).toEqual([0, amount, 0])

    expect(await desk.says(id, arrives(`tr_${id}`))).toMatchObject({ status: 'completed', money: 'released' })
    const read = await till.read(id)
    expect(read).toMatchObject({ payout_reference: `tr_${id}`, processed_at: read['state_since'] })
    expect(await till.money(vendor)).toEqual([0, 0, amount])
    const { data } = await engine.must(200, '/v1/notifications', { party: vendor })
    expect(data[0]['says']).toBe('Your withdrawal has been paid out')
  })

  test('it bounces: the money is back, with the words of the provider', async () => {
    const { id, vendor } = await sent()
    const bounces = saying(withdrawalUse, 'failed', { reason: 'account_closed: no such account' })
    expect(await desk.says(id, bounces)).toMatchObject({
      status: 'failed',
      money: 'refunded',
      note: 'account_closed: no such account',
    })
    expect(await till.money(vendor)).toEqual([amount, 0, 0])
    expect(await desk.says(id, arrives('late'))).toMatchObject(closed)
    expect(await till.money(vendor)).toEqual([amount, 0, 0])
  })

  test('it comes back 60 days later: given back once, and after 90 days not at all', async () => {
    const [one, other] = [await sent(), await sent()]
    for (const { id } of [one, other]) await desk.says(id, arrives(`tr_${id}`))
    await engine.advance(60 * day_s)
    const returns = saying(withdrawalUse, 'returned', { reason: 'returned_by_bank' })
    expect(await desk.says(one.id, returns)).toMatchObject({ status: 'returned', money: 'split' })
    expect(await till.money(one.vendor)).toEqual([amount, 0, 0])
    expect(await desk.says(one.id, returns)).toMatchObject({ ...closed, state: 'returned' })
    expect(await till.money(one.vendor)).toEqual([amount, 0, 0])
    await engine.advance(30 * day_s)
    expect(await desk.says(other.id, returns)).toMatchObject({ ...closed, state: 'settled' })
    expect(await till.money(other.vendor)).toEqual([0, 0, amount])
  })

  test('a word that is said again and again, also at the same instant, counts once', async () => {
    const { id, vendor } = await approved()
    const thrice = [1, 2, 3]
    await Promise.all(thrice.map(() => desk.says(id, send, `${id} before`)))
    const told = await Promise.all(thrice.map(() => desk.says(id, arrives(`tr_${id}`), `${id} succeeded`)))
    // While one is heard, the others are told to ask again.
    for (const { status, refused } of told)
      expect(status ?? refused).toMatch(/^(completed|request_in_progress)$/)
    expect(await desk.says(id, arrives(`tr_${id}`), `${id} succeeded`)).toMatchObject({ status: 'completed' })
    expect((await engine.events(id)).map(({ transition }) => transition)).toEqual([
      'request',
      'approve',
      'send',
      'arrived',
    ])
    expect(await till.money(vendor)).toEqual([0, 0, amount])
  })
})

describe('nobody pays twice', () => {
  test('from the approval on it is not paid by hand, and while it is sent it is not given up by hand either', async () => {
    const { id, vendor } = await approved()
    const before = await till.decide(id, 'mark-paid')
    expect([before.status, before.body]).toMatchObject([
      409,
      { code: 'transition_not_open', reason: 'the provider is asked to pay it' },
    ])
    const by_service = { key: engine.service, body: { payout_reference: 'x' } }
    expect((await engine.ask(`/admin/withdrawals/${id}/mark-paid`, by_service)).status).toBe(409)
    await desk.says(id, send)
    for (const decision of ['approve', 'reject', 'mark-paid', 'mark-failed', 'mark-returned'] as const)
      expect((await till.decide(id, decision)).body).toMatchObject({
        code: 'transition_not_open',
        state: 'sent',
      })
    expect((await till.cancel(id, vendor)).status).toBe(409)
    expect(await till.money(vendor)).toEqual([0, amount, 0])
  })

  test('what is paid by hand is not sent: the provider is never asked', async () => {
    const id = await till.ready(newVendor(), amount)
    await till.go(id, 'approve')
    for (const word of [send, fall_back])
      expect(await desk.says(id, word)).toMatchObject({ ...closed, reason: 'it is paid by hand' })
    await till.go(id, 'mark-paid')
    expect(await desk.says(id, send)).toMatchObject({ ...closed, state: 'completed' })
  })

  test('given up before it was sent: then it is not sent', async () => {
    const { id, vendor } = await approved()
    await till.go(id, 'mark-failed')
    expect(await desk.says(id, send)).toMatchObject({ ...closed, state: 'failed' })
    expect(await till.money(vendor)).toEqual([amount, 0, 0])
  })

  test('given up and sent at the same instant: one of the two', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => requested()))
    await engine.advance(day_s)
    for (const id of ids) {
      await till.decide(id, 'approve', by_provider)
      const [given_up, word] = await Promise.all([till.decide(id, 'mark-failed'), desk.says(id, send)])
      const state = given_up.status === 200 ? 'failed' : 'sent'
      expect([word['refused'], (await till.read(id))['state']]).toEqual([
        state === 'failed' ? 'transition_not_open' : undefined,
        state,
      ])
    }
  })

  test('cancelled and approved at the same instant: what was cancelled makes nothing wanted, and is not sent', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => requested()))
    await engine.advance(day_s)
    for (const id of ids) {
      const { vendor_id } = await till.read(id)
      const [approval, cancelled] = await Promise.all([
        till.decide(id, 'approve', by_provider),
        till.cancel(id, vendor_id),
      ])
      expect(new Set([approval.status, cancelled.status])).toEqual(new Set([200, 409]))
      const is_approved = approval.status === 200
      expect(await desk.wants(withdrawalUse, id)).toHaveLength(is_approved ? 1 : 0)
      expect((await desk.says(id, send))['refused']).toBe(is_approved ? undefined : 'transition_not_open')
      expect(await till.money(vendor_id)).toEqual(is_approved ? [0, amount, 0] : [amount, 0, 0])
    }
  })

  test('arrived and bounced at the same instant, by the provider and by an operator: one of the two', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => requested()))
    await engine.advance(day_s)
    for (const id of ids) {
      await till.decide(id, 'approve', by_provider)
      await desk.says(id, send)
      const { vendor_id } = await till.read(id)
      const [bounced, arrived] = await Promise.all([
        byOperator(id, 'bounced'),
        desk.says(id, arrives(`tr_${id}`)),
      ])
      const is_back = bounced.status === 200
      expect(arrived['refused']).toBe(is_back ? 'transition_not_open' : undefined)
      expect(await till.money(vendor_id)).toEqual(is_back ? [amount, 0, 0] : [0, 0, amount])
    }
  })

  test('one transfer of the provider pays one withdrawal', async () => {
    const [one, other] = [await sent(), await sent()]
    await desk.says(one.id, arrives('tr_shared'))
    expect(await desk.says(other.id, arrives('tr_shared'))).toMatchObject({ refused: 'reference_taken' })
    expect(await till.money(other.vendor)).toEqual([0, amount, 0])
  })

  async function requested(): Promise<string> {
    const vendor = newVendor()
    await engine.topUp(vendor, amount, currency)
    return till.request(vendor, amount)
  }
})

describe('the provider does not take it', () => {
  test.each(['before it was sent', 'after it was sent'])(
    '%s: an operator is told, and pays it by hand',
    async (when) => {
      const { id, vendor } = when === 'before it was sent' ? await approved() : await sent()
      expect(await desk.says(id, fall_back)).toMatchObject({ state: 'processing', pay_by: 'manual_transfer' })
      const { data } = await engine.must(200, '/v1/notifications', { key: engine.admin })
      expect(data[0]).toMatchObject({
        agreement: id,
        says: 'The provider did not take a withdrawal; pay it by hand, or mark it failed',
      })
      expect(await desk.says(id, fall_back)).toMatchObject(closed)
      expect(await desk.says(id, send)).toMatchObject(closed)
      expect(await till.money(vendor)).toEqual([0, amount, 0])
      expect(await till.go(id, 'mark-paid')).toMatchObject({ status: 'completed' })
      expect(await till.money(vendor)).toEqual([0, 0, amount])
    },
  )

  test('the reminder of a transfer that is not made comes when it was to come, and goes on', async () => {
    const { id } = await approved()
    const called = async () =>
      (await engine.events(id)).filter(({ transition }) => transition === 'remind_of_transfer').length
    const [timer] = (await till.read(id))['timers']
    await engine.advance(day_s)
    await desk.says(id, fall_back)
    expect((await till.read(id))['timers']).toEqual([timer])
    await engine.advance(day_s)
    expect(await called()).toBe(1)
    await engine.advance(2 * day_s)
    expect(await called()).toBe(2)
  })

  test('operators are reminded of what is sent and of which nobody tells, for as long as it is', async () => {
    const { id } = await sent()
    await engine.advance(4 * day_s)
    expect((await engine.events(id)).map(({ transition }) => transition).slice(-2)).toEqual([
      'remind_of_transfer',
      'remind_of_transfer',
    ])
    expect(await till.read(id)).toMatchObject({ state: 'sent', money: 'held' })
  })
})

describe('what an operator has seen at the provider', () => {
  test('arrived and bounced are an operator’s word with its reason, and end it as the provider’s would', async () => {
    const [one, other] = [await sent(), await sent()]
    expect(
      (await byOperator(one.id, 'arrived', { reason: undefined, payout_reference: 'x' })).body,
    ).toMatchObject({
      code: 'invalid_request',
      pointer: '/reason',
    })
    expect((await byOperator(one.id, 'arrived')).body).toMatchObject({ pointer: '/payout_reference' })
    expect((await byOperator(one.id, 'arrived', { payout_reference: `seen-${one.id}` })).body).toMatchObject({
      status: 'completed',
      payout_reference: `seen-${one.id}`,
    })
    expect((await byOperator(other.id, 'bounced', { note: 'Wrong number' })).body).toMatchObject({
      status: 'failed',
      note: 'Wrong number',
    })
    expect([await till.money(one.vendor), await till.money(other.vendor)]).toEqual([
      [0, 0, amount],
      [amount, 0, 0],
    ])
  })

  test('not the marketplace’s backend, not the holder, not support; and nobody sends it or lets it fall back over HTTP', async () => {
    const { id, vendor } = await sent()
    const support = await engine.newKey({ kind: 'operator', name: 'support', role: 'support' })
    const body = { payout_reference: 'mine', reason: 'x' }
    for (const [asking, status, code] of [
      [{}, 403, 'not_your_transition'],
      [{ party: vendor }, 403, 'not_your_transition'],
      [{ key: await engine.token(vendor) }, 403, 'not_your_transition'],
      [{ party: 'eve' }, 404, 'not_found'],
      [{ key: support }, 403, 'missing_scope'],
    ] as const)
      expect(await engine.ask(`/admin/withdrawals/${id}/arrived`, { ...asking, body })).toMatchObject({
        status,
        body: { code },
      })
    for (const name of ['send', 'fall_back', 'arrived', 'bounced'])
      for (const key of [engine.service, engine.admin])
        for (const path of [
          `/v1/agreements/${id}/transitions/${name}`,
          `/v1/withdrawals/${id}/${name.replace('_', '-')}`,
        ])
          expect((await engine.ask(path, { key, body: { reason: 'x' } })).status).toBe(404)
    expect((await byOperator(id, 'arrived', { payout_reference: 'x\ny' })).status).toBe(400)
    expect(await till.money(vendor)).toEqual([0, amount, 0])
  })
})

describe('what is wanted of the provider', () => {
  const name = { account_name: 'Amor Santos' }
  test.each<[string, Json, Json]>([
    ['GCash', gcash, { method: 'gcash', number: '09171234567', name: '09171234567', institution: null }],
    [
      'PayMaya',
      { method: 'paymaya', account_details: { mobile_number: '09181234567', ...name } },
      { method: 'maya', number: '09181234567', name: 'Amor Santos', institution: null },
    ],
    [
      'a bank',
      {
        method: 'bank_transfer',
        account_details: {
          bank_name: 'BDO',
          bank_code: 'BNORPHMMXXX',
          account_number: '0012345678',
          ...name,
        },
      },
      { method: 'bank_transfer', number: '0012345678', name: 'Amor Santos', institution: 'BNORPHMMXXX' },
    ],
    [
      'a bank without its code',
      {
        method: 'bank_transfer',
        account_details: { bank_name: 'BDO', account_number: '0012345678', ...name },
      },
      { method: 'bank_transfer', number: '0012345678', name: 'Amor Santos', institution: null },
    ],
    [
      'mobile money',
      { method: 'mobile_money', currency: 'RWF', account_details: { mobile_number: '0781234567', ...name } },
      { method: 'mobile_money', number: '250781234567', name: 'Amor Santos', institution: null },
    ],
  ])('%s: where it goes, in the words of the port', async (_, body, { method, ...destination }) => {
    const { id, vendor } = await approved(body)
    expect(await desk.wants(withdrawalUse, id)).toEqual([
      {
        agreement: expect.any(String),
        method,
        amount: BigInt(amount),
        currency: body['currency'] ?? currency,
        details: {
          description: `Withdrawal ${(await till.read(id))['withdrawal_number']}`,
          party: vendor,
          destination,
        },
      },
    ])
    expect(withdrawalUse.before?.({} as never)).toEqual(send)
  })

  test('nothing by hand, nothing before the second of two operators has approved, and then once', async () => {
    const by_hand = await till.ready(newVendor(), amount)
    await till.go(by_hand, 'approve')
    expect(await desk.wants(withdrawalUse, by_hand)).toEqual([])

    const large = await till.ready(newVendor(), 20_000_001)
    await till.decide(large, 'approve', by_provider)
    expect(await desk.wants(withdrawalUse, large)).toEqual([])
    await till.decide(large, 'approve', {}, { key: second })
    expect(await desk.wants(withdrawalUse, large)).toEqual([])
    expect((await till.decide(large, 'approve')).body).toMatchObject({ state: 'processing' })
    expect(await desk.wants(withdrawalUse, large)).toEqual([])
    expect(await desk.says(large, send)).toMatchObject(closed)

    const other = await till.ready(newVendor(), 20_000_001)
    await till.decide(other, 'approve', by_provider)
    await till.decide(other, 'approve', by_provider, { key: second })
    expect(await desk.wants(withdrawalUse, other)).toHaveLength(1)
  })
})
