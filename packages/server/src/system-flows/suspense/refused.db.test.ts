// Money that nothing waits for, over HTTP: what must be refused, and who may not make it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contentsOf, startEngine, type Engine, type Json } from '../../../test/fixtures/engine.ts'

const currency = 'PHP'
const statement = { amount: 123_456, currency, because: 'other' }

let engine: Engine
beforeAll(async () => {
  engine = await startEngine({ uses: [] })
})
afterAll(() => engine.stop())

test.each<[says: string, over: Json, status: number, pointer: string]>([
  ['nothing', { amount: 0 }, 400, '/amount'],
  ['less than nothing', { amount: -1 }, 400, '/amount'],
  ['a fraction', { amount: 1.5 }, 400, '/amount'],
  ['an amount in words', { amount: '5' }, 400, '/amount'],
  ['more than JSON keeps', { amount: 2 ** 53 }, 400, '/amount'],
  ['a currency that is none', { currency: 'XXX' }, 400, '/currency'],
  ['no reference', { reference: undefined }, 400, '/reference'],
  ['a reference of spaces', { reference: '  ' }, 400, '/reference'],
  ['a reference without end', { reference: 'x'.repeat(201) }, 400, '/reference'],
  ['a reason of its own', { because: 'found it' }, 400, '/because'],
  ['a provider that has no name', { provider: 'Pay Mongo' }, 400, '/provider'],
  ['a payer who is the platform', { payer: 'platform' }, 400, '/payer'],
  ['no word why', { reason: undefined }, 400, '/reason'],
  ['a field too many', { holder: 'ana' }, 400, '/holder'],
])('%s', async (_says, over, status, pointer) => {
  const before = await contentsOf(engine.running.db)
  const answer = await engine.ask('/v1/suspense', {
    key: engine.admin,
    body: { reason: 'a test', ...statement, reference: 'bad', ...over },
  })
  expect([answer.status, answer.body['pointer']]).toEqual([status, pointer])
  expect(await contentsOf(engine.running.db)).toBe(before)
})

test('in live mode as in the sandbox the service makes no such money, by no path', async () => {
  const { database_url: url } = engine.running
  const keys = { service_key: engine.service, operator_key: engine.admin }
  const live = await startEngine({ url, keys, config: { mode: 'live' }, takes_lossy: true, uses: [] })
  const set = await live.operate('/v1/suspense', { ...statement, reference: 'live', reason: 'seen' })
  const body = { reason: 'x' }
  for (const [path, more, status] of [
    ['/v1/suspense', { ...statement, reference: 'y' }, 403],
    [`/v1/suspense/${set['id']}/credit`, { party: 'ana' }, 403],
    [`/v1/suspense/${set['id']}/refund`, {}, 403],
    [`/v1/suspense/${set['id']}/refund-arrived`, {}, 403],
    [`/v1/suspense/${set['id']}/refund-failed`, {}, 403],
    ['/v1/agreements', { flow: 'suspense', amount: 5, currency, because: 'other', provider: 'x' }, 400],
    ['/v1/agreements', { flow: 'suspense-credit', suspense: set['id'], party: 'ana' }, 400],
    ['/v1/agreements', { flow: 'refund', payer: 'ana', amount: 5, currency, payment: 'pay_x' }, 400],
    [`/v1/agreements/${set['id']}/transitions/refund_arrived`, {}, 404],
    [`/v1/agreements/${set['id']}/transitions/refund`, {}, 404],
    ['/v1/refunds', { payer: 'ana', amount: 5, currency, payment: 'pay_x' }, 405],
  ] as const)
    expect([path, (await live.ask(path, { body: { ...body, ...more } })).status]).toEqual([path, status])
  expect(await live.must(200, `/v1/suspense/${set['id']}`)).toMatchObject({ state: 'open' })
  await live.stop()
})
