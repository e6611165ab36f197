// Top-ups by a provider: the money is in the wallet when the provider says so: once, exactly, and into nobody else's.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { walletPayIn } from '../../src/system-flows/wallet-pay-in/flow.ts'
import { payIn } from '../../src/system-flows/wallet-pay-in/product.ts'
import { walletPayInUse } from '../../src/system-flows/wallet-pay-in/use.ts'
import { Desk, saying } from '../fixtures/provider-binding.ts'
import {
  contentsOf,
  startEngine,
  type Answer,
  type Asking,
  type Engine,
  type Json,
} from '../fixtures/engine.ts'
import { vendor_products } from '../fixtures/withdrawal.ts'

const amount = 150_000
const products = [...vendor_products, payIn]
const gcash = { amount, method: 'gcash' }
const closed = { refused: 'transition_not_open' }

let engine: Engine
let desk: Desk
let people = 0

beforeAll(async () => {
  // The test is the desk.
  engine = await startEngine({ products, uses: [] })
  desk = new Desk(engine, walletPayIn)
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
  expect(engine.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

function newHolder(): string {
  people += 1
  return `holder-${people}`
}

function ask(holder: string, body: Json, over: Asking = {}): Promise<Answer> {
  return engine.ask(`/v1/wallets/${holder}/PHP/top-ups`, { party: holder, body, ...over })
}

async function begun(body: Json = gcash): Promise<{ id: string; holder: string }> {
  const holder = newHolder()
  const { status, text, body: answer } = await ask(holder, body)
  if (status !== 201) throw new Error(text)
  return { id: answer['id'], holder }
}

const available = async (holder: string) => (await engine.wallet(holder, 'PHP'))['available']

function paid(settled_id: string, told_amount = BigInt(amount), told_currency = 'PHP') {
  return saying(walletPayInUse, 'succeeded', { settled_id, told_amount, told_currency })
}

describe('the ordinary way', () => {
  test('begun, offered, paid: the money is there when the provider says so, and reads as a top-up', async () => {
    const holder = newHolder()
    const { body } = await ask(holder, gcash, { key: await engine.token(holder), party: undefined as never })
    expect(body).toMatchObject({
      id: expect.stringMatching(/^tin_/),
      state: 'pending',
      status: 'pending',
      money: 'none',
      holder,
      amount,
      currency: 'PHP',
      method: 'gcash',
      checkout_url: null,
    })
    const { id, timers } = body
    const offer = saying(walletPayInUse, 'offered', {
      checkout_url: 'https://pay.example/cs_1',
      provider: 'test',
    })
    await engine.advance(3600)
    await desk.says(id, offer)
    const offered = await engine.must(200, `/v1/top-ups/${id}`, { party: holder })
    expect(offered).toMatchObject({
      state: 'pending',
      checkout_url: 'https://pay.example/cs_1',
      provider: 'test',
    })
    // The payer has as long as before.
    expect(offered['timers']).toEqual(timers)
    expect(await available(holder)).toBe(0)

    expect(await desk.says(id, paid(`pay-${id}`))).toMatchObject({
      status: 'completed',
      reference: `pay-${id}`,
      settled_at: expect.any(String),
    })
    expect(await available(holder)).toBe(amount)
    const { data } = await engine.must(200, `/v1/wallets/${holder}/transactions`, { party: holder })
    expect(data).toMatchObject([{ type: 'TopUp', code: 'TOP_UP', side: 'credit', amount, agreement: id }])
    const { data: told } = await engine.must(200, '/v1/notifications', { party: holder })
    expect(told[0]['says']).toBe('Your top-up has arrived; the money is in your wallet')
  })

  test('a service begins it for a person, also without naming it; an operator does not, nor does another person', async () => {
    const holder = newHolder()
    expect((await ask(holder, gcash, { party: undefined as never })).status).toBe(201)
    const by_admin = { key: engine.admin, party: undefined as never }
    expect(await ask(holder, { ...gcash, reason: 'x' }, by_admin)).toMatchObject({
      status: 403,
      body: { code: 'not_your_transition' },
    })
    expect(await ask(holder, gcash, { party: 'eve' })).toMatchObject({ status: 404 })
    const { id } = await begun()
    expect((await engine.ask(`/v1/top-ups/${id}`, { party: 'eve' })).status).toBe(404)
    expect((await engine.must(200, '/v1/top-ups', { party: 'eve' }))['data']).toEqual([])
    const { data } = await engine.must(200, `/v1/top-ups?party=${holder}&state=pending`)
    expect(data.map((one: Json) => one['holder'])).toEqual([holder])
    await engine.must(400, '/v1/top-ups?state=paid')
  })

  test('a dry run says what would be, and leaves nothing', async () => {
    const before = await contentsOf(engine.running.db)
    const path = '/v1/wallets/dry/PHP/top-ups?dry_run=true'
    expect(await engine.must(200, path, { party: 'dry', body: gcash })).toMatchObject({
      dry_run: true,
      postings: [],
    })
    expect(await contentsOf(engine.running.db)).toBe(before)
  })

  test('the number of a payer is the provider’s alone to see', async () => {
    const mobile_number = '250781234567'
    const { id } = await begun({ amount, method: 'mobile_money', mobile_number })
    for (const asking of [{}, { key: engine.admin }])
      expect(JSON.stringify(await engine.must(200, `/v1/top-ups/${id}`, asking))).not.toContain(mobile_number)
  })

  test('an operator’s top-up with a reference is as it was', async () => {
    const holder = newHolder()
    const path = `/v1/wallets/${holder}/PHP/top-ups`
    const body = { amount: 700, reference: `seen-${holder}`, reason: 'x' }
    expect(await engine.must(201, path, { key: engine.admin, body })).toMatchObject({ flow: 'wallet-top-up' })
    expect(await available(holder)).toBe(700)
    expect((await engine.ask(path, { key: engine.admin, body })).body).toMatchObject({
      code: 'reference_taken',
    })
    for (const asking of [{ party: holder }, {}])
      expect((await engine.ask(path, { ...asking, body })).body).toMatchObject({
        code: 'missing_scope',
        scope: 'wallets:top_up',
      })
  })
})

describe('asked for wrongly', () => {
  const urls = { success_url: 'https://shop.example/ok', cancel_url: 'https://shop.example/no' }
  test.each<[string, string, Json]>([
    ['nothing', '/amount', { amount: 0 }],
    ['less than nothing', '/amount', { amount: -1 }],
    ['a fraction', '/amount', { amount: 0.5 }],
    ['a text', '/amount', { amount: '150000' }],
    ['beyond what JSON keeps exact', '/amount', { amount: 2 ** 53 }],
    ['an unknown method', '/method', { method: 'cheque' }],
    ['from the wallet itself', '/method', { method: 'wallet' }],
    ['with a reference as an operator has one', '/reference', { reference: 'mine' }],
    ['mobile money without a number', '/mobile_number', { method: 'mobile_money' }],
    ['a number with +', '/mobile_number', { method: 'mobile_money', mobile_number: '+250781234567' }],
    [
      'a number without its country',
      '/mobile_number',
      { method: 'mobile_money', mobile_number: '0781234567' },
    ],
    ['one return address of two', '/cancel_url', { success_url: urls.success_url }],
    ['an address that runs', '/success_url', { ...urls, success_url: 'javascript:alert(1)' }],
    [
      'an address that is too long',
      '/cancel_url',
      { ...urls, cancel_url: `https://x.example/${'y'.repeat(2000)}` },
    ],
    ['a checkout of its own', '/checkout_url', { checkout_url: 'https://evil.example' }],
    ['no method, but return addresses', '/success_url', { method: undefined, reference: 'x', ...urls }],
  ])('%s: %s', async (_, pointer, body) => {
    const before = await contentsOf(engine.running.db)
    const by =
      pointer === '/success_url' && body['method'] === undefined
        ? { key: engine.admin, party: undefined as never }
        : {}
    const answer = await ask('holder-0', { ...gcash, ...body }, by)
    expect([answer.status, answer.body]).toMatchObject([400, { pointer }])
    expect(await contentsOf(engine.running.db)).toBe(before)
  })

  test('a currency that is none, a party that is none', async () => {
    for (const path of ['/v1/wallets/holder-0/XYZ/top-ups', '/v1/wallets/platform/PHP/top-ups'])
      expect((await engine.ask(path, { body: gcash })).status).toBe(400)
  })

  test('not by the general API, which knows no provider', async () => {
    const body = { flow: 'wallet-pay-in', holder: 'holder-0', currency: 'PHP', ...gcash }
    expect((await engine.ask('/v1/agreements', { body })).body).toMatchObject({ pointer: '/flow' })
  })
})

describe('it counts once, and only as it was asked for', () => {
  test('another amount or currency is not counted', async () => {
    const { id, holder } = await begun()
    for (const [word, refused] of [
      [paid('less', BigInt(amount - 1)), 'amount_mismatch'],
      [paid('more', BigInt(amount + 1)), 'amount_mismatch'],
      [paid('dollars', BigInt(amount), 'USD'), 'currency_mismatch'],
    ] as const)
      expect(await desk.says(id, word)).toMatchObject({ refused })
    expect(await available(holder)).toBe(0)
  })

  test('told again, by another id, of two top-ups at once: once for each payment', async () => {
    const [one, other] = [await begun(), await begun()]
    const words = ['shared', 'shared', 'another']
    await Promise.all(words.map((word) => desk.says(one.id, paid(`${word}-${one.id}`))))
    const [row] = (await engine.must(200, `/v1/wallets/${one.holder}/transactions`))['data']
    expect(await available(one.holder)).toBe(amount)
    const { reference } = await engine.must(200, `/v1/top-ups/${row['agreement']}`)
    expect(await desk.says(other.id, paid(reference))).toMatchObject({ refused: 'reference_taken' })
    expect(await available(other.holder)).toBe(0)
  })

  test('a provider that is late: failed or expired is not the last word for 90 days', async () => {
    const [failed, expired, never] = [await begun(), await begun(), await begun()]
    expect(
      await desk.says(failed.id, saying(walletPayInUse, 'failed', { reason: 'card_declined' })),
    ).toMatchObject({
      state: 'failed',
      note: 'card_declined',
    })
    await engine.advance(86_400)
    for (const { id, holder } of [failed, expired]) {
      await desk.says(id, paid(`late-${id}`))
      expect(await available(holder)).toBe(amount)
    }
    await engine.advance(90 * 86_400)
    expect(await engine.must(200, `/v1/top-ups/${never.id}`)).toMatchObject({
      state: 'closed',
      money: 'none',
    })
    expect(await desk.says(never.id, paid('too-late'))).toMatchObject(closed)
  })

  test('what is set aside moves nothing here, says where the money lies, and is not settled any more', async () => {
    const { id, holder } = await begun()
    const aside = { transition: 'set_aside', input: { because: 'wrong_amount', suspense: 'sus_x' } }
    expect(await desk.says(id, aside)).toMatchObject({
      state: 'set_aside',
      money: 'none',
      because: 'wrong_amount',
      suspense: 'sus_x',
    })
    expect(await desk.says(id, paid('after'))).toMatchObject(closed)
    expect(await available(holder)).toBe(0)
  })

  test('a wallet that takes no money in: nothing is counted, and later it is', async () => {
    const { id, holder } = await begun()
    const freeze = await engine.operate(`/v1/wallets/${holder}/PHP/freezes`, { direction: 'in' })
    expect(await desk.says(id, paid(`frozen-${id}`))).toMatchObject({ refused: 'wallet_frozen' })
    await engine.operate(`/wallet-freezes/${freeze['id']}/lift`)
    await desk.says(id, paid(`frozen-${id}`))
    expect(await available(holder)).toBe(amount)
  })
})

describe('who says that it arrived', () => {
  const arrived = { amount_paid: amount, currency: 'PHP', provider_reference: 'x' }

  test('not the holder, not support, and in live mode not the marketplace’s backend', async () => {
    const fresh = await startEngine({ products, uses: [] })
    const live = await startEngine({
      products,
      uses: [],
      url: fresh.running.database_url,
      keys: { service_key: fresh.service, operator_key: fresh.admin },
      config: { mode: 'live' },
      takes_lossy: true,
    })
    try {
      const { id } = await live.must(201, '/v1/wallets/ana/PHP/top-ups', { party: 'ana', body: gcash })
      const support = await live.newKey({ kind: 'operator', name: 'support', role: 'support' })
      const acts = [
        ['settle', arrived],
        ['fail', {}],
        ['set-aside', { because: 'other', suspense: 'sus_x' }],
      ] as const
      for (const [act, told] of acts) {
        const path = `/v1/top-ups/${id}/${act}`
        for (const asking of [{}, { party: 'ana' }, { key: await live.token('ana') }])
          expect(await live.ask(path, { ...asking, body: told })).toMatchObject({
            status: 403,
            body: { code: 'not_your_transition' },
          })
        expect((await live.ask(path, { key: support, body: { ...told, reason: 'x' } })).body).toMatchObject({
          code: 'missing_scope',
        })
        const general = `/v1/agreements/${id}/transitions/${act.replace('-', '_')}`
        expect((await live.ask(general, { body: told })).status).toBe(404)
      }
      for (const path of [`/v1/top-ups/${id}/offer`, `/v1/agreements/${id}/transitions/offer`])
        expect((await live.ask(path, { body: { checkout_url: 'https://evil', provider: 'x' } })).status).toBe(
          404,
        )
      expect(
        await live.must(200, `/v1/top-ups/${id}/settle`, {
          key: live.admin,
          body: { ...arrived, reason: 'seen on the statement' },
        }),
      ).toMatchObject({ state: 'completed' })
      expect((await live.wallet('ana', 'PHP'))['available']).toBe(amount)
    } finally {
      await live.stop()
      await fresh.stop()
    }
  })
})

describe('what is wanted of a provider', () => {
  const urls = { success_url: 'https://shop.example/ok', cancel_url: 'https://shop.example/no' }
  test.each<[Json, Json]>([
    [{ method: 'checkout' }, { method: null }],
    [
      { method: 'card', ...urls },
      { method: 'card', return_urls: { paid: urls.success_url, cancelled: urls.cancel_url } },
    ],
    [
      { method: 'mobile_money', mobile_number: '250781234567' },
      { method: 'mobile_money', payer_number: '250781234567' },
    ],
  ])('%j', async (asked, { method, ...more }) => {
    const { id, holder } = await begun({ amount, ...asked })
    expect(await desk.wants(walletPayInUse, id)).toEqual([
      {
        agreement: expect.any(String),
        method,
        amount: BigInt(amount),
        currency: 'PHP',
        details: { description: `Top-up ${id}`, party: holder, ...more },
      },
    ])
  })
})
