// Withdrawals: every way to ask wrongly, whom each step belongs to, the limits, the clock. Refusals change nothing.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { contentsOf, startEngine, type Asking, type Engine, type Json } from '../fixtures/engine.ts'
import {
  currency,
  day_s,
  gcash,
  newVendor,
  Till,
  vendor_products,
  type Decision,
} from '../fixtures/withdrawal.ts'

let engine: Engine
let till: Till
let second: string
const roles: Record<string, string> = {}

beforeAll(async () => {
  engine = await startEngine({ products: vendor_products })
  till = new Till(engine)
  second = await engine.newKey({ kind: 'operator', name: 'second', role: 'finance' })
  for (const role of ['finance', 'support', 'viewer'] as const)
    roles[role] = await engine.newKey({ kind: 'operator', name: role, role })
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
  expect(engine.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

/** Asks what must be refused, and finds every table as it was. */
async function refused(asking: () => ReturnType<Till['ask']>, status: number, says: Json): Promise<void> {
  const before = await contentsOf(engine.running.db)
  const answer = await asking()
  expect([answer.status, answer.body]).toMatchObject([status, says])
  expect(await contentsOf(engine.running.db)).toBe(before)
}

const bank = { bank_name: 'BDO', account_name: 'Amor' }

describe('asked for wrongly', () => {
  const rows: readonly [says: string, pointer: string, body: Json][] = [
    ['a number that is a digit short', '/account_details/mobile_number', number('0917123456')],
    ['a number that is a digit long', '/account_details/mobile_number', number('091712345678')],
    ['a number that begins otherwise', '/account_details/mobile_number', number('19171234567')],
    ['an international number', '/account_details/mobile_number', number('+639171234567')],
    ['a number with blanks', '/account_details/mobile_number', number('0917 123 4567')],
    ['letters in a number', '/account_details/mobile_number', number('0917123456O')],
    ['no number', '/account_details/mobile_number', { account_details: {} }],
    [
      'a number that is no text',
      '/account_details/mobile_number',
      { account_details: { mobile_number: 9171234567 } },
    ],
    ['no details', '/account_details', { account_details: undefined }],
    ['details that are a list', '/account_details', { account_details: [] }],
    [
      'a field of another method',
      '/account_details/iban',
      { account_details: { ...gcash.account_details, iban: 'x' } },
    ],
    ['an unknown method', '/method', { method: 'cheque' }],
    ['no method', '/method', { method: undefined }],
    ['GCash in another currency', '/currency', { currency: 'USD' }],
    ['mobile money in pesos', '/currency', { method: 'mobile_money' }],
    ['a crypto currency', '/currency', { currency: 'BTC', method: 'bank_transfer' }],
    ['an unknown currency', '/currency', { currency: 'XYZ' }],
    [
      'mobile money without the name',
      '/account_details/account_name',
      { currency: 'RWF', method: 'mobile_money', account_details: { mobile_number: '0781234567' } },
    ],
    [
      'a bank account without its bank',
      '/account_details/bank_name',
      banked('PHP', { account_number: '0012345678', account_name: 'A' }),
    ],
    [
      'a short PHP account',
      '/account_details/account_number',
      banked('PHP', { ...bank, account_number: '123456789' }),
    ],
    [
      'a long PHP account',
      '/account_details/account_number',
      banked('PHP', { ...bank, account_number: '1'.repeat(17) }),
    ],
    [
      'a NUBAN of nine digits',
      '/account_details/account_number',
      banked('NGN', { ...bank, account_number: '012345678' }),
    ],
    [
      'a short VND account',
      '/account_details/account_number',
      banked('VND', { ...bank, account_number: '12345' }),
    ],
    [
      'a routing number with a wrong check digit',
      '/account_details/routing_number',
      banked('USD', { ...bank, routing_number: '021000022', account_number: '12345' }),
    ],
    [
      'a short USD account',
      '/account_details/account_number',
      banked('USD', { ...bank, routing_number: '021000021', account_number: '123' }),
    ],
    [
      'an IBAN with a wrong check',
      '/account_details/iban',
      banked('EUR', { iban: 'DE88370400440532013000', account_name: 'A' }),
    ],
    ['an unknown field', '/fee', { fee: 1 }],
    [
      'since when the destination is known',
      '/destination_since',
      { destination_since: '2020-01-01T00:00:00Z' },
    ],
    ['a reference', '/reference', { reference: 'mine' }],
    ['terms', '/terms', { terms: { cool_off: '1 minutes' } }],
  ]
  test.each(rows)('%s: %s', async (_, pointer, body) => {
    expect.hasAssertions()
    await refused(() => till.ask('vendor-0', 50_000, body), 400, { code: 'invalid_request', pointer })
  })

  test.each([0, -1, 0.5, '50000', null, 2 ** 53])('amount %j', async (amount) => {
    expect.hasAssertions()
    const answer = till.ask('vendor-0', 1, { amount })
    await refused(() => answer, 400, { pointer: '/amount' })
  })

  test('more than is there, in this currency', async () => {
    expect.hasAssertions()
    const vendor = newVendor()
    await refused(() => till.ask(vendor, 50_000), 409, { code: 'insufficient_funds', short_by: 50_000 })
    await engine.topUp(vendor, 50_000, 'RWF')
    await engine.topUp(vendor, 49_999, currency)
    await refused(() => till.ask(vendor, 50_000), 409, { code: 'insufficient_funds', short_by: 1 })
  })

  test('a party that is none, another party, an operator, a viewer', async () => {
    expect.hasAssertions()
    await refused(() => till.ask('platform', 50_000, {}, { party: undefined as never }), 400, {
      pointer: '/vendor_id',
    })
    await refused(() => till.ask('vendor-0', 50_000, {}, { party: 'eve' }), 404, { code: 'not_found' })
    const admin = { party: undefined as never, key: engine.admin }
    await refused(() => till.ask('vendor-0', 50_000, { reason: 'x' }, admin), 403, {
      code: 'not_your_transition',
    })
    await refused(() => till.ask('vendor-0', 50_000, {}, { ...admin, key: roles['viewer'] ?? '' }), 403, {
      code: 'missing_scope',
    })
  })

  test('by the general API, which does not know since when the destination is known', async () => {
    expect.hasAssertions()
    const body = {
      flow: 'withdrawal',
      holder: 'vendor-0',
      amount: 50_000,
      currency,
      ...gcash,
      destination_since: '2020-01-01T00:00:00Z',
    }
    await refused(() => engine.ask('/v1/agreements', { party: 'vendor-0', body }), 400, { pointer: '/flow' })
  })
})

describe('whose step it is', () => {
  const decisions: readonly Decision[] = ['approve', 'reject', 'mark-paid', 'mark-failed', 'mark-returned']

  test.each(decisions)('%s: not the holder, not a stranger, not support or a viewer', async (decision) => {
    expect.hasAssertions()
    const vendor = newVendor()
    const id = await till.ready(vendor, 50_000)
    const by = (over: Asking) => () => till.decide(id, decision, {}, over)
    await refused(by({ key: await engine.token(vendor) }), 403, { code: 'not_your_transition' })
    await refused(by({ key: engine.service, party: vendor }), 403, { code: 'not_your_transition' })
    await refused(by({ key: await engine.token('eve') }), 404, { code: 'not_found' })
    await refused(by({ key: roles['support'] ?? '' }), 403, {
      code: 'missing_scope',
      scope: 'withdrawals:decide',
    })
    await refused(by({ key: roles['viewer'] ?? '' }), 403, { code: 'missing_scope' })
    const name = decision.replace('-', '_')
    const general = { key: roles['support'] ?? '', body: { reason: 'x' } }
    const body = decision === 'mark-paid' ? { ...general.body, payout_reference: 'X' } : general.body
    await refused(() => engine.ask(`/v1/agreements/${id}/transitions/${name}`, { ...general, body }), 403, {
      scope: 'withdrawals:decide',
    })
  })

  test('approve and reject: not the service; each decision of an operator needs its reason', async () => {
    expect.hasAssertions()
    const id = await till.ready(newVendor(), 50_000)
    for (const decision of ['approve', 'reject'] as const) {
      await refused(() => till.decide(id, decision, {}, { key: engine.service }), 403, {
        code: 'not_your_transition',
      })
      await refused(() => till.decide(id, decision, { reason: undefined }), 400, { pointer: '/reason' })
    }
  })

  test('cancel: not a stranger, not an operator, not the service itself', async () => {
    const vendor = newVendor()
    const id = await till.ready(vendor, 50_000)
    await refused(() => till.cancel(id, 'eve'), 404, { code: 'not_found' })
    await refused(() => till.cancel(id, vendor, { party: undefined as never }), 403, {
      code: 'not_your_transition',
    })
    const by_admin = { party: undefined as never, key: engine.admin, body: { reason: 'x' } }
    await refused(() => till.cancel(id, vendor, by_admin), 403, { code: 'not_your_transition' })
    expect(await till.cancel(id, vendor)).toMatchObject({ status: 200 })
    expect(await till.money(vendor)).toEqual([50_000, 0, 0])
  })

  test('steps out of turn', async () => {
    const vendor = newVendor()
    const id = await till.ready(vendor, 50_000)
    const closed = { code: 'transition_not_open' }
    for (const late of ['mark-paid', 'mark-failed', 'mark-returned'] as const)
      await refused(() => till.decide(id, late), 409, { ...closed, state: 'pending' })
    await till.go(id, 'approve')
    for (const wrong of ['approve', 'reject', 'mark-returned'] as const)
      await refused(() => till.decide(id, wrong), 409, { ...closed, state: 'processing' })
    await refused(() => till.cancel(id, vendor), 409, { ...closed, state: 'processing' })
    await till.go(id, 'mark-failed')
    for (const wrong of decisions)
      await refused(() => till.decide(id, wrong), 409, { ...closed, state: 'failed' })
    expect(await till.money(vendor)).toEqual([50_000, 0, 0])
  })

  test.each(['', 'x'.repeat(201), 'two\nlines', 7, undefined])(
    'a payout reference %j',
    async (payout_reference) => {
      expect.hasAssertions()
      const id = await till.ready(newVendor(), 50_000)
      await till.go(id, 'approve')
      await refused(() => till.decide(id, 'mark-paid', { payout_reference }), 400, {
        pointer: '/payout_reference',
      })
    },
  )
})

describe('money goes back once', () => {
  test.each([
    ['rejected', ['reject']],
    ['failed', ['approve', 'mark-failed']],
  ] as const)('a withdrawal that is %s gives the money back', async (state, way) => {
    const vendor = newVendor()
    const id = await till.ready(vendor, 50_000)
    expect(await till.money(vendor)).toEqual([0, 50_000, 0])
    expect(await till.go(id, ...way)).toMatchObject({ status: state, money: 'refunded', processed_at: null })
    expect(await till.money(vendor)).toEqual([50_000, 0, 0])
    await till.request(vendor, 50_000)
    expect(await till.money(vendor)).toEqual([0, 50_000, 0])
  })

  test('returned after weeks gives it back once; the day it was paid stays', async () => {
    const vendor = newVendor()
    const id = await till.ready(vendor, 50_000)
    const { processed_at } = await till.go(id, 'approve', 'mark-paid')
    expect(await till.money(vendor)).toEqual([0, 0, 50_000])
    await engine.advance(60 * day_s)
    expect((await till.decide(id, 'mark-returned', { note: 'Account closed' })).body).toMatchObject({
      status: 'returned',
      processed_at,
      note: 'Account closed',
    })
    expect(await till.money(vendor)).toEqual([50_000, 0, 0])
    await refused(() => till.decide(id, 'mark-returned'), 409, {
      code: 'transition_not_open',
      state: 'returned',
    })
    const { data } = await engine.must(200, '/v1/notifications', { party: vendor })
    expect(data[0]['says']).toBe('Your bank sent a withdrawal back; the money is in your wallet again')
  })

  test('after 90 days it is settled, is still shown as completed, and does not come back', async () => {
    const vendor = newVendor()
    const id = await till.ready(vendor, 50_000)
    await till.go(id, 'approve', 'mark-paid')
    await engine.advance(90 * day_s)
    expect(await till.read(id)).toMatchObject({ state: 'settled', status: 'completed', money: 'released' })
    await refused(() => till.decide(id, 'mark-returned'), 409, { state: 'settled' })
    expect(await till.money(vendor)).toEqual([0, 0, 50_000])
  })

  test('a frozen wallet: no new withdrawal, nothing is approved, and what is reserved can be given back', async () => {
    const vendor = newVendor()
    const id = await till.ready(vendor, 50_000)
    await engine.topUp(vendor, 50_000, currency)
    const { id: freeze } = await engine.operate(`/v1/wallets/${vendor}/${currency}/freezes`, {
      direction: 'both',
    })
    const frozen = { code: 'wallet_frozen' }
    await refused(() => till.ask(vendor, 50_000), 409, { ...frozen, direction: 'out' })
    await refused(() => till.decide(id, 'approve'), 409, { ...frozen, direction: 'out', freeze })
    expect(await till.money(vendor)).toEqual([50_000, 50_000, 0])
    await engine.operate(`/wallet-freezes/${freeze}/lift`)
    await till.go(id, 'reject')
    expect(await till.money(vendor)).toEqual([100_000, 0, 0])
  })

  test('sent again with its key it is the same withdrawal; with another body it is refused', async () => {
    const vendor = newVendor()
    await engine.topUp(vendor, 100_000, currency)
    const first = await till.ask(vendor, 50_000, {}, { idempotency: `${vendor}-1` })
    await engine.advance(60)
    const again = await till.ask(vendor, 50_000, {}, { idempotency: `${vendor}-1` })
    expect([first.status, again.text]).toEqual([201, first.text])
    const other = await till.ask(vendor, 50_001, {}, { idempotency: `${vendor}-1` })
    expect(other.body).toMatchObject({ code: 'idempotency_key_reused' })
    expect(await till.money(vendor)).toEqual([50_000, 50_000, 0])
  })
})

describe('limits', () => {
  test('the minimum of each currency, and nothing below it', async () => {
    const vendor = newVendor()
    await engine.topUp(vendor, 1_000_000, currency)
    await refused(() => till.ask(vendor, 9_999), 409, {
      code: 'limit_exceeded',
      limit: 'minimum',
      at_least: 10_000,
    })
    expect((await till.ask(vendor, 10_000)).status).toBe(201)
    await engine.topUp(vendor, 10_000, 'RWF')
    const momo = {
      currency: 'RWF',
      method: 'mobile_money',
      account_details: { mobile_number: '0781234567', account_name: 'K' },
    }
    await refused(() => till.ask(vendor, 999, momo), 409, { limit: 'minimum', at_least: 1_000 })
    expect((await till.ask(vendor, 1_000, momo)).status).toBe(201)
  })

  test('the daily limit: to the centavo, given back does not count, and a day later it is free again', async () => {
    const vendor = newVendor()
    await engine.topUp(vendor, 200_000_000, currency)
    const beyond = { code: 'limit_exceeded', limit: 'daily_limit', at_most: 50_000_000 }
    await refused(() => till.ask(vendor, 50_000_001), 409, { ...beyond, already: 0 })
    const all = await till.request(vendor, 50_000_000)
    await refused(() => till.ask(vendor, 10_000), 409, { ...beyond, already: 50_000_000 })
    await till.go(all, 'reject')
    const again = await till.request(vendor, 40_000_000)
    await refused(() => till.ask(vendor, 10_000_001), 409, { ...beyond, already: 40_000_000 })
    expect((await till.cancel(again, vendor)).status).toBe(200)
    await till.request(vendor, 50_000_000)
    await engine.advance(day_s - 60)
    await refused(() => till.ask(vendor, 10_000), 409, beyond)
    await engine.advance(61)
    expect((await till.ask(vendor, 50_000_000)).status).toBe(201)
  })

  test('what was asked for counts once: not again on the day it is paid', async () => {
    const vendor = newVendor()
    const id = await till.ready(vendor, 20_000_000)
    await till.go(id, 'approve', 'mark-paid')
    await engine.topUp(vendor, 50_000_000, currency)
    expect((await till.ask(vendor, 50_000_000)).status).toBe(201)
  })

  test('a limit of another wallet or currency is its own', async () => {
    const [one, two] = [newVendor(), newVendor()]
    for (const vendor of [one, two]) await engine.topUp(vendor, 50_000_000, currency)
    for (const vendor of [one, two]) expect((await till.ask(vendor, 50_000_000)).status).toBe(201)
  })

  test('above a sum, two operators: the same one twice is refused, another input is another proposal', async () => {
    const vendor = newVendor()
    const id = await till.ready(vendor, 20_000_001)
    const first = await till.decide(id, 'approve')
    expect([first.status, first.body]).toMatchObject([200, { status: 'pending', waiting_for: ['operator'] }])
    await refused(() => till.decide(id, 'approve'), 409, {
      code: 'transition_not_open',
      reason: 'another operator must ask for the same',
    })
    const other = await till.decide(id, 'approve', { pay_by: 'provider' }, { key: second })
    expect([other.status, other.body]).toMatchObject([200, { status: 'pending', waiting_for: ['operator'] }])
    await refused(() => till.decide(id, 'approve', { pay_by: 'provider' }, { key: second }), 409, {})
    expect(await till.money(vendor)).toEqual([0, 20_000_001, 0])
    expect((await till.decide(id, 'approve', { pay_by: 'provider' })).body).toMatchObject({
      status: 'processing',
      pay_by: 'provider',
    })
  })

  test('up to that sum one operator is enough, and rejecting always takes only one', async () => {
    const id = await till.ready(newVendor(), 20_000_000)
    expect((await till.decide(id, 'approve')).body).toMatchObject({ status: 'processing' })
    const large = await till.ready(newVendor(), 30_000_000)
    await till.decide(large, 'approve')
    expect((await till.decide(large, 'reject', {}, { key: second })).body).toMatchObject({
      status: 'rejected',
    })
  })
})

describe('a new destination cools off', () => {
  const number_of = (digit: number) => number(`0917000000${digit}`)

  test('asked for and reserved at once, approved no sooner than 24 hours later, to the second', async () => {
    const vendor = newVendor()
    await engine.topUp(vendor, 50_000, currency)
    const id = await till.request(vendor, 50_000)
    const { may_be_approved_at, created_at } = await till.read(id)
    expect(Date.parse(may_be_approved_at) - Date.parse(created_at)).toBe(day_s * 1_000)
    expect(await till.money(vendor)).toEqual([0, 50_000, 0])
    await engine.advance(day_s - 30)
    await refused(() => till.decide(id, 'approve'), 409, { limit: 'cool_off', may_be_approved_at })
    await engine.advance(30)
    expect((await till.decide(id, 'approve')).status).toBe(200)
  })

  test('one used before is not cooled again, in any spelling; another number is, and so is another person', async () => {
    const [vendor, neighbour] = [newVendor(), newVendor()]
    const momo = (mobile_number: string) => ({
      currency: 'RWF',
      method: 'mobile_money',
      account_details: { mobile_number, account_name: 'Keza' },
    })
    await till.ready(vendor, 50_000, momo('0781234567'))
    for (const party of [vendor, neighbour]) await engine.topUp(party, 100_000, 'RWF')
    const known = await till.request(vendor, 10_000, momo('250781234567'))
    expect((await till.decide(known, 'approve')).status).toBe(200)
    const other = await till.request(vendor, 10_000, momo('0781234568'))
    expect((await till.decide(other, 'approve')).body).toMatchObject({ limit: 'cool_off' })
    const theirs = await till.request(neighbour, 10_000, momo('0781234567'))
    expect((await till.decide(theirs, 'approve')).body).toMatchObject({ limit: 'cool_off' })
  })

  test('what was rejected or taken back made nothing known', async () => {
    const vendor = newVendor()
    for (const [i, ending] of (['reject', 'cancel'] as const).entries()) {
      const id = await till.ready(vendor, 50_000, number_of(i))
      if (ending === 'cancel') await till.cancel(id, vendor)
      else await till.go(id, ending)
      const again = await till.request(vendor, 50_000, number_of(i))
      expect((await till.decide(again, 'approve')).body).toMatchObject({ limit: 'cool_off' })
      await till.go(again, 'reject')
    }
  })

  test('a failed transfer leaves it known', async () => {
    const vendor = newVendor()
    const id = await till.ready(vendor, 50_000)
    await till.go(id, 'approve', 'mark-failed')
    await till.go(await till.request(vendor, 50_000), 'approve', 'mark-paid')
    expect(await till.money(vendor)).toEqual([0, 0, 50_000])
  })
})

describe('read', () => {
  test('whole numbers for the owner and who pays; the last four for other operators, wherever they look', async () => {
    const vendor = newVendor()
    await engine.topUp(vendor, 50_000, currency)
    const id = await till.request(vendor, 50_000)
    const paths = [`/v1/withdrawals/${id}`, `/v1/agreements/${id}`, `/v1/agreements?party=${vendor}`]
    paths.push(`/admin/withdrawals?party=${vendor}`, `/api/wallet/${vendor}/withdrawals`)
    for (const path of paths) {
      for (const role of ['support', 'viewer']) {
        const text = JSON.stringify(await engine.must(200, path, { key: roles[role] ?? '' }))
        expect(text).toContain('*******4567')
        expect(text).not.toContain('09171234567')
      }
      expect(JSON.stringify(await engine.must(200, path, { key: roles['finance'] ?? '' }))).toContain(
        '09171234567',
      )
      if (path.startsWith('/admin')) continue
      expect(JSON.stringify(await engine.must(200, path, { party: vendor }))).toContain('09171234567')
    }
  })

  test("operators' list: what waits, oldest first, by state, currency and party, in pages", async () => {
    const vendor = newVendor()
    await engine.topUp(vendor, 500_000, currency)
    const ids: string[] = []
    for (let i = 0; i < 5; i += 1) ids.push(await till.request(vendor, 50_000))
    await till.go(ids[1] ?? '', 'reject')
    const listed = async (query: string) => {
      const { data, has_more } = await engine.must(200, `/admin/withdrawals?party=${vendor}${query}`, {
        key: engine.admin,
      })
      return [data.map((row: Json) => ids.indexOf(row['id'])), has_more]
    }
    expect(await listed('')).toEqual([[0, 2, 3, 4], false])
    expect(await listed('&state=any')).toEqual([[0, 1, 2, 3, 4], false])
    expect(await listed('&state=rejected')).toEqual([[1], false])
    expect(await listed('&currency=RWF')).toEqual([[], false])
    expect(await listed('&limit=2')).toEqual([[0, 2], true])
    expect(await listed(`&limit=2&starting_after=${ids[2]}`)).toEqual([[3, 4], false])
    const own = await engine.must(200, `/api/wallet/${vendor}/withdrawals?limit=3`, { party: vendor })
    expect([own['data'].map((row: Json) => ids.indexOf(row['id'])), own['has_more']]).toEqual([
      [4, 3, 2],
      true,
    ])
    for (const query of ['state=paid', 'starting_after=wd_1', 'limit=0', 'currency=XYZ', 'sort=asc'])
      await engine.must(400, `/admin/withdrawals?${query}`, { key: engine.admin })
    await engine.must(404, '/admin/withdrawals', { party: vendor })
    await engine.must(404, `/api/wallet/${vendor}/withdrawals`, { party: 'eve' })
  })

  test('operators are reminded by the clock for as long as it waits for them', async () => {
    const vendor = newVendor()
    const id = await till.ready(vendor, 50_000)
    const called = async () =>
      (await engine.events(id))
        .filter(({ transition }) => transition.startsWith('remind_of'))
        .map((e) => e['transition'])
    await engine.advance(3 * day_s)
    expect(await called()).toEqual(['remind_of_approval', 'remind_of_approval'])
    await till.go(id, 'approve')
    await engine.advance(2 * day_s)
    expect((await called()).at(-1)).toBe('remind_of_transfer')
    expect(await till.money(vendor)).toEqual([0, 50_000, 0])
  })
})

describe('sales', () => {
  test('a sale comes into the wallet once per reference; by the service or an operator, nobody else', async () => {
    const vendor = newVendor()
    const path = `/v1/wallets/${vendor}/${currency}/sales`
    const body = { amount: 700, reference: `sale-${vendor}`, reason: 'x' }
    const before = await engine.wallet(vendor, currency)
    expect((await engine.ask(path, { body })).status).toBe(201)
    await refused(() => engine.ask(path, { body: { ...body, amount: 1 } }), 409, { code: 'reference_taken' })
    await engine.operate(path, { ...body, reference: `sale-2-${vendor}` })
    for (const [asking, status] of [
      [{ party: vendor }, 403],
      [{ key: await engine.token(vendor) }, 403],
      [{ key: roles['support'] ?? '' }, 403],
    ] as const)
      await refused(() => engine.ask(path, { ...asking, body: { ...body, reference: 'x' } }), status, {})
    for (const wrong of [{ amount: 0 }, { amount: 1.5 }, { reference: '' }, { more: 1 }])
      await refused(() => engine.ask(path, { body: { ...body, ...wrong } }), 400, {})
    expect((await engine.wallet(vendor, currency))['available']).toBe(before['available'] + 1_400)
    const { data } = await engine.must(200, `/v1/wallets/${vendor}/transactions`)
    expect(data.map((row: Json) => [row['type'], row['code'], row['side'], row['amount']])).toEqual([
      ['Sale', 'SALE', 'credit', 700],
      ['Sale', 'SALE', 'credit', 700],
    ])
  })
})

function number(mobile_number: string): Json {
  return { account_details: { mobile_number } }
}

function banked(of: string, account_details: Json): Json {
  return { currency: of, method: 'bank_transfer', account_details }
}
