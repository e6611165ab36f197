// Disputes: raised, argued and ended in the agreement; here as a list with evidence and offers, for its sides and the staff.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEngine, type Asking, type Engine, type Json } from '../fixtures/engine.ts'
import { form, pngWith } from '../fixtures/file-form.ts'

let engine: Engine
let second: string
beforeAll(async () => {
  engine = await startEngine()
  second = await engine.newKey({ kind: 'operator', name: 'maria', role: 'finance' })
})
afterAll(() => engine.stop())

const buyer = { party: 'ayesha' }
const seller = { party: 'bilal' }
const operator = () => ({ key: engine.admin })
const day = 86_400

interface Disputed {
  readonly order: string
  readonly path: string
}

async function disputed(amount = 500, asking: Json = {}): Promise<Disputed> {
  const order = await engine.order(
    { buyer: 'ayesha', seller: 'bilal', amount, ...asking },
    'pay',
    'ship',
    'dispute',
  )
  const { data } = await engine.must(200, `/v1/disputes?agreement=${order}`)
  expect(data).toHaveLength(1)
  return { order, path: `/v1/disputes/${data[0].id}` }
}

const read = ({ path }: Disputed, asking: Asking = buyer) => engine.must(200, path, asking)
const act = ({ path }: Disputed, name: string, asking: Asking, body: Json = {}) =>
  engine.ask(`${path}/${name}`, { ...asking, body })
const must = async (status: number, dispute: Disputed, name: string, asking: Asking, body: Json = {}) => {
  const answer = await act(dispute, name, asking, body)
  expect([name, answer.status, answer.text]).toEqual([name, status, expect.anything()])
  return answer.body
}
const open = ({ actions }: Json) =>
  actions.filter((action: Json) => action['open']).map((action: Json) => action['name'])

/** What each has, in available and frozen, and the platform's fees: nothing comes or goes but between them. */
async function money(): Promise<[ayesha: number, frozen: number, bilal: number]> {
  const [a, b] = [await engine.wallet('ayesha'), await engine.wallet('bilal')]
  return [a['available'], a['frozen'], b['available']]
}
async function moved(work: () => Promise<unknown>): Promise<number[]> {
  const before = await money()
  await work()
  return (await money()).map((amount, i) => amount - (before[i] ?? 0))
}
const events = async ({ order }: Disputed) => (await engine.events(order)).length

test('a dispute is there as soon as it is raised, in the words of who raised it', async () => {
  const dispute = await disputed()
  const { at } = (await engine.events(dispute.order)).at(-1) ?? {}
  const shown = await read(dispute)
  expect(shown).toMatchObject({
    id: expect.stringMatching(/^dsp_[0-9a-z]{26}$/),
    flow: 'marketplace-order',
    agreement: dispute.order,
    state: 'open',
    raised_by: { role: 'buyer', id: 'ayesha' },
    raised_at: at,
    reason_code: 'damaged',
    text: 'Broken glass',
    evidence_due_at: new Date(Date.parse(at) + 7 * day * 1_000).toISOString(),
    your_side: 'buyer',
    currency: 'PKR',
    held: 500,
    evidence: [],
    offer: null,
    decisions_waiting: [],
    outcome: null,
    decided_by: null,
  })
  expect(open(shown)).toEqual(['evidence', 'offer', 'withdraw'])
  expect(open(await read(dispute, seller))).toEqual(['evidence', 'offer'])
  expect(open(await read(dispute, operator()))).toEqual(['evidence', 'release', 'refund', 'split'])
  expect(open(await read(dispute, {}))).toEqual([])
})

test('its sides and the staff see it; to others it is not there', async () => {
  const dispute = await disputed()
  for (const asking of [buyer, seller, {}, operator(), { key: await engine.token('bilal') }])
    await read(dispute, asking)
  const stranger = { party: 'eve' }
  expect((await engine.ask(dispute.path, stranger)).status).toBe(404)
  const before = await events(dispute)
  for (const [name, body] of [
    ['evidence', { text: 'x' }],
    ['offers', { distribution: { buyer: 500, seller: 0 } }],
    ['offers/ofr_x/accept', {}],
    ['withdraw', {}],
    ['resolve', { decision: 'refund', notes: 'x' }],
  ] as const)
    expect([name, (await act(dispute, name, stranger, body)).status]).toEqual([name, 404])
  expect(await events(dispute)).toBe(before)
  const { data } = await engine.must(200, `/v1/disputes?agreement=${dispute.order}`, stranger)
  expect(data).toEqual([])
})

test('the list is filtered, newest first, in pages', async () => {
  const made = []
  for (let i = 0; i < 3; i += 1) made.push(await disputed(5, { buyer: 'chanda', seller: 'dilawar' }))
  await must(200, made[1] as Disputed, 'withdraw', { party: 'chanda' })
  const paths = async (query: string, asking: Asking = { party: 'dilawar' }) =>
    (await engine.must(200, `/v1/disputes?${query}`, asking))['data'].map(
      (row: Json) => `/v1/disputes/${row['id']}`,
    )
  const all = made.map(({ path }) => path).toReversed()
  expect(await paths('')).toEqual(all)
  expect(await paths('state=withdrawn')).toEqual([all[1]])
  expect(await paths('state=open')).toEqual([all[0], all[2]])
  expect(await paths('flow=marketplace-order')).toEqual(all)
  expect(await paths('flow=other')).toEqual([])
  const id = all[1]?.split('/').at(-1)
  expect(await paths(`starting_after=${id}`)).toEqual([all[2]])
  expect(await paths('limit=1')).toEqual([all[0]])
  expect((await paths('limit=2', {})).slice(0, 2)).toEqual(all.slice(0, 2))
  expect((await engine.ask('/v1/disputes?starting_after=x')).status).toBe(400)
  expect((await engine.ask('/v1/disputes?agreement=x')).status).toBe(400)
})

test('evidence of both sides and operators: seen by both, told to the other', async () => {
  const dispute = await disputed()
  const file = (await engine.must(201, '/v1/files', { ...form({ content: pngWith('glass') }), ...buyer }))[
    'id'
  ]
  await must(201, dispute, 'evidence', buyer, { text: 'See the picture', file })
  await must(201, dispute, 'evidence', seller, { text: 'It was whole' })
  await must(201, dispute, 'evidence', operator(), { text: 'Called the courier' })
  const { evidence } = await read(dispute, seller)
  expect(evidence).toMatchObject([
    {
      by: { role: 'buyer', id: 'ayesha' },
      text: 'See the picture',
      file: { id: file, media_type: 'image/png' },
    },
    { by: { role: 'seller', id: 'bilal' }, text: 'It was whole', file: null },
    { by: { role: 'operator' }, text: 'Called the courier', file: null },
  ])
  expect((await read(dispute, buyer))['evidence']).toEqual(evidence)
  expect((await engine.ask(`/v1/files/${file}`, seller)).status).toBe(200)
  expect((await engine.ask(`/v1/files/${file}`, { party: 'eve' })).status).toBe(404)
  const told = async (asking: Asking) =>
    (await engine.must(200, '/v1/notifications?limit=3', asking))['data']
      .filter((row: Json) => row['kind'] === 'evidence' && row['agreement'] === dispute.order)
      .map((row: Json) => row['says'])
  const from = (role: string) => `New evidence in the dispute, from ${role}`
  expect(await told(buyer)).toEqual([from('operator'), from('seller')])
  expect(await told(seller)).toEqual([from('operator'), from('buyer')])
  expect(await told(operator())).toEqual([from('seller'), from('buyer')])
})

test('no evidence without words or file, with the file of another, from a service, or twice for one key', async () => {
  const dispute = await disputed()
  const foreign = (await engine.must(201, '/v1/files', { ...form({ content: pngWith('x') }), party: 'eve' }))[
    'id'
  ]
  const refused = async (asking: Asking, body: Json) => {
    const answer = await act(dispute, 'evidence', asking, body)
    return [answer.status, answer.body['code']]
  }
  expect(await refused(buyer, {})).toEqual([400, 'invalid_request'])
  expect(await refused(buyer, { text: 'x', more: 1 })).toEqual([400, 'invalid_request'])
  expect(await refused(buyer, { file: foreign })).toEqual([400, 'invalid_request'])
  expect(await refused(buyer, { file: 'fil_x' })).toEqual([400, 'invalid_request'])
  expect(await refused({}, { text: 'x' })).toEqual([403, 'not_your_transition'])
  expect((await read(dispute))['evidence']).toEqual([])
  const once = { ...buyer, idempotency: 'the-same-words' }
  const first = await must(201, dispute, 'evidence', once, { text: 'x' })
  expect(await must(201, dispute, 'evidence', once, { text: 'x' })).toEqual(first)
  expect((await read(dispute))['evidence']).toEqual([first])
  await expect(engine.running.db.run("update evidence set text = 'y'")).rejects.toThrow('never changed')
})

test('evidence until it is due, and while the dispute is open', async () => {
  const [late, over] = [await disputed(), await disputed()]
  await must(200, over, 'withdraw', buyer)
  await engine.advance(7 * day - 60)
  await must(201, late, 'evidence', seller, { text: 'in time' })
  await engine.advance(120)
  for (const dispute of [late, over]) {
    const { status, body } = await act(dispute, 'evidence', seller, { text: 'late' })
    expect([status, body['code']]).toEqual([409, 'transition_not_open'])
    expect(open(await read(dispute, seller))).not.toContain('evidence')
  }
  expect((await read(late))['evidence']).toHaveLength(1)
  expect((await read(over))['evidence']).toEqual([])
})

test('an offer that the other side accepts is carried out', async () => {
  const dispute = await disputed()
  const offer = { distribution: { buyer: 200, seller: 300 } }
  const said = await moved(() => must(200, dispute, 'offers', buyer, offer))
  expect(said).toEqual([0, 0, 0])
  const { offer: standing } = await read(dispute, seller)
  expect(standing).toMatchObject({
    id: expect.stringMatching(/^ofr_/),
    by: { role: 'buyer', id: 'ayesha' },
    ...offer,
  })
  expect(open(await read(dispute, seller))).toContain('accept')
  expect(open(await read(dispute, buyer))).not.toContain('accept')
  const accept = `offers/${standing.id}/accept`
  expect(await act(dispute, accept, buyer)).toMatchObject({
    status: 409,
    body: { code: 'transition_not_open', reason: 'this offer is your own' },
  })
  expect((await act(dispute, accept, operator(), { reason: 'x' })).status).toBe(403)

  const key = { ...seller, idempotency: `accept-${dispute.path}` }
  let first: Json = {}
  const settled = await moved(async () => (first = await must(200, dispute, accept, key)))
  expect(settled).toEqual([200, -500, 300])
  expect(first).toMatchObject({ id: dispute.order, state: 'completed', held: 0, money: 'split' })
  const again = await moved(async () => expect(await must(200, dispute, accept, key)).toEqual(first))
  expect(again).toEqual([0, 0, 0])
  expect(await read(dispute)).toMatchObject({
    state: 'settled',
    outcome: 'settle',
    decided_by: { role: 'seller', id: 'bilal' },
    distribution: { buyer: 200, seller: 300 },
    offer: null,
    held: 0,
  })
  expect((await act(dispute, accept, seller)).status).toBe(409)
  expect(open(await read(dispute))).toEqual([])
})

test('a new offer replaces the old one, which nobody can accept any more', async () => {
  const dispute = await disputed()
  await must(200, dispute, 'offers', buyer, { distribution: { buyer: 400, seller: 100 } })
  const { offer: old } = await read(dispute)
  await must(200, dispute, 'offers', seller, { distribution: { buyer: 100, seller: 400 } })
  const { offer: fresh } = await read(dispute)
  expect(fresh).toMatchObject({ by: { role: 'seller' }, distribution: { buyer: 100, seller: 400 } })
  const still = await moved(async () => {
    for (const asking of [buyer, seller])
      expect(await act(dispute, `offers/${old.id}/accept`, asking)).toMatchObject({
        status: 409,
        body: { code: 'transition_not_open', offer: { id: fresh.id } },
      })
  })
  expect(still).toEqual([0, 0, 0])
  expect(await moved(() => must(200, dispute, `offers/${fresh.id}/accept`, buyer))).toEqual([100, -500, 400])
})

test.each([
  ['more than is held', { buyer: 300, seller: 300 }, 409, 'distribution_mismatch'],
  ['less than is held', { buyer: 100, seller: 300 }, 409, 'distribution_mismatch'],
  ['a side left out', { buyer: 500 }, 400, 'invalid_request'],
  ['somebody else', { buyer: 200, seller: 200, operator: 100 }, 400, 'invalid_request'],
  ['below zero', { buyer: 600, seller: -100 }, 400, 'amount_out_of_range'],
  ['a fraction', { buyer: 499.5, seller: 0.5 }, 400, 'invalid_request'],
])('a distribution with %s is refused, offered or decided', async (_, distribution, status, code) => {
  const dispute = await disputed()
  const before = await events(dispute)
  for (const [name, asking, body] of [
    ['offers', buyer, { distribution }],
    ['resolve', operator(), { decision: 'split', distribution, notes: 'x' }],
  ] as const) {
    const answer = await act(dispute, name, asking, body)
    expect([name, answer.status, answer.body['code']]).toEqual([name, status, code])
  }
  expect(await events(dispute)).toBe(before)
})

test.each([
  ['release', {}, [0, -500, 500], 'released', null],
  ['refund', {}, [500, -500, 0], 'refunded', null],
  ['split', { distribution: { buyer: 1, seller: 499 } }, [1, -500, 499], 'split', { buyer: 1, seller: 499 }],
] as const)('an operator decides: %s', async (decision, more, sums, state, distribution) => {
  const dispute = await disputed()
  const body = { decision, ...more, notes: 'The courier says so' }
  for (const asking of [buyer, seller, {}])
    expect((await act(dispute, 'resolve', asking, body)).status).toBe(403)
  expect((await act(dispute, 'resolve', operator(), { decision, ...more })).status).toBe(400)
  const key = { ...operator(), idempotency: `decide-${dispute.path}` }
  expect(await moved(() => must(200, dispute, 'resolve', key, body))).toEqual(sums)
  expect(await moved(() => must(200, dispute, 'resolve', key, body))).toEqual([0, 0, 0])
  expect(await read(dispute)).toMatchObject({
    state,
    outcome: decision,
    decided_by: { role: 'operator', id: 'sandbox admin' },
    notes: 'The courier says so',
    distribution,
  })
  expect((await act(dispute, 'resolve', operator(), body)).status).toBe(409)
})

test('a release or a refund has no distribution, a split needs one', async () => {
  const dispute = await disputed()
  const distribution = { buyer: 250, seller: 250 }
  for (const body of [{ decision: 'release', distribution }, { decision: 'split' }])
    expect((await act(dispute, 'resolve', operator(), { ...body, notes: 'x' })).status).toBe(400)
})

test('above the set amount a second operator asks for the same', async () => {
  const dispute = await disputed(100_000_001)
  const body = { decision: 'refund', notes: 'Never arrived' }
  expect(await moved(() => must(200, dispute, 'resolve', operator(), body))).toEqual([0, 0, 0])
  const waiting = await read(dispute)
  expect(waiting).toMatchObject({
    state: 'open',
    decisions_waiting: [
      { decision: 'refund', by: { role: 'operator', id: 'sandbox admin' }, reason: 'Never arrived' },
    ],
  })
  expect((await act(dispute, 'resolve', operator(), body)).status).toBe(409)
  const decided = await moved(() => must(200, dispute, 'resolve', { key: second }, body))
  expect(decided).toEqual([100_000_001, -100_000_001, 0])
  expect(await read(dispute)).toMatchObject({
    state: 'refunded',
    decided_by: { id: 'maria' },
    decisions_waiting: [],
  })
})

test('withdrawn by who raised it; raised anew it is another dispute, and the old one decides nothing', async () => {
  const dispute = await disputed()
  expect((await act(dispute, 'withdraw', seller)).status).toBe(403)
  await must(201, dispute, 'evidence', buyer, { text: 'of the first' })
  expect(await must(200, dispute, 'withdraw', buyer)).toMatchObject({ state: 'shipped' })
  expect(await read(dispute)).toMatchObject({
    state: 'withdrawn',
    decided_by: { role: 'buyer' },
    outcome: 'withdraw_dispute',
  })
  const before = await engine.must(200, dispute.path)

  await engine.must(200, `/orders/${dispute.order}/dispute`, {
    ...seller,
    body: { dispute_reason: 'other', dispute_text: 'Unpaid' },
  })
  const { data } = await engine.must(200, `/v1/disputes?agreement=${dispute.order}`)
  expect(data.map((row: Json) => [row['state'], row['raised_by'].role])).toEqual([
    ['open', 'seller'],
    ['withdrawn', 'buyer'],
  ])
  const fresh = { ...dispute, path: `/v1/disputes/${data[0].id}` }
  expect((await read(fresh))['evidence']).toEqual([])
  const old = await moved(async () => {
    for (const [name, asking, body] of [
      ['resolve', operator(), { decision: 'release', notes: 'x' }],
      ['withdraw', seller, {}],
      ['offers', buyer, { distribution: { buyer: 500, seller: 0 } }],
    ] as const)
      expect([name, (await act(dispute, name, asking, body)).status]).toEqual([name, 409])
  })
  expect(old).toEqual([0, 0, 0])
  await must(200, fresh, 'resolve', operator(), { decision: 'release', notes: 'x' })
  expect(await read(fresh)).toMatchObject({ state: 'released' })
  expect(await engine.must(200, dispute.path)).toEqual({ ...before, held: 0 })
})

test('what the clock raises is a dispute too, and what is decided in the order itself ends it', async () => {
  const order = await engine.order(
    { buyer: 'ayesha', seller: 'bilal', amount: 500 },
    'pay',
    'ship',
    'deliver',
    'reject',
  )
  await engine.advance(7 * day + 60)
  const [row] = (await engine.must(200, `/v1/disputes?agreement=${order}`, buyer))['data']
  expect(row).toMatchObject({ state: 'open', raised_by: { role: 'clock' }, reason_code: null })
  await engine.operate(`/orders/${order}/split`, { to_buyer: 100, to_seller: 400, reason: 'Half broken' })
  expect(await engine.must(200, `/v1/disputes/${row.id}`, seller)).toMatchObject({
    state: 'split',
    notes: 'Half broken',
    distribution: { buyer: 100, seller: 400 },
  })
})

test('tried without effect, it changes nothing', async () => {
  const dispute = await disputed()
  const before = await events(dispute)
  const tried = await engine.must(200, `${dispute.path}/resolve?dry_run=true`, {
    ...operator(),
    body: { decision: 'release', notes: 'x' },
  })
  expect(tried).toMatchObject({ dry_run: true, agreement: { state: 'completed' } })
  expect(await events(dispute)).toBe(before)
  expect(await read(dispute)).toMatchObject({ state: 'open' })
})

test('followed anew from the log, they are the same', async () => {
  const { db } = engine.running
  const rows = async () => [
    await db.any('select * from disputes order by id'),
    await db.any('select * from dispute_sides order by dispute_id, party'),
  ]
  await engine.must(200, '/v1/disputes')
  const before = await rows()
  expect(before[0]?.length).toBeGreaterThan(10)
  for (const clear of ['', 'delete from disputes']) {
    if (clear !== '') await db.run(clear)
    await db.run("update projections set seq = 0 where name = 'disputes'")
    await engine.must(200, '/v1/disputes')
    expect(await rows()).toEqual(before)
  }
  expect((await engine.integrity())['clean']).toBe(true)
})
