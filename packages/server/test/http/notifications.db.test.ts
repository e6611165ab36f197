// Notifications: who is told, in which words, in pages; read by each for itself.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEngine, type Asking, type Engine, type Json } from '../fixtures/engine.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())

const listed = (asking: Asking, query = '') => engine.must(200, `/v1/notifications${query}`, asking)
const of = async (asking: Asking, order: string): Promise<Json[]> =>
  (await listed(asking, '?limit=100'))['data'].filter((row: Json) => row['agreement'] === order)
const told = async (asking: Asking, order: string) =>
  (await of(asking, order)).map(({ transition, kind }) => [transition, kind])
const hours = 3_600

test('each is told what the flow says, newest first, at once', async () => {
  const id = await engine.order({ buyer: 'ayesha', seller: 'bilal', amount: 500 }, 'pay', 'ship', 'dispute')
  expect(await told({ party: 'bilal' }, id)).toEqual([
    ['dispute', 'transition'],
    ['pay', 'transition'],
    ['create', 'transition'],
  ])
  expect(await told({ key: await engine.token('ayesha') }, id)).toEqual([
    ['dispute', 'transition'],
    ['ship', 'transition'],
  ])
  expect(await told({ key: engine.admin }, id)).toEqual([['dispute', 'transition']])
  expect(await told({}, id)).toEqual([])
  expect(await told({ party: 'eve' }, id)).toEqual([])
  const [row] = await of({ party: 'bilal' }, id)
  expect(row).toEqual({
    id: expect.stringMatching(/^ntf_[0-9a-z]{26}$/),
    flow: 'marketplace-order',
    agreement: id,
    transition: 'dispute',
    kind: 'transition',
    says: 'Dispute raised',
    at: expect.stringMatching(/Z$/),
    read_at: null,
  })
})

test('a reminder says that it is one, and of what; then comes what it reminded of', async () => {
  const id = await engine.order({ buyer: 'chanda', seller: 'dilawar', amount: 500 }, 'pay', 'ship', 'deliver')
  await engine.advance(37 * hours)
  expect((await of({ party: 'chanda' }, id))[0]).toMatchObject({
    transition: 'complete_unanswered',
    kind: 'reminder',
    says: 'Reminder, if nothing happens soon: No answer in time: the seller is paid',
  })
  expect((await told({ party: 'dilawar' }, id))[0]).toEqual(['pay', 'transition'])
  await engine.advance(12 * hours)
  const [last] = await of({ party: 'dilawar' }, id)
  expect(last).toMatchObject({ kind: 'transition', says: 'No answer in time: the seller is paid' })
})

test('a timer that was refused tells the operator why', async () => {
  const id = await engine.order({ buyer: 'eshal', seller: 'faisal', amount: 500 }, 'pay', 'ship', 'deliver')
  await engine.operate('/v1/wallets/faisal/PKR/freezes', { direction: 'both' })
  await engine.advance(49 * hours)
  const deferred = (await of({ key: engine.admin }, id)).find(({ kind }) => kind === 'deferred')
  expect(deferred?.['says']).toBe(
    'Could not be done (wallet_frozen) and will be tried again: No answer in time: the seller is paid',
  )
})

test('who asks first waits for the other, who is told so', async () => {
  const order = await engine.order({ buyer: 'gul', seller: 'hamid', amount: 500 }, 'pay', 'ship', 'dispute')
  await engine.must(200, `/orders/${order}/settle`, { party: 'gul', body: { to_buyer: 200, to_seller: 300 } })
  const [offer] = await of({ party: 'hamid' }, order)
  expect(offer).toMatchObject({
    kind: 'mark',
    transition: 'settle',
    says: 'Asked for by buyer, and waits for others: Both sides agree on a distribution',
  })
  expect((await told({ party: 'gul' }, order))[0]).toEqual(['dispute', 'transition'])
})

test('pages follow one another without gap or overlap', async () => {
  const orders: string[] = []
  for (let i = 0; i < 7; i += 1)
    orders.push(await engine.order({ buyer: 'iqra', seller: 'jamal', amount: 5 }, 'pay'))
  const all = (await listed({ party: 'jamal' }, '?limit=100'))['data']
  expect(all.map(({ agreement, transition }: Json) => [agreement, transition])).toEqual(
    orders.toReversed().flatMap((order) => [
      [order, 'pay'],
      [order, 'create'],
    ]),
  )
  const found: Json[] = []
  for (let page: Json = { has_more: true }; page['has_more'];) {
    const after = found.at(-1)
    page = await listed({ party: 'jamal' }, `?limit=4${after ? `&starting_after=${after['id']}` : ''}`)
    found.push(...page['data'])
  }
  expect(found).toEqual(all)
  const { status } = await engine.ask('/v1/notifications?starting_after=ord_x', { party: 'jamal' })
  expect(status).toBe(400)
})

test("reading is one's own, done once, and repeatable", async () => {
  await engine.order({ buyer: 'kiran', seller: 'latif', amount: 5 }, 'pay')
  const party = 'latif'
  const [newest, oldest] = (await listed({ party }))['data']
  const read = await engine.must(200, `/v1/notifications/${newest.id}/read`, { party, body: {} })
  expect(read).toEqual({ ...newest, read_at: expect.stringMatching(/Z$/) })
  await engine.advance(60)
  expect(await engine.must(200, `/v1/notifications/${newest.id}/read`, { party, body: {} })).toEqual(read)
  expect((await listed({ party }, '?unread=true'))['data']).toEqual([oldest])
  for (const asking of [{ party: 'kiran' }, { party: 'eve' }, {}, { key: engine.admin }]) {
    const { status } = await engine.ask(`/v1/notifications/${oldest.id}/read`, { ...asking, body: {} })
    expect(status).toBe(404)
  }
  expect((await listed({ party }, '?unread=true'))['data']).toEqual([oldest])

  await engine.order({ buyer: 'kiran', seller: 'latif', amount: 5 })
  const all = { party, body: {}, idempotency: 'all' }
  expect(await engine.must(200, '/v1/notifications/read-all', all)).toEqual({ read: 2, has_more: false })
  expect(await engine.must(200, '/v1/notifications/read-all', { party, body: {} })).toEqual({
    read: 0,
    has_more: false,
  })
  expect((await listed({ party }, '?unread=true'))['data']).toEqual([])
  expect((await listed({ party }))['data'].at(-2)).toEqual(read)
  expect(await engine.must(200, '/v1/notifications/read-all', all)).toEqual({ read: 2, has_more: false })
})

test("a service may look at anybody's; a person sees its own, whatever it asks for; an operator those of operators", async () => {
  const id = await engine.order({ buyer: 'mina', seller: 'nadir', amount: 5 }, 'pay')
  const { data } = await listed({}, '?party=nadir')
  expect(data.map((row: Json) => row['transition'])).toEqual(['pay', 'create'])
  const own = await listed({ key: await engine.token('mina') }, '?party=nadir')
  expect(own).toEqual(await listed({ party: 'mina' }))
  expect(own).not.toMatchObject({ data })
  const { status } = await engine.ask('/v1/notifications?party=nadir', { key: engine.admin })
  expect(status).toBe(400)
  expect(await told({ key: engine.admin }, id)).toEqual([])
})

test('a person who is called like a role reads what is its own alone', async () => {
  const id = await engine.order({ buyer: 'operator', seller: 'service', amount: 5 }, 'pay', 'ship', 'dispute')
  expect((await told({ party: 'operator' }, id)).length).toBe(2)
  expect((await told({ party: 'service' }, id)).length).toBe(3)
  expect((await listed({ party: 'operator' }))['data'].length).toBe(3)
  expect(
    (await listed({ key: engine.admin }))['data'].filter((row: Json) => row['agreement'] === id).length,
  ).toBe(1)
  expect(await told({}, id)).toEqual([])
})

test('followed anew from the log, they are the same, and what was read stays read', async () => {
  const { db } = engine.running
  const rows = () => db.any<Json>('select * from notifications order by recipient, id')
  await listed({ party: 'latif' })
  const before = await rows()
  expect(before.some((row) => row['read_at'] !== null)).toBe(true)
  await db.run("update projections set seq = 0 where name = 'notifications'")
  await listed({ party: 'latif' })
  expect(await rows()).toEqual(before)
  await db.run("delete from notifications where recipient <> 'latif'")
  await db.run("update projections set seq = 0 where name = 'notifications'")
  await listed({ party: 'latif' })
  const unread = before.map((row) => (row['recipient'] === 'latif' ? row : { ...row, read_at: null }))
  expect(await rows()).toEqual(unread)
})
