// Every route × every kind of caller. A route without a row fails, and so does a row without a route.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contentsOf, startEngine, type Asking, type Engine, type Json } from '../engine.ts'

let engine: Engine
const callers = [
  'nobody',
  'buyer',
  'seller',
  'stranger',
  'service',
  'as_buyer',
  'as_seller',
  'as_stranger',
  'admin',
  'finance',
  'support',
  'viewer',
] as const
type Caller = (typeof callers)[number]
const who: Partial<Record<Caller, Asking>> = {}
const order = { buyer: 'ayesha', seller: 'bilal', amount: 500 }
let dispute_of_buyer: string
let id: string
let freeze: string

beforeAll(async () => {
  engine = await startEngine()
  id = await engine.order(order, 'pay', 'ship', 'deliver')
  dispute_of_buyer = await engine.order(order, 'pay', 'ship', 'dispute')
  freeze = (await engine.operate('/v1/wallets/ayesha/USD/freezes', { direction: 'in' }))['id']
  const operator = async (role: 'finance' | 'support' | 'viewer') => ({
    key: await engine.newKey({ kind: 'operator', name: role, role }),
  })
  Object.assign(who, {
    nobody: { key: null },
    buyer: { key: await engine.token('ayesha') },
    seller: { key: await engine.token('bilal') },
    stranger: { key: await engine.token('eve') },
    service: {},
    as_buyer: { party: 'ayesha' },
    as_seller: { party: 'bilal' },
    as_stranger: { party: 'eve' },
    admin: { key: engine.admin },
    finance: await operator('finance'),
    support: await operator('support'),
    viewer: await operator('viewer'),
  })
})
afterAll(() => engine.stop())

/**
 * One cell per caller, in the order of `callers`:
 * `+` may (2xx, or 409 where only the state is against it), `1` 401, `3` 403, `4` 404, `0` 400 (an operator's act without its reason, a role that nobody holds).
 */
interface Row {
  readonly cells: string
  /** Of a path with parameters. */
  readonly path?: () => string
  readonly body?: Json
}

//                     nobody
//                     | the person: buyer, seller, stranger
//                     | |   service: itself, as buyer, as seller, as stranger
//                     | |   |    operator: admin, finance, support, viewer
//                     | |   |    |
const all_readers = '1 +++ ++++ ++++'
const who_see_it = '1 ++4 +++4 ++++'
const buyer_only = '1 +34 3+34 3333'
const seller_only = '1 3+4 33+4 3333'
const operators = '1 334 3334 +++3'
const keys_only = '1 333 ++++ ++++'
const everybody = '+ +++ ++++ ++++'

const because = { reason: 'a test' }
const of = (path: string) => () => path.replace('{id}', id)
const disputed = (path: string) => () => path.replace('{id}', dispute_of_buyer)
const disputing = { dispute_reason: 'other', dispute_text: 'x' }
/** Who is not the buyer does not order in its name; a service may. */
const creators = '1 +33 ++33 3333'

const rows: Readonly<Record<string, Row>> = {
  'GET /healthz': { cells: everybody },
  'GET /readyz': { cells: everybody },
  'GET /openapi.json': { cells: everybody },
  'GET /metrics': { cells: keys_only },
  'GET /v1/flows': { cells: all_readers },
  'GET /v1/flows/{name}': { cells: all_readers, path: () => '/v1/flows/marketplace-order' },
  'GET /v1/integrity': { cells: keys_only },
  'POST /v1/party-tokens': { cells: '1 333 ++++ +333', body: { party: 'eve' } },
  'GET /v1/test-clock': { cells: all_readers },
  'POST /v1/test-clock/advance': { cells: '1 333 ++++ +333', body: { seconds: 1 } },

  'POST /orders': {
    cells: creators,
    body: { buyer: 'ayesha', seller: 'bilal', amount: 5, currency: 'PKR', ...because },
  },
  'GET /orders': { cells: all_readers },
  'GET /orders/{id}': { cells: who_see_it, path: of('/orders/{id}') },
  'POST /orders/{id}/pay': { cells: buyer_only, path: of('/orders/{id}/pay'), body: because },
  'POST /orders/{id}/ship': { cells: seller_only, path: of('/orders/{id}/ship'), body: because },
  'POST /orders/{id}/deliver': { cells: '1 3+4 +3+4 +++3', path: of('/orders/{id}/deliver'), body: because },
  'POST /orders/{id}/confirm-delivery': {
    cells: buyer_only,
    path: of('/orders/{id}/confirm-delivery'),
    body: because,
  },
  'POST /orders/{id}/reject': {
    cells: buyer_only,
    path: of('/orders/{id}/reject'),
    body: { reject_reason: 'x', ...because },
  },
  'POST /orders/{id}/accept-return': {
    cells: seller_only,
    path: of('/orders/{id}/accept-return'),
    body: because,
  },
  'POST /orders/{id}/cancel': { cells: '1 ++4 3++4 +++3', path: of('/orders/{id}/cancel'), body: because },
  'POST /orders/{id}/dispute': {
    cells: '1 ++4 3++4 +++3',
    path: of('/orders/{id}/dispute'),
    body: { ...disputing, ...because },
  },
  // The buyer raised it: nobody else takes it back.
  'POST /orders/{id}/withdraw-dispute': {
    cells: '1 +34 3+34 3333',
    path: disputed('/orders/{id}/withdraw-dispute'),
    body: because,
  },
  'POST /orders/{id}/release': { cells: operators, path: disputed('/orders/{id}/release'), body: because },
  'POST /orders/{id}/refund': { cells: operators, path: disputed('/orders/{id}/refund'), body: because },
  'POST /orders/{id}/split': {
    cells: operators,
    path: disputed('/orders/{id}/split'),
    body: { to_buyer: 1, to_seller: 499, ...because },
  },

  'POST /v1/agreements': {
    cells: creators,
    body: {
      flow: 'marketplace-order',
      buyer: 'ayesha',
      seller: 'bilal',
      amount: 5,
      currency: 'PKR',
      ...because,
    },
  },
  'GET /v1/agreements': { cells: all_readers },
  'GET /v1/agreements/{id}': { cells: who_see_it, path: of('/v1/agreements/{id}') },
  'POST /v1/agreements/{id}/transitions/{transition}': {
    cells: buyer_only,
    path: of('/v1/agreements/{id}/transitions/confirm_delivery'),
    body: because,
  },

  'GET /v1/wallets/{party}': { cells: '1 +44 ++44 ++++', path: () => '/v1/wallets/ayesha' },
  'GET /v1/wallets/{party}/{currency}': { cells: '1 +44 ++44 ++++', path: () => '/v1/wallets/ayesha/PKR' },
  'GET /v1/wallets/{party}/transactions': {
    cells: '1 +44 ++44 ++++',
    path: () => '/v1/wallets/ayesha/transactions',
  },
  'POST /v1/wallets/{party}/{currency}/top-ups': {
    cells: '1 333 3333 ++33',
    path: () => '/v1/wallets/ayesha/PKR/top-ups',
    body: { amount: 5, reference: 'once', ...because },
  },
  'POST /v1/wallets/{party}/{currency}/freezes': {
    cells: '1 333 3333 ++33',
    path: () => '/v1/wallets/ayesha/EUR/freezes',
    body: { direction: 'in', ...because },
  },
  'POST /wallet-freezes/{id}/lift': {
    cells: '1 333 3333 ++33',
    path: () => `/wallet-freezes/${freeze}/lift`,
    body: because,
  },

  'GET /v1/jobs': { cells: '1 333 3333 ++++' },
  'POST /v1/jobs/{id}/retry': { cells: '1 333 3333 4433', path: () => '/v1/jobs/1/retry', body: because },

  'GET /v1/platform/accounts': { cells: '1 444 +444 ++++' },
  'GET /v1/events': { cells: keys_only },
  'POST /v1/fee-schedules': {
    cells: '1 333 3333 +333',
    body: { flow: 'marketplace-order', terms: {}, ...because },
  },
  'GET /v1/fee-schedules': { cells: keys_only },
}

const statuses: Readonly<Record<string, readonly number[]>> = {
  '+': [200, 201, 409],
  '1': [401],
  '3': [403],
  '4': [404],
  '0': [400],
}

test('every route has a row, and every row a route', async () => {
  const { paths } = await engine.must(200, '/openapi.json', { key: null })
  const routes = Object.entries(paths as Record<string, Json>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(Object.keys(rows).toSorted()).toEqual(routes.toSorted())
})

test.each(Object.entries(rows))('%s', async (route, { cells, path, body = {} }) => {
  const [method = '', pattern = ''] = route.split(' ')
  const expected = cells.replaceAll(' ', '').split('')
  expect(expected).toHaveLength(callers.length)
  const found: string[] = []
  for (const [i, caller] of callers.entries()) {
    const before = await contentsOf(engine.running.db)
    const asking = { ...who[caller], method, ...(method === 'POST' ? { body } : {}) }
    // Where it may, it is only tried: the next caller finds what this one found.
    const dry =
      method === 'POST' && /^\/(orders|v1\/agreements|v1\/wallets|wallet-freezes)/.test(pattern)
        ? '?dry_run=true'
        : ''
    const { status } = await engine.ask(`${path?.() ?? pattern}${dry}`, asking)
    found.push(
      statuses[expected[i] ?? '']?.includes(status) ? `${caller} ${expected[i]}` : `${caller} ${status}`,
    )
    const changes = expected[i] === '+' && method === 'POST' && dry === ''
    if (!changes) expect([caller, await contentsOf(engine.running.db)]).toEqual([caller, before])
  }
  expect(found).toEqual(callers.map((caller, i) => `${caller} ${expected[i]}`))
})

test.each(Object.entries(rows).filter(([route]) => route.startsWith('GET')))(
  'HEAD like %s',
  async (route, { cells, path }) => {
    const expected = cells.replaceAll(' ', '').split('')
    const found: number[] = []
    for (const caller of callers)
      found.push(
        (await engine.ask(path?.() ?? route.split(' ')[1] ?? '', { ...who[caller], method: 'HEAD' })).status,
      )
    expect(found.map((status, i) => statuses[expected[i] ?? '']?.includes(status))).toEqual(
      callers.map(() => true),
    )
  },
)

test.each(['wallet-top-up', 'wallet-freeze'])('nobody makes a %s by the general API', async (flow) => {
  const body = {
    flow,
    holder: 'eve',
    currency: 'PKR',
    ...(flow === 'wallet-top-up' ? { amount: 5 } : { direction: 'in' }),
    ...because,
  }
  for (const caller of callers) {
    const answer = await engine.ask('/v1/agreements', { ...who[caller], body })
    expect([caller, answer.status]).toEqual([
      caller,
      caller === 'nobody' ? 401 : caller === 'viewer' ? 403 : 400,
    ])
  }
})

test('a list shows a person its own, whatever it asks for', async () => {
  await engine.order({ buyer: 'chanda', seller: 'dilawar', amount: 7 })
  for (const caller of ['buyer', 'as_buyer'] as const) {
    for (const path of [
      '/orders',
      '/orders?party=chanda',
      '/v1/agreements',
      '/v1/agreements?party=chanda&flow=marketplace-order',
    ]) {
      const { data } = await engine.must(200, path, who[caller])
      expect(data.length).toBeGreaterThan(0)
      expect(JSON.stringify(data)).not.toContain('chanda')
    }
  }
  expect((await engine.must(200, '/orders', who.stranger))['data']).toEqual([])
})
