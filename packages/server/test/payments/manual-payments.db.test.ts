// Payments by hand over HTTP: what an operator says reaches the booking, and nobody else's word does.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openManual } from '../../src/payments/providers/manual/provider.ts'
import { tableBook } from '../../src/payments/providers/manual/book-table.ts'
import type { ProviderBinding } from '../../src/payments/processor/binding.ts'
import { startEngine, type Asking, type Engine, type Json } from '../fixtures/engine.ts'
import { form, png } from '../fixtures/file-form.ts'
import { price, wed, type Wedding } from '../fixtures/service-booking.ts'
import { payIn, payOut } from './wanted.ts'
import { patience_ms } from '../fixtures/patience.ts'

/** A booking that is paid into the bank account, which only an operator sees. */
const by_bank: ProviderBinding = {
  flow: 'payment',
  kind: 'pay_in',
  on: { flow: 'payment', transitions: ['create'] },
  wants: async (_event, { id, amounts, currency, parties }) => [
    {
      agreement: id,
      provider: 'manual',
      method: 'bank_transfer',
      amount: amounts['amount'] ?? 0n,
      currency,
      details: { description: 'Booking', party: parties['payer'] ?? '' },
    },
  ],
  while: ['pending'],
  says: {
    succeeded: ({ told_amount, told_currency, settled_id }) => ({
      transition: 'settle',
      input: { amount_paid: told_amount, currency: told_currency, provider_reference: settled_id },
    }),
    failed: () => ({ transition: 'fail', input: {} }),
  },
}

let engine: Engine
let finance: Asking
let viewer: Asking
let lines = 0
beforeAll(async () => {
  engine = await startEngine({ uses: [by_bank] })
  finance = { key: await engine.newKey({ kind: 'operator', name: 'maria', role: 'finance' }) }
  viewer = { key: await engine.newKey({ kind: 'operator', name: 'vic', role: 'viewer' }) }
})
beforeEach(() => {
  lines += 1
})
afterAll(() => engine.stop())

const seen = (change: Json = {}) => ({
  state: 'succeeded',
  reference: `BANK-${lines}`,
  reason: 'Seen on the statement',
  ...change,
})
const confirm = (id: string, change: Json = {}, asking: Asking = finance) =>
  engine.ask(`/v1/manual-payments/${id}/confirm`, { body: seen(change), ...asking })
const read = (id: string) => engine.must(200, `/v1/manual-payments/${id}`, viewer)
const pending = async (query = ''): Promise<Json[]> =>
  (await engine.must(200, `/v1/manual-payments?limit=100${query}`, viewer))['data']
const deskRow = (id: string) =>
  engine.running.db.one<Json>('select * from provider_payments where token = $1', [id])
const provider = () =>
  openManual(tableBook(engine.running.db), { clock: { now: () => Date.parse('2026-01-02T03:04:05Z') } })
/** One that no agreement waits for. */
async function alone(): Promise<string> {
  const wanted = payOut()
  await provider().createPayOut(wanted)
  return wanted.token
}

/** A couple that has begun to pay, and what waits for an operator since. */
async function paying(): Promise<{ wedding: Wedding; payment: Json; id: string }> {
  const wedding = await wed(engine)
  const payment = await wedding.checkout()
  const find = async () => (await pending()).find(({ agreement }) => agreement === payment['id'])
  await expect.poll(find, soon).toBeDefined()
  return { wedding, payment, id: (await find())?.['id'] }
}
const soon = { timeout: patience_ms, interval: 50 }

describe('a booking that is paid into the bank', () => {
  test('waits for an operator, is paid by the operator’s word, and says by whose', async () => {
    const { wedding, payment, id } = await paying()
    const { our_reference } = await deskRow(id)
    expect(await read(id)).toEqual({
      id,
      kind: 'pay_in',
      our_reference,
      method: 'bank_transfer',
      amount: price,
      currency: 'PHP',
      state: 'pending',
      flow: 'payment',
      agreement: payment['id'],
      created_at: expect.stringMatching(/Z$/),
      reference: null,
      proof: null,
      operator: null,
      reason: null,
      confirmed_at: null,
      returned: null,
    })
    expect((await wedding.read())['state']).not.toBe('fully_paid')
    const upload = { key: engine.admin, ...form({ content: png }) }
    const { id: proof } = await engine.must(201, '/v1/files', upload)
    const { status, body } = await confirm(id, { proof })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id,
      state: 'succeeded',
      amount: price,
      agreement: payment['id'],
      reference: `BANK-${lines}`,
      proof,
      operator: 'maria',
      reason: 'Seen on the statement',
    })
    expect(await read(id)).toEqual(body)
    await expect.poll(async () => (await wedding.read())['state'], soon).toBe('fully_paid')
    expect((await pending()).filter((entry) => entry['id'] === id)).toEqual([])
    expect(await engine.integrity()).toMatchObject({ clean: true })
  })

  test('with too little money it is not paid: what came is set aside', async () => {
    const { wedding, id } = await paying()
    expect((await confirm(id, { amount: price - 1 })).body).toMatchObject({ amount: price - 1 })
    await expect.poll(async () => (await deskRow(id))['heard'], soon).toBe('set_aside')
    expect((await deskRow(id))['suspense_id']).not.toBeNull()
    expect((await wedding.read())['state']).not.toBe('fully_paid')
  })

  test('is heard of at once, also where the desk does not ask any more', async () => {
    const { wedding, id } = await paying()
    const row = async () => {
      const { state, taken_until } = await deskRow(id)
      return { state, taken_until }
    }
    await expect.poll(row, soon).toEqual({ state: 'pending', taken_until: null })
    await engine.running.db.run(
      'update provider_payments set next_at = null, attempts = 20 where token = $1',
      [id],
    )
    expect((await confirm(id)).status).toBe(200)
    await expect.poll(async () => (await wedding.read())['state'], soon).toBe('fully_paid')
  })

  test('is not paid by a confirmation that was refused', async () => {
    const { wedding, id } = await paying()
    const before = await deskRow(id)
    expect((await confirm(id, { reference: undefined })).status).toBe(400)
    const { next_at, attempts, taken_until } = await deskRow(id)
    expect({ next_at, attempts, taken_until }).toEqual({
      next_at: before['next_at'],
      attempts: before['attempts'],
      taken_until: before['taken_until'],
    })
    expect(await read(id)).toMatchObject({ state: 'pending' })
    expect((await wedding.read())['state']).not.toBe('fully_paid')
  })
})

describe('who may', () => {
  test('a viewer reads; a person, the backend and the backend for a person do not', async () => {
    const id = await alone()
    const person = { key: await engine.token('ayesha') }
    for (const asking of [person, {}, { party: 'ayesha' }]) {
      for (const path of ['/v1/manual-payments', `/v1/manual-payments/${id}`]) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        expect((await engine.ask(path, asking)).body).toMatchObject({ code: 'missing_scope' })
      }
    }
    expect(await read(id)).toMatchObject({ id })
  })

  test('only who answers for it confirms', async () => {
    const id = await alone()
    const support = { key: await engine.newKey({ kind: 'operator', name: 'sam', role: 'support' }) }
    const person = { key: await engine.token('ayesha') }
    for (const asking of [viewer, support, person, { key: engine.service }]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { status, body } = await confirm(id, {}, asking)
      expect({ status, code: body['code'] }).toEqual({ status: 403, code: 'missing_scope' })
    }
    expect(await read(id)).toMatchObject({ state: 'pending', operator: null })
  })
})

describe('what is refused changes nothing', () => {
  test.each([
    ['no reason', { reason: undefined }, 400, { code: 'invalid_request', pointer: '/reason' }],
    ['no reference', { reference: undefined }, 400, { code: 'invalid_request', pointer: '/reference' }],
    ['a reference of spaces', { reference: '  ' }, 400, { pointer: '/reference' }],
    ['a word that is none', { state: 'pending' }, 400, { pointer: '/state' }],
    ['a pay-out that expires', { state: 'expired' }, 400, { pointer: '/state' }],
    ['more than an account holds', { amount: 2 ** 53 }, 400, { code: 'amount_out_of_range' }],
    ['no money', { amount: 0 }, 400, { code: 'amount_out_of_range' }],
    ['a fraction', { amount: 0.5 }, 400, { pointer: '/amount' }],
    ['another amount than was to be sent', { amount: 99_999 }, 409, { code: 'amount_mismatch' }],
    ['an unknown file', { proof: 'fil_01h455vb4pex5vsknk084sn02q' }, 400, { pointer: '/proof' }],
    ['a file that is no id', { proof: '../../etc/passwd' }, 400, { pointer: '/proof' }],
    ['that it came back before it went', { state: 'returned' }, 409, { code: 'transition_not_open' }],
    ['an unknown field', { operator: 'jose' }, 400, { pointer: '/operator' }],
  ] as const)('%s', async (_, change, status, facts) => {
    const id = await alone()
    const before = await read(id)
    const answer = await confirm(id, change)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject(facts)
    expect(await read(id)).toEqual(before)
  })

  test.each(['nothing', '00000000-0000-4000-8000-000000000000', "' or 1=1", '%00'])(
    'a payment that is called %s',
    async (id) => {
      const path = encodeURIComponent(id)
      expect((await confirm(path)).body).toMatchObject({ status: 404, code: 'not_found' })
      expect((await engine.ask(`/v1/manual-payments/${path}`, viewer)).status).toBe(404)
    },
  )

  test('a line of the statement that confirms another', async () => {
    const [first, second] = [await alone(), await alone()]
    expect((await confirm(first)).status).toBe(200)
    expect((await confirm(second)).body).toMatchObject({ status: 409, code: 'reference_taken' })
    expect(await read(second)).toMatchObject({ state: 'pending', reference: null })
    expect((await confirm(second, { reference: `BANK-${lines}-2` })).status).toBe(200)
  })

  test('a word after the last', async () => {
    const id = await alone()
    await confirm(id, { state: 'failed' })
    for (const state of ['succeeded', 'returned']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { status, body } = await confirm(id, { state, reference: `OTHER-${lines}` })
      expect({ status, body }).toMatchObject({ status: 409, body: { state: 'failed', allowed: [] } })
    }
  })
})

describe('repeats and races', () => {
  test('the same under one key is answered once; another word under it is refused', async () => {
    const id = await alone()
    const asking = { ...finance, idempotency: `hand-${id}` }
    const first = await confirm(id, {}, asking)
    const again = await confirm(id, {}, asking)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.text).toBe(first.text)
    expect((await confirm(id, { state: 'failed' }, asking)).body).toMatchObject({
      code: 'idempotency_key_reused',
    })
    expect((await confirm(id)).text).toBe(first.text)
  })

  test('of twenty operators who say twenty things at once, one is heard', async () => {
    const { wedding, id } = await paying()
    const said = await Promise.all(
      Array.from({ length: 20 }, (_, n) => confirm(id, { reference: `BANK-${lines}-${n}` })),
    )
    const heard = said.filter(({ status }) => status === 200)
    expect(said.filter(({ status }) => status === 409)).toHaveLength(19)
    expect([await read(id)]).toEqual(heard.map(({ body }) => body))
    await expect.poll(async () => (await wedding.read())['state'], soon).toBe('fully_paid')
    expect(await wedding.receipts()).toHaveLength(1)
  })

  test('one line of the statement at once for ten payments confirms one', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, alone))
    const said = await Promise.all(ids.map((id) => confirm(id)))
    expect(said.filter(({ body }) => body['code'] === 'reference_taken')).toHaveLength(9)
    expect(said.filter(({ body }) => body['state'] === 'succeeded')).toHaveLength(1)
  })
})

test('what came back stands beside what had gone', async () => {
  const id = await alone()
  await confirm(id)
  const back = { state: 'returned', reference: 'BACK-1', reason: 'The account is closed' }
  expect((await confirm(id, back, { key: engine.admin })).body).toMatchObject({
    state: 'returned',
    reference: `BANK-${lines}`,
    operator: 'maria',
    returned: { reference: 'BACK-1', operator: 'sandbox admin', reason: 'The account is closed' },
  })
})

describe('the list', () => {
  test('oldest first, page by page, also where one is confirmed between two pages', async () => {
    const made: string[] = []
    for (let n = 0; n < 5; n += 1) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      made.push(await alone())
    }
    const all = (await pending('&kind=pay_out')).map(({ id }) => id)
    expect(all).toEqual(expect.arrayContaining(made))
    const found: string[] = []
    for (let page: Json = { has_more: true }; page['has_more'];) {
      const after = found.length === 0 ? '' : `&starting_after=${found.at(-1)}`
      // oxlint-disable-next-line no-await-in-loop -- a page names where the next begins
      page = await engine.must(200, `/v1/manual-payments?kind=pay_out&limit=2${after}`, viewer)
      found.push(...page['data'].map(({ id }: Json) => id))
      // oxlint-disable-next-line no-await-in-loop -- between two pages
      await confirm(String(found.at(-1)), { reference: `BANK-${lines}-${found.length}` })
    }
    expect(found).toEqual(all)
  })

  test('by kind and by state', async () => {
    const wanted = payIn({ method: 'by_hand' })
    await provider().createPayIn(wanted)
    const ids = async (query: string) => (await pending(query)).map(({ id }) => id)
    expect(await ids('&kind=pay_in')).toContain(wanted.token)
    expect(await ids('&kind=refund')).not.toContain(wanted.token)
    await confirm(wanted.token, { state: 'expired', reference: undefined })
    expect(await ids('')).not.toContain(wanted.token)
    expect(await ids('&state=expired')).toContain(wanted.token)
  })

  test.each(['state=any', 'kind=gift', 'limit=0', 'limit=101', 'starting_after=x', 'all=true'])(
    '%s is refused',
    async (query) => {
      const { status, body } = await engine.ask(`/v1/manual-payments?${query}`, viewer)
      expect({ status, body }).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    },
  )
})
