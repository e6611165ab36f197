// Frozen wallets over HTTP: nothing leaves, what is given back comes back, one freeze is widened, and nobody else hears of it. And controls that a publication cannot lose.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { dealt, deals } from '../fixtures/every-product.ts'
import { startEngine, type Engine, type Json } from '../fixtures/engine.ts'
import { Till } from '../fixtures/withdrawal.ts'

const day_s = 86_400

let engine: Engine
let till: Till
let support: string
beforeAll(async () => {
  engine = await startEngine()
  till = new Till(engine)
  support = await engine.newKey({ kind: 'operator', name: 'support', role: 'support' })
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

const freeze = (party: string, direction: string, currency = 'PHP') =>
  engine.operate(`/v1/wallets/${party}/${currency}/freezes`, { direction })
const lift = (id: string) => engine.operate(`/wallet-freezes/${id}/lift`)
const operate = (path: string, body: Json = {}, key = engine.admin) =>
  engine.ask(path, { key, body: { reason: 'a test', ...body } })
const money = async (party: string) => {
  const { available, payout, withdrawn } = await engine.wallet(party, 'PHP')
  return [available, payout, withdrawn]
}
const paid = () => ({ payout_reference: `P-${randomUUID()}` })
let people = 0

describe.each(['out', 'both'])('F3: a wallet that is frozen %s', (direction) => {
  test('pays nothing out: approving, marking as paid and sending are refused, with the freeze; rejecting, failing and cancelling give back', async () => {
    const holder = `frozen-${(people += 1)}`
    await engine.topUp(holder, 600_000, 'PHP')
    const ids: string[] = []
    for (let i = 0; i < 6; i += 1) ids.push(await till.request(holder, 100_000))
    await engine.advance(day_s + 1)
    const [pending = '', approved = '', by_provider = '', rejected = '', cancelled = '', failed = ''] = ids
    await till.go(approved, 'approve')
    await till.go(failed, 'approve')
    const { id } = await freeze(holder, direction)
    const path = (of: string, act: string) => `/admin/withdrawals/${of}/${act}`
    const refused = { status: 409, code: 'wallet_frozen', wallet: holder, direction: 'out', freeze: id }
    expect((await operate(path(pending, 'approve'))).body).toMatchObject(refused)
    expect((await operate(path(pending, 'approve'), {}, support)).status).toBe(403)
    expect((await operate(path(by_provider, 'approve'), { pay_by: 'provider' })).body).toMatchObject(refused)
    expect((await operate(path(approved, 'mark-paid'), paid())).body).toMatchObject(refused)
    expect(await money(holder)).toEqual([0, 600_000, 0])

    expect((await operate(path(rejected, 'reject'))).body).toMatchObject({ state: 'rejected' })
    expect((await operate(path(failed, 'mark-failed'))).body).toMatchObject({ state: 'failed' })
    const own = await engine.ask(`/v1/withdrawals/${cancelled}/cancel`, { party: holder, body: {} })
    expect(own.body).toMatchObject({ state: 'cancelled' })
    expect(await money(holder)).toEqual([300_000, 300_000, 0])
    // Nor does anything begin to leave, and its owner hears why.
    const more = await till.ask(holder, 50_000)
    expect(more.body).toMatchObject({ ...refused, status: 409 })
    expect(await engine.must(200, `/v1/agreements/${id}`, { party: holder })).toMatchObject({ direction })

    await lift(id)
    for (const [of, act] of [
      [pending, 'approve'],
      [pending, 'mark-paid'],
      [approved, 'mark-paid'],
    ] as const)
      expect((await operate(path(of, act), act === 'mark-paid' ? paid() : {})).status).toBe(200)
    expect(await money(holder)).toEqual([300_000, 100_000, 200_000])
  })

  test('what the bank sent back comes back', async () => {
    const holder = `returned-${(people += 1)}`
    const id = await till.ready(holder, 50_000)
    await till.go(id, 'approve', 'mark-paid')
    await freeze(holder, direction)
    expect((await operate(`/admin/withdrawals/${id}/mark-returned`)).body).toMatchObject({
      state: 'returned',
    })
    expect(await money(holder)).toEqual([50_000, 0, 0])
  })
})

test.each(dealt)(
  'F3: what is given back to a frozen wallet in %s is there, however it is frozen',
  async (product) => {
    for (const direction of ['in', 'out', 'both']) {
      const deal = await deals[product](engine)
      const before = await engine.wallet(deal.payer, deal.currency)
      const { id } = await freeze(deal.payer, direction, deal.currency)
      for (const [path, asking] of deal.back) await engine.must(200, path, asking)
      const after = await engine.wallet(deal.payer, deal.currency)
      expect([direction, after['available']]).toEqual([direction, before['available'] + deal.amount])
      await lift(id)
    }
  },
)

test('F3: approved by one of two operators before the freeze, it is not seconded while it lasts', async () => {
  const holder = `large-${(people += 1)}`
  await engine.topUp(holder, 30_000_000, 'PHP')
  const id = await till.request(holder, 30_000_000)
  await engine.advance(day_s + 1)
  const second = await engine.newKey({ kind: 'operator', name: `second-${people}`, role: 'finance' })
  const path = `/admin/withdrawals/${id}/approve`
  expect((await operate(path)).body).toMatchObject({ state: 'pending', waiting_for: ['operator'] })
  const { id: frozen } = await freeze(holder, 'both')
  expect((await operate(path, {}, second)).body).toMatchObject({ code: 'wallet_frozen', freeze: frozen })
  await lift(frozen)
  expect((await operate(path, {}, second)).body).toMatchObject({ state: 'processing' })
})

describe('S18: a freeze is widened', () => {
  test.each([
    ['in', 'out'],
    ['in', 'both'],
    ['out', 'in'],
    ['out', 'both'],
  ])(
    'from %s by %s, without a moment in which nothing is stopped, and stays one freeze',
    async (first, more) => {
      const party = `wide-${(people += 1)}`
      const { id } = await freeze(party, first)
      const wide = await freeze(party, more)
      expect(wide).toMatchObject({ id, direction: 'both', state: 'frozen' })
      expect((await engine.wallet(party, 'PHP'))['block']).toBe('both')
      const again = await operate(`/v1/wallets/${party}/PHP/freezes`, { direction: 'in' })
      expect(again.body).toMatchObject({ code: 'wallet_frozen', direction: 'both', freeze: id })
      await lift(id)
      expect((await engine.wallet(party, 'PHP'))['block']).toBe('none')
      expect(await freeze(party, 'out')).toMatchObject({ direction: 'out' })
    },
  )

  test('at its own path as well; once, by operators alone, and to nothing but both', async () => {
    const party = `wide-${(people += 1)}`
    const { id } = await freeze(party, 'in')
    const path = `/wallet-freezes/${id}/widen`
    expect((await operate(path, { direction: 'out' })).status).toBe(400)
    expect((await operate(path, { direction: 'both' }, support)).status).toBe(403)
    expect((await engine.ask(path, { party, body: { direction: 'both' } })).status).toBe(403)
    expect((await operate(path, { direction: 'both' })).body).toMatchObject({ direction: 'both' })
    expect((await operate(path, { direction: 'both' })).body).toMatchObject({ code: 'wallet_frozen' })
    await lift(id)
    expect((await operate(path, { direction: 'both' })).body).toMatchObject({ code: 'transition_not_open' })
  })
})

describe('N3: whose wallet is frozen, and how', () => {
  test.each(dealt.filter((product) => product !== 'withdrawal'))(
    'is told in %s to operators and to who owns it, and to the other side not even that it is',
    async (product) => {
      const deal = await deals[product](engine)
      const [payee = ''] = Object.keys(deal.gets)
      const { id } = await freeze(payee, 'in', deal.currency)
      const [path, asking] = deal.release
      // A job pays the trade later: its confirmation says nothing of it at all.
      if (product !== 'p2p-trade') {
        for (const query of ['', '?dry_run=true']) {
          const { body, text } = await engine.ask(`${path}${query}`, asking)
          const own = asking.party === payee
          expect(body).toMatchObject({ status: 409, code: own ? 'wallet_frozen' : 'not_possible_now' })
          if (own) expect(body).toMatchObject({ wallet: payee, direction: 'in', freeze: id })
          else expect(text).not.toMatch(new RegExp(`frozen|direction|${payee}|${id}`))
        }
      }
      const read = await engine.ask(deal.path, { party: asking.party ?? deal.payer })
      expect(read.text).not.toMatch(new RegExp(`frozen by|wallet_frozen|${id}`))
      expect((await engine.ask(`/v1/agreements/${id}`, { party: deal.payer })).status).toBe(404)
      await lift(id)
    },
  )

  test('an operator who decides for a frozen wallet is told the freeze', async () => {
    const deal = await deals['marketplace-order'](engine)
    const [seller = ''] = Object.keys(deal.gets)
    const { id } = await freeze(seller, 'both', deal.currency)
    await engine.must(200, `${deal.path}/dispute`, {
      party: deal.payer,
      body: { dispute_reason: 'other', dispute_text: 'x' },
    })
    const { body } = await operate(`${deal.path}/release`)
    expect(body).toMatchObject({ code: 'wallet_frozen', wallet: seller, direction: 'in', freeze: id })
  })
})

test('N2: a timer that a freeze refuses is told of once, and shows when it was due', async () => {
  const [buyer, seller] = [`n2-buyer-${(people += 1)}`, `n2-seller-${people}`]
  const id = await engine.order({ buyer, seller, amount: 500 }, 'pay', 'ship', 'deliver')
  const due = async () => {
    const { timers, if_nothing_happens } = await engine.must(200, `/orders/${id}`)
    const at = timers.find(({ kind }: Json) => kind === 'transition')?.at
    return [at, if_nothing_happens.at]
  }
  const [at] = await due()
  const { id: frozen } = await freeze(seller, 'in', 'PKR')
  await engine.advance(10 * day_s)
  expect(await due()).toEqual([at, at])
  const told = (await engine.must(200, '/v1/notifications?limit=100', { key: engine.admin }))['data']
  expect(told.filter(({ agreement }: Json) => agreement === id)).toHaveLength(1)
  await lift(frozen)
  await engine.advance(10 * day_s)
  expect(await engine.must(200, `/orders/${id}`)).toMatchObject({ state: 'completed', money: 'released' })
})

describe('F13: a publication that names one currency', () => {
  const publish = (terms: Json, query = '') =>
    engine.must(query === '' ? 201 : 200, `/v1/fee-schedules${query}`, {
      key: engine.admin,
      body: { flow: 'marketplace-order', terms, reason: 'a test' },
    })

  test('keeps the sums of all others, and its preview says so and publishes nothing', async () => {
    const list = async () =>
      (await engine.must(200, '/v1/fee-schedules', { key: engine.admin }))['data'].length
    const before = await list()
    const preview = await publish({ second_operator_above: '100.00 PHP' }, '?dry_run=true')
    const [change] = preview['changes']
    expect(change).toMatchObject({ term: 'second_operator_above', to: expect.stringContaining('100.00 PHP') })
    expect(change.keeps).toContain('5000.00 USD')
    expect(change.keeps).not.toContain('200000.00 PHP')
    expect(await list()).toBe(before)

    const { terms } = await publish({ second_operator_above: '100.00 PHP' })
    expect(terms).toEqual({ second_operator_above: change.to })
    const order = await engine.must(201, '/orders', {
      party: 'f13-buyer',
      body: { seller: 'f13-seller', amount: 90_000_000, currency: 'USD' },
    })
    expect(order['terms'].second_operator_above).toBe(change.to)
    await engine.topUp('f13-buyer', 90_000_000, 'USD')
    for (const [party, act] of [
      ['f13-buyer', 'pay'],
      ['f13-seller', 'ship'],
    ] as const)
      await engine.must(200, `/orders/${order['id']}/${act}`, { party, body: {} })
    const why = { dispute_reason: 'other', dispute_text: 'x' }
    await engine.must(200, `/orders/${order['id']}/dispute`, { party: 'f13-buyer', body: why })
    expect((await operate(`/orders/${order['id']}/release`)).body).toMatchObject({
      state: 'disputed',
      waiting_for: ['operator'],
    })
    // The next one goes on from there.
    const next = await publish({ second_operator_above: '7.00 USD, 0.00 PHP' })
    expect(next['terms'].second_operator_above).toBe(
      change.to.replace('100.00 PHP', '0.00 PHP').replace('5000.00 USD', '7.00 USD'),
    )
  })

  test('also of settings that are published another way', async () => {
    const body = { setting_key: 'max_total_outstanding_rwf', setting_value: 0, reason: 'a test' }
    const answer = await engine.must(200, '/admin/escrow-settings', {
      key: engine.admin,
      method: 'PATCH',
      body,
    })
    expect(answer['data']).toContainEqual(
      expect.objectContaining({ setting_key: body.setting_key, setting_value: 0 }),
    )
    await engine.must(200, '/admin/escrow-settings', {
      key: engine.admin,
      method: 'PATCH',
      body: { ...body, setting_value: 5_000_000 },
    })
  })
})
