// The P2P product over HTTP: what is refused, two at once, the release job that fails for good, proofs, messages.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  contentsOf,
  startEngine,
  type Answer,
  type Asking,
  type Engine,
  type Json,
} from '../fixtures/engine.ts'
import { png } from '../fixtures/file-form.ts'
import { bureauOn, naira, openBureau, rate, type Bureau, type Trade } from '../fixtures/p2p-trade.ts'
import { until } from '../fixtures/patience.ts'

let bureau: Bureau
/** Another engine on the same database. */
let other: Engine
beforeAll(async () => {
  bureau = await openBureau()
  const { database_url: url } = bureau.running
  other = await startEngine({ url, keys: { service_key: bureau.service, operator_key: bureau.admin } })
})
afterAll(async () => {
  await other.stop()
  await bureau.stop()
})
afterEach(async () => {
  expect(await bureau.integrity()).toMatchObject({ clean: true })
  expect([...bureau.log, ...other.log].filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

const reason = 'a test'
const reference = { proof: { reference: 'TX' } }
const order = (id: string) => `/p2p/orders/${id}`
async function maker(body: Json = {}): Promise<{ ada: string; ad: string }> {
  const ada = bureau.someone('ada')
  await bureau.topUp(ada, 20_000_000, naira)
  return { ada, ad: (await bureau.post(ada, body))['id'] }
}
const found = <T>(find: () => Promise<T | undefined>): Promise<T> =>
  until(find, (value) => value !== undefined) as Promise<T>
/** Money in all accounts of a person, as one line. */
async function money(party: string): Promise<[available: number, frozen: number]> {
  const { available, frozen } = await bureau.wallet(party, naira)
  return [available, frozen]
}

describe('refused, and nothing has changed', () => {
  async function refused(
    path: string,
    party: string | null,
    body: Json,
    ...is: [status: number, code: string]
  ): Promise<Json> {
    const before = await contentsOf(bureau.running.db)
    const by = party === null ? { key: bureau.admin } : { party }
    const answer = await bureau.ask(path, { ...by, body })
    expect([path, answer.status, answer.body['code']]).toEqual([path, ...is])
    expect(await contentsOf(bureau.running.db)).toBe(before)
    return answer.body
  }

  test('ads: malformed fields, prices, currencies, limits, payment methods', async () => {
    const ada = bureau.someone('ada')
    await bureau.topUp(ada, 20_000_000, naira)
    const payment_method = await bureau.method(ada)
    const good = {
      type: 'buy_fx',
      currency: naira,
      foreign_currency: 'USD',
      price: rate,
      total: 10_000,
      min: 1_000,
      max: 10_000,
      payment_method,
    }
    const rows: [Json, number, string, string?][] = [
      [{ type: 'buy' }, 400, 'invalid_request', '/type'],
      [{ currency: 'XXX' }, 400, 'invalid_request', '/currency'],
      [{ foreign_currency: naira }, 400, 'invalid_request', '/foreign_currency'],
      [{ price: '0' }, 400, 'invalid_request', '/price'],
      [{ price: '1e5' }, 400, 'invalid_request', '/price'],
      [{ price: '-5' }, 400, 'invalid_request', '/price'],
      [{ price: 158_025 }, 400, 'invalid_request', '/price'],
      [{ price: '1.123456789' }, 400, 'invalid_request', '/price'],
      [{ total: 0 }, 400, 'invalid_request', '/total'],
      [{ total: 100.5 }, 400, 'invalid_request', '/total'],
      [{ min: 5_000, max: 4_000 }, 409, 'limit_exceeded', '/max'],
      [{ max: 10_001 }, 409, 'limit_exceeded', '/max'],
      // Nothing between 6,000 and 7,000 leaves 0 or another 6,000.
      [{ min: 6_000, max: 7_000 }, 409, 'limit_exceeded', '/max'],
      [{ price: '0.01', min: 1 }, 409, 'limit_exceeded', '/min'],
      [{ price: '999999999999', total: 9_007_199_254_740_991 }, 400, 'amount_out_of_range', '/total'],
      [{ payment_window: '14 minutes' }, 409, 'limit_exceeded'],
      [{ payment_window: '61 minutes' }, 409, 'limit_exceeded'],
      [{ payment_window: '1 hours' }, 400, 'invalid_request', '/payment_window'],
      [{ payment_method: undefined }, 400, 'invalid_request', '/payment_method'],
      [{ payment_method: 'pm_x' }, 400, 'invalid_request', '/payment_method'],
      [{ payment_methods: ['gcash'] }, 400, 'invalid_request', '/payment_methods'],
      [{ foreign_currency: 'EUR' }, 409, 'currency_mismatch', '/payment_method'],
      [{ type: 'sell_fx' }, 400, 'invalid_request', '/payment_method'],
      [{ type: 'sell_fx', payment_method: undefined }, 400, 'invalid_request', '/payment_methods'],
      [{ maker: 'somebody-else' }, 400, 'invalid_request', '/maker'],
      [{ total: 20_000, max: 20_000 }, 409, 'insufficient_funds'],
      [{ inventory: 5 }, 400, 'invalid_request'],
    ]
    for (const [wrong, status, code, pointer] of rows) {
      const body = await refused('/p2p/ads', ada, { ...good, ...wrong }, status, code)
      if (pointer !== undefined) expect([wrong, body['pointer']]).toEqual([wrong, pointer])
    }
    const strangers = await bureau.method(bureau.someone('eve'))
    await refused('/p2p/ads', ada, { ...good, payment_method: strangers }, 400, 'invalid_request')
    expect((await bureau.must(200, '/p2p/ads?mine=true', { party: ada }))['data']).toEqual([])
  })

  test('orders: own ad, limits, dust, other states, other people’s payment methods', async () => {
    const { ada, ad } = await maker({ max: 5_000 })
    const ben = bureau.someone('ben')
    const facts = { min: 1_000, max: 5_000, remaining: 10_000 }
    await refused('/p2p/orders', ada, { ad, quantity: 1_000 }, 403, 'not_your_transition')
    expect(await refused('/p2p/orders', ben, { ad, quantity: 999 }, 409, 'limit_exceeded')).toMatchObject(
      facts,
    )
    expect(await refused('/p2p/orders', ben, { ad, quantity: 5_001 }, 409, 'limit_exceeded')).toMatchObject(
      facts,
    )
    await refused('/p2p/orders', ben, { ad, quantity: 0 }, 400, 'invalid_request')
    await refused('/p2p/orders', ben, { ad, quantity: '1000' }, 400, 'invalid_request')
    await refused('/p2p/orders', ben, { ad: 'ad_x', quantity: 1_000 }, 404, 'not_found')
    await refused('/p2p/orders', ben, { ad, quantity: 1_000, taker: ada }, 400, 'invalid_request')
    await refused('/p2p/orders', ben, { ad, quantity: 1_000, amount: 5 }, 400, 'invalid_request')
    const payment_method = await bureau.method(ben)
    await refused('/p2p/orders', ben, { ad, quantity: 1_000, payment_method }, 400, 'invalid_request')
    await bureau.taken(ben, ad, 5_000)
    expect(await refused('/p2p/orders', ben, { ad, quantity: 4_500 }, 409, 'limit_exceeded')).toMatchObject({
      reason: 'dust_left',
      left: 500,
    })
    await bureau.must(200, `/p2p/ads/${ad}/pause`, { party: ada, body: {} })
    await refused('/p2p/orders', ben, { ad, quantity: 1_000 }, 409, 'transition_not_open')
    await refused(`/p2p/ads/${ad}/close`, ada, {}, 409, 'transition_not_open')
    await refused('/v1/agreements', ben, { flow: 'p2p-trade', ad, quantity: 1_000 }, 400, 'invalid_request')

    const sells = await bureau.post(bureau.someone('sara'), { type: 'sell_fx' })
    const where = { ad: sells['id'], quantity: 1_000 }
    await bureau.topUp(ben, 5_000_000, naira)
    await refused('/p2p/orders', ben, where, 400, 'invalid_request')
    const stolen = await bureau.method(bureau.someone('eve'))
    await refused('/p2p/orders', ben, { ...where, payment_method: stolen }, 400, 'invalid_request')
    const gcash = { kind: 'gcash', currency: 'PHP', details: { mobile_number: '09171234567' } }
    const pesos = (await bureau.must(201, '/p2p/payment-methods', { party: ben, body: gcash }))['id']
    await refused('/p2p/orders', ben, { ...where, payment_method: pesos }, 409, 'currency_mismatch')
  })

  test('steps by the wrong side, in the wrong state, without proof', async () => {
    const { id, payer, payee } = await bureau.paid()
    const { ad } = await maker()
    const pending = (await bureau.taken(payee, ad, 1_000))['id']
    const eve = bureau.someone('eve')
    const dispute = { dispute_reason: 'other', dispute_text: 'x' }
    for (const proof of [{}, { file: 'fil_x' }, { reference: '' }, { reference: 'x'.repeat(201) }, 'x'])
      await refused(`${order(pending)}/pay`, payee, { proof }, 400, 'invalid_request')
    const not_mine = await bureau.upload(eve)
    await refused(`${order(pending)}/pay`, payee, { proof: { file: not_mine } }, 400, 'invalid_request')
    await refused(`${order(pending)}/pay`, payer, reference, 404, 'not_found')
    await refused(`${order(id)}/pay`, payee, reference, 409, 'transition_not_open')
    await refused(`${order(id)}/confirm`, payee, {}, 403, 'not_your_transition')
    await refused(`${order(id)}/confirm`, eve, {}, 404, 'not_found')
    await refused(`${order(id)}/cancel`, payer, {}, 409, 'transition_not_open')
    await refused(`${order(id)}/dispute`, payer, dispute, 409, 'transition_not_open')
    await refused(`${order(id)}/dispute`, null, dispute, 400, 'invalid_request')
    await refused(`${order(id)}/release`, payee, {}, 403, 'not_your_transition')
    await refused(`${order(id)}/release`, null, { reason }, 409, 'transition_not_open')
    await refused(`${order(pending)}/confirm`, payee, {}, 403, 'not_your_transition')
    await refused(`${order(pending)}/expire`, payee, {}, 404, 'not_found')
    await bureau.operate(`${order(id)}/dispute`, dispute)
    const more = { reason, to_payer: 1, to_payee: 1_580_250 }
    await refused(`${order(id)}/split`, null, more, 409, 'distribution_mismatch')
    await refused(`${order(id)}/split`, null, { ...more, to_payee: 1 }, 409, 'distribution_mismatch')
    await refused(`${order(id)}/confirm`, payer, {}, 409, 'transition_not_open')
    expect(await bureau.must(200, order(id))).toMatchObject({ state: 'disputed', held: 1_580_250 })
  })

  test('payment methods: what each currency asks for', async () => {
    const ben = bureau.someone('ben')
    const rows: [string, string, Json, string][] = [
      [
        'bank_transfer',
        'NGN',
        { bank_name: 'Zenith', account_number: '012345678', account_name: 'B' },
        'account_number',
      ],
      [
        'bank_transfer',
        'USD',
        { bank_name: 'F', account_number: '12345', account_name: 'B' },
        'routing_number',
      ],
      [
        'bank_transfer',
        'GBP',
        { sort_code: '12-34-5', account_number: '12345678', account_name: 'B' },
        'sort_code',
      ],
      ['bank_transfer', 'EUR', { iban: 'DE89370400440532013001', account_name: 'B' }, 'iban'],
      ['gcash', 'PHP', { mobile_number: '0817123456' }, 'mobile_number'],
      [
        'bank_transfer',
        'NGN',
        { bank_name: 'Z', account_number: '0123456789', account_name: 'B', pin: '1' },
        'pin',
      ],
    ]
    for (const [kind, currency, details, field] of rows) {
      const body = await refused(
        '/p2p/payment-methods',
        ben,
        { kind, currency, details },
        400,
        'invalid_request',
      )
      expect(body['pointer']).toBe(`/details/${field}`)
    }
    await refused(
      '/p2p/payment-methods',
      ben,
      { kind: 'gcash', currency: 'NGN', details: {} },
      400,
      'invalid_request',
    )
  })
})

describe('two at once', () => {
  const at = (i: number): Engine => (i % 2 === 0 ? bureau : other)
  /** All of these at the same instant, on two engines in turns. */
  const duel = (...asks: [path: string, party: string | null, body?: Json][]): Promise<Answer[]> =>
    Promise.all(
      asks.map(([path, party, body = {}], i) =>
        at(i).ask(path, party === null ? { key: bureau.admin, body: { reason, ...body } } : { party, body }),
      ),
    )
  const statuses = (answers: readonly Answer[]) =>
    answers.map(({ status }) => status).toSorted((a, b) => a - b)
  const rounds = [0, 1, 2, 3, 4, 5]
  /** In both orders, since who comes first in the batch wins. */
  const turned = <T>(round: number, asks: T[]): T[] => (round % 2 === 0 ? asks : asks.toReversed())
  const released = (id: string) =>
    until(
      () => bureau.must(200, order(id)),
      ({ money }) => money !== 'releasing',
    )
  /** Whoever won: the payer and its ad, the payee and the platform have all of it, once. */
  async function whole({ id, payer, payee, ad }: Trade): Promise<void> {
    const { state } = await released(id)
    const paid = state === 'completed' ? 1_580_250 : 0
    expect(await money(payee)).toEqual([paid - Math.ceil(paid / 100), 0])
    const held = state === 'completed' || state === 'cancelled' || state === 'expired' ? 0 : 1_580_250
    expect(await money(payer)).toEqual([20_000_000 - 15_802_500, 15_802_500 - paid])
    expect((await bureau.must(200, `/p2p/ads/${ad}`))['held']).toBe(15_802_500 - paid - held)
  }

  test.each(rounds)(
    'a limit checked outside the transaction that uses it: of takers of the last part one wins, the others get 409 (round %i)',
    async () => {
      const { ad } = await maker()
      const takers = Array.from({ length: 6 }, (_, i) => bureau.someone(`taker${i}`))
      const answers = await duel(
        ...takers.map((ben): [string, string, Json] => ['/p2p/orders', ben, { ad, quantity: 10_000 }]),
      )
      expect(statuses(answers)).toEqual([201, 409, 409, 409, 409, 409])
      for (const { status, body } of answers) if (status === 409) expect(body['code']).toBe('limit_exceeded')
      expect(await bureau.must(200, `/p2p/ads/${ad}`)).toMatchObject({
        remaining: 0,
        in_orders: 10_000,
        held: 0,
      })
    },
  )

  test.each(rounds)('confirming twice pays twice: 20 at once pay once (round %i)', async () => {
    const trade = await bureau.paid()
    const answers = await duel(
      ...Array.from({ length: 20 }, (): [string, string] => [`${order(trade.id)}/confirm`, trade.payer]),
    )
    expect(statuses(answers).filter((status) => status === 200)).toEqual([200])
    await whole(trade)
  })

  test.each(rounds)(
    'a release and a dispute at the same instant both win: one does (round %i)',
    async (round) => {
      const trade = await bureau.paid()
      const why = { dispute_reason: 'other', dispute_text: 'x' }
      const answers = await duel(
        ...turned<[string, string | null, Json?]>(round, [
          [`${order(trade.id)}/confirm`, trade.payer],
          [`${order(trade.id)}/dispute`, null, why],
        ]),
      )
      expect(statuses(answers)).toEqual([200, 409])
      await whole(trade)
    },
  )

  test.each(rounds)('cancel against pay: one wins (round %i)', async (round) => {
    const { ada: payer, ad } = await maker()
    const payee = bureau.someone('ben')
    const { id } = await bureau.taken(payee, ad, 1_000)
    const answers = await duel(
      ...turned<[string, string, Json?]>(round, [
        [`${order(id)}/cancel`, payer],
        [`${order(id)}/pay`, payee, reference],
      ]),
    )
    expect(statuses(answers)).toEqual([200, 409])
    await whole({ id, ad, payer, payee })
  })

  test.each(rounds)('close against take: one wins (round %i)', async (round) => {
    const { ada, ad } = await maker()
    const ben = bureau.someone('ben')
    const answers = await duel(
      ...turned<[string, string, Json?]>(round, [
        [`/p2p/ads/${ad}/close`, ada],
        ['/p2p/orders', ben, { ad, quantity: 1_000 }],
      ]),
    )
    expect(statuses(answers).filter((status) => status < 300)).toHaveLength(1)
    const { state, in_orders } = await bureau.must(200, `/p2p/ads/${ad}`)
    expect([state, in_orders]).toEqual(
      answers.some(({ status }) => status === 201) ? ['active', 1_000] : ['closed', 0],
    )
    expect(await money(ada)).toEqual(state === 'closed' ? [20_000_000, 0] : [4_197_500, 15_802_500])
  })

  test.each(rounds)('a refund credits twice: three cancels at once give back once (round %i)', async () => {
    const { ada: payer, ad } = await maker()
    const payee = bureau.someone('ben')
    const { id } = await bureau.taken(payee, ad, 1_000)
    const answers = await duel(
      [`${order(id)}/cancel`, payer],
      [`${order(id)}/cancel`, payee],
      [`${order(id)}/cancel`, null],
    )
    expect(statuses(answers)).toEqual([200, 409, 409])
    await whole({ id, ad, payer, payee })
    expect((await bureau.must(200, `/p2p/ads/${ad}`))['remaining']).toBe(10_000)
  })

  test.each([0, 1])(
    'the clock and a person at the same instant both win: silence against confirm (round %i)',
    async () => {
      const trades = await Promise.all(Array.from({ length: 5 }, () => bureau.paid()))
      await bureau.advance(24 * 3_600 - 1)
      await Promise.all([
        bureau.advance(1),
        ...trades.map(({ id, payer }, i) => at(i).ask(`${order(id)}/confirm`, { party: payer, body: {} })),
      ])
      for (const trade of trades) {
        await whole(trade)
        const taken = (await bureau.events(trade.id)).filter(({ transition }) =>
          /confirm|dispute_silence/.test(transition),
        )
        expect(taken.filter(({ kind }) => kind === 'transition')).toHaveLength(1)
      }
    },
  )

  test.each([0, 1])(
    'the clock and a person at the same instant both win: expiry against pay (round %i)',
    async () => {
      const pending = await Promise.all(
        Array.from({ length: 5 }, async () => {
          const { ada: payer, ad } = await maker()
          const payee = bureau.someone('ben')
          return { id: (await bureau.taken(payee, ad, 1_000))['id'] as string, ad, payer, payee }
        }),
      )
      await bureau.advance(15 * 60 - 1)
      await Promise.all([
        bureau.advance(1),
        ...pending.map(({ id, payee }, i) =>
          at(i).ask(`${order(id)}/pay`, { party: payee, body: reference }),
        ),
      ])
      for (const trade of pending) {
        await whole(trade)
        const taken = (await bureau.events(trade.id)).filter(
          ({ transition, kind }) => kind === 'transition' && /^(pay|expire)$/.test(transition),
        )
        expect(taken).toHaveLength(1)
      }
    },
  )

  test('undo and confirm again pays twice: it pays once', async () => {
    const trade = await bureau.paid()
    expect((await bureau.act(`${order(trade.id)}/undo-paid`, trade.payee)).body['waiting_for']).toEqual([
      'payer',
    ])
    expect((await bureau.act(`${order(trade.id)}/undo-paid`, trade.payer)).body['state']).toBe('pending')
    expect((await bureau.act(`${order(trade.id)}/confirm`, trade.payer)).status).toBe(409)
    expect((await bureau.act(`${order(trade.id)}/pay`, trade.payee, reference)).status).toBe(200)
    expect((await bureau.act(`${order(trade.id)}/confirm`, trade.payer)).status).toBe(200)
    expect((await bureau.act(`${order(trade.id)}/undo-paid`, trade.payee)).status).toBe(409)
    await whole(trade)
  })
})

describe('decisions move all of the money', () => {
  const why = { dispute_reason: 'other', dispute_text: 'x' }
  const rowsOf = (id: string) =>
    bureau.running.db.any<{ reference: string; amount: bigint }>(
      'select reference, amount from transfers where reference like $1 order by id',
      [`P2P-%-${id}`],
    )
  const revenue = async () => {
    const { data } = await bureau.must(200, '/v1/platform/accounts', { key: bureau.admin })
    return data.find((one: Json) => one['purpose'] === 'revenue' && one['currency'] === naira)?.balance ?? 0
  }

  test('deciding a dispute moves no fee and writes no rows: it does both', async () => {
    const before = await revenue()
    const { id } = await bureau.paid()
    await bureau.operate(`${order(id)}/dispute`, why)
    await bureau.operate(`${order(id)}/release`)
    expect(await rowsOf(id)).toEqual([
      { reference: `P2P-DEBIT-${id}`, amount: 1_580_250n },
      { reference: `P2P-CREDIT-${id}`, amount: 1_564_447n },
      { reference: `P2P-FEE-${id}`, amount: 15_803n },
    ])
    expect((await revenue()) - before).toBe(15_803)
  })

  // Nothing for the payee is a refund, and the ad has its part again: distributions.db.test.ts.
  test.each([1, 50, 99, 790_125, 1_580_249, 1_580_250])(
    'a split that loses a unit: to the payee %i of 1,580,250',
    async (to_payee) => {
      const before = await revenue()
      const trade = await bureau.paid()
      await bureau.operate(`${order(trade.id)}/dispute`, why)
      const to_payer = 1_580_250 - to_payee
      await bureau.operate(`${order(trade.id)}/split`, { to_payer, to_payee })
      expect(await money(trade.payer)).toEqual([4_197_500 + to_payer, 15_802_500 - 1_580_250])
      const [received] = await money(trade.payee)
      expect(received + (await revenue()) - before).toBe(to_payee)
      // One per cent of it, to the unit: shares count on over all parts of the amount.
      expect(Math.abs(to_payee - received - to_payee / 100)).toBeLessThan(1)
      expect(await bureau.must(200, order(trade.id))).toMatchObject({ state: 'completed', held: 0 })
    },
  )

  test('both sides agree on a distribution: an offer, another, and the same', async () => {
    const { id, payer, payee } = await bureau.paid()
    await bureau.operate(`${order(id)}/dispute`, why)
    const offer = { to_payer: 580_250, to_payee: 1_000_000 }
    const other_offer = { to_payer: 480_250, to_payee: 1_100_000 }
    expect((await bureau.act(`${order(id)}/settle`, payer, offer)).body['waiting_for']).toEqual(['payee'])
    expect((await bureau.act(`${order(id)}/settle`, payee, other_offer)).body['waiting_for']).toEqual([
      'payer',
    ])
    expect((await bureau.act(`${order(id)}/settle`, payer, other_offer)).body['state']).toBe('completed')
    expect(await money(payee)).toEqual([1_100_000 - 11_000, 0])
  })

  test('a status that changes but not the money: cancelled, everything is back and the ad has its part again', async () => {
    const { ada, ad } = await maker()
    const { id } = await bureau.taken(bureau.someone('ben'), ad, 1_000)
    expect((await bureau.act(order(id) + '/cancel', ada)).body).toMatchObject({
      state: 'cancelled',
      money: 'refunded',
    })
    expect(await money(ada)).toEqual([4_197_500, 15_802_500])
    expect((await bureau.act(`/p2p/ads/${ad}/close`, ada)).body).toMatchObject({ state: 'closed', held: 0 })
    expect(await money(ada)).toEqual([20_000_000, 0])
  })
})

describe('files given as proof', () => {
  test('a file that was used on another order is flagged on both, and told to payer and operators', async () => {
    const { ada, ad } = await maker()
    const ben = bureau.someone('ben')
    const content = Buffer.concat([png, Buffer.from(ben)])
    const [one, two, three] = [
      (await bureau.taken(ben, ad, 1_000))['id'],
      (await bureau.taken(ben, ad, 1_000))['id'],
      (await bureau.taken(ben, ad, 1_000))['id'],
    ]
    const pay = (id: string, file: string) =>
      bureau.must(200, `${order(id)}/pay`, { party: ben, body: { proof: { file } } })
    // The same content, uploaded twice: another id, the same hash.
    expect(await pay(one, await bureau.upload(ben, content))).toMatchObject({ proof_reused: false })
    expect(await bureau.must(200, order(one), { party: ben })).toMatchObject({ proof_reused: false })
    expect(await pay(two, await bureau.upload(ben, content))).toMatchObject({ proof_reused: true })
    expect(await pay(three, await bureau.upload(ben, Buffer.concat([content, png])))).toMatchObject({
      proof_reused: false,
    })
    expect(await bureau.must(200, order(one), { party: ben })).toMatchObject({ proof_reused: true })
    expect(await bureau.must(200, order(one), { party: ben })).not.toHaveProperty('proof_used_on')
    expect(await bureau.must(200, order(one), { key: bureau.admin })).toMatchObject({ proof_used_on: [two] })
    expect(await bureau.must(200, order(two), { key: bureau.admin })).toMatchObject({ proof_used_on: [one] })
    expect(await bureau.must(200, order(three), { key: bureau.admin })).toMatchObject({
      proof_reused: false,
      proof_used_on: [],
    })
    const told = async (asking: Asking) =>
      (await bureau.must(200, '/v1/notifications?limit=100', asking))['data']
        .filter(({ says }: Json) => says.startsWith('The proof of payment was used'))
        .map(({ agreement }: Json) => agreement) as string[]
    // By a follower of its own, which comes by in a moment.
    for (const asking of [{ key: bureau.admin }, { party: ada }])
      expect(await found(async () => ((await told(asking)).length > 0 ? told(asking) : undefined))).toEqual([
        two,
      ])
    const [event] = (await bureau.events(two)).filter(({ transition }) => transition === 'pay')
    expect(event?.['input']).toMatchObject({ proof_reused: true })
  })
})

describe('the market', () => {
  test('is open to everybody: active ads that an order fits, own ones always; payee details stay hidden', async () => {
    const { ada, ad } = await maker({ max: 5_000 })
    const ben = bureau.someone('ben')
    const seen = async (party: string, query = '') =>
      (await bureau.must(200, `/p2p/ads?limit=100${query}`, { party }))['data'].map(
        ({ id }: Json) => id,
      ) as string[]
    expect(await seen(ben)).toContain(ad)
    expect(await seen(ben, '&type=sell_fx')).not.toContain(ad)
    expect(await seen(ben, '&currency=NGN&foreign_currency=USD&type=buy_fx')).toContain(ad)
    expect(await seen(ben, '&foreign_currency=EUR')).toEqual([])
    const open = await bureau.must(200, `/p2p/ads/${ad}`, { party: ben })
    for (const hidden of ['pay_to', 'held', 'inventory', 'transitions'])
      expect(open).not.toHaveProperty(hidden)
    expect(await bureau.must(200, `/p2p/ads/${ad}`, { party: ada })).toMatchObject({
      pay_to: { kind: 'bank_transfer' },
      your_side: 'maker',
    })
    for (const quantity of [5_000, 5_000]) await bureau.taken(ben, ad, quantity)
    expect(await seen(ben)).not.toContain(ad)
    expect(await seen(ada)).toContain(ad)
    expect((await bureau.must(200, `/p2p/ads/${ad}`, { party: ben }))['hidden_because']).toBe(
      'all of it is in orders',
    )
    await bureau.must(200, `/p2p/ads/${ad}/pause`, { party: ada, body: {} })
    expect(await seen(ada)).not.toContain(ad)
    expect(await seen(ada, '&mine=true')).toEqual([ad])
  })

  test('pages by key', async () => {
    const ada = bureau.someone('ada')
    const ids: string[] = []
    for (let i = 0; i < 5; i += 1) ids.unshift((await bureau.post(ada, { type: 'sell_fx' }))['id'])
    const first = await bureau.must(200, '/p2p/ads?mine=true&limit=3', { party: ada })
    expect(first['data'].map(({ id }: Json) => id)).toEqual(ids.slice(0, 3))
    const rest = await bureau.must(200, `/p2p/ads?mine=true&limit=3&starting_after=${ids[2]}`, { party: ada })
    expect([rest['data'].map(({ id }: Json) => id), rest['has_more']]).toEqual([ids.slice(3), false])
    expect((await bureau.ask('/p2p/ads?starting_after=x', { party: ada })).status).toBe(400)
  })
})

test('messages: both sides and operators write, nobody else; a repeat under one key is one message', async () => {
  const { id, payer, payee } = await bureau.paid()
  const path = `${order(id)}/messages`
  const hello = { party: payer, body: { text: 'Have you sent it?' }, idempotency: `hello-${id}` }
  const first = await bureau.must(201, path, hello)
  expect(await bureau.must(201, path, hello)).toEqual(first)
  await bureau.must(201, path, { party: payee, body: { text: 'Yes' } })
  await bureau.must(201, path, { key: bureau.admin, body: { text: 'I am reading along' } })
  const { data, has_more } = await bureau.must(200, `${path}?limit=2`, { party: payee })
  expect(data.map(({ by, text }: Json) => [by.role, text])).toEqual([
    ['payer', 'Have you sent it?'],
    ['payee', 'Yes'],
  ])
  expect(has_more).toBe(true)
  const rest = await bureau.must(200, `${path}?starting_after=${data[1].id}`, { party: payer })
  expect(rest['data'].map(({ by }: Json) => by.role)).toEqual(['operator'])
  const eve = bureau.someone('eve')
  expect((await bureau.ask(path, { party: eve })).status).toBe(404)
  expect((await bureau.act(path, eve, { text: 'x' })).status).toBe(404)
  expect((await bureau.act(path, payer, { text: 'x'.repeat(2_001) })).status).toBe(400)
})

test('payment methods: kept per person, masked for staff, removed; what was copied stays', async () => {
  const { ada, ad } = await maker()
  const { data } = await bureau.must(200, '/p2p/payment-methods', { party: ada })
  expect(data).toMatchObject([{ party: ada, details: { account_number: '12345678' } }])
  const [seen] = (await bureau.must(200, `/p2p/payment-methods?party=${ada}`, { key: bureau.admin }))['data']
  expect(seen.details.account_number).toBe('****5678')
  const eve = bureau.someone('eve')
  const path = `/p2p/payment-methods/${data[0].id}`
  expect((await bureau.ask(`/p2p/payment-methods?party=${ada}`, { party: eve })).body['data']).toEqual([])
  expect((await bureau.ask(path, { party: eve, method: 'DELETE' })).status).toBe(404)
  await bureau.must(200, path, { party: ada, method: 'DELETE' })
  expect((await bureau.ask(path, { party: ada, method: 'DELETE' })).status).toBe(404)
  const taken = await bureau.taken(bureau.someone('ben'), ad, 1_000)
  expect(taken['pay_to'].details.account_number).toBe('12345678')
})

describe('the job release-funds', () => {
  test('a job that fails for good and leaves the agreement stuck with nobody told: listed, alarmed, retried by an operator, paid once', async () => {
    const api = bureauOn(await startEngine({ parts: ['api'] }))
    const { db, database_url: url } = api.running
    const keys = { service_key: api.service, operator_key: api.admin }
    const worker = await startEngine({ url, keys, parts: ['worker'] })
    try {
      const { id, payer, payee } = await api.paid()
      // The sandbox is ahead of the real clock that the queue lives by: a retry still comes at once.
      await api.advance(3_600)
      const freeze = await api.operate(`/v1/wallets/${payee}/${naira}/freezes`, { direction: 'in' })
      expect(await api.must(200, `${order(id)}/confirm`, { party: payer, body: {} })).toMatchObject({
        money: 'releasing',
      })
      const jobs = async (state: string) =>
        (await api.must(200, `/v1/jobs?state=${state}`, { key: api.admin }))['data'].filter(
          ({ name }: Json) => name === 'release-funds',
        )
      for (let attempt = 1; attempt < 5; attempt += 1) {
        const job = await found(async () => {
          const [found] = await jobs('waiting')
          return found?.attempts === attempt ? found : undefined
        })
        expect(job).toMatchObject({ agreement: id, transition: 'confirm', attempts_max: 5 })
        expect(job.last_error).toContain('wallet_frozen')
        // graphile-worker waits e to the power of the attempts, in seconds, by PostgreSQL's clock: 2.7, 7.4, 20, 55.
        // It was taken before it failed, and it failed before now.
        const { from_take_s, from_now_s } = await db.one<{ from_take_s: number; from_now_s: number }>(
          `select extract(epoch from run_at - updated_at)::float8 as from_take_s,
             extract(epoch from run_at - clock_timestamp())::float8 as from_now_s
           from graphile_worker._private_jobs
           where id = $1`,
          [job.id],
        )
        expect(from_take_s).toBeGreaterThanOrEqual(Math.exp(attempt) - 0.001)
        expect(from_now_s).toBeLessThanOrEqual(Math.exp(attempt) + 0.001)
        await db.run('update graphile_worker._private_jobs set run_at = created_at where id = $1', [job.id])
      }
      const stuck = await found(async () => (await jobs('exhausted'))[0])
      expect(stuck).toMatchObject({ name: 'release-funds', agreement: id, attempts: 5, state: 'exhausted' })
      expect((await api.ask('/metrics')).text).toContain('holdfast_jobs_exhausted 1')
      // The money is where it was, and nobody can take it elsewhere meanwhile.
      expect(await api.must(200, order(id))).toMatchObject({ money: 'releasing', held: 1_580_250 })
      for (const [step, body] of [
        ['confirm', {}],
        ['cancel', {}],
        ['undo-paid', {}],
        ['dispute', { dispute_reason: 'other', dispute_text: 'x' }],
      ] as const)
        expect((await api.act(`${order(id)}/${step}`, payer, body)).status).toBe(409)
      await api.operate(`/wallet-freezes/${freeze['id']}/lift`)
      await api.operate(`/v1/jobs/${stuck.id}/retry`)
      await found(async () => ((await api.must(200, order(id)))['money'] === 'released' ? true : undefined))
      expect((await api.wallet(payee, naira))['available']).toBe(1_580_250 - 15_803)
      expect(await jobs('exhausted')).toEqual([])
      expect((await api.events(id)).filter(({ kind }) => kind === 'later')).toHaveLength(1)
      expect(await api.integrity()).toMatchObject({ clean: true })
    } finally {
      await worker.stop()
      await api.stop()
    }
  })
})
