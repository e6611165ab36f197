// Money that nothing waits for, over HTTP: set aside with its reason, credited or sent back, once, and never anybody else's.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readId } from '@holdfast/kernel/ids.ts'
import { startEngine, type Answer, type Engine, type Json } from '../../../test/fixtures/engine.ts'
import { asDesk } from '../../../test/fixtures/suspense.ts'

const currency = 'PHP'
const amount = 123_456
const day_s = 86_400
const rounds = 8

let engine: Engine
/** A second operator. */
let second: string
beforeAll(async () => {
  // Without the desk: what a provider says is said here.
  engine = await startEngine({ uses: [] })
  second = await engine.newKey({ kind: 'operator', name: 'second', role: 'finance' })
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

test('an unknown transfer on a statement: set aside, the payer told, credited to its wallet', async () => {
  const [payer, before] = [someone(), await books()]
  const set = await aside({ payer, because: 'unknown_reference', note: 'no invoice number' })
  expect(set).toMatchObject({
    state: 'open',
    money: 'none',
    amount,
    payer,
    because: 'unknown_reference',
    provider: 'manual',
    note: 'no invoice number',
  })
  expect(await books()).toEqual(moved(before, { clearing: -amount, suspense: amount }))
  expect(await toldTo(payer, set['id'])).toEqual([
    'Money that you sent arrived, and could not be used for what it was meant; we look after it',
  ])
  const { data } = await engine.must(200, '/v1/suspense?limit=100', { key: engine.admin })
  expect(data.map(({ id }: Json) => id)).toContain(set['id'])

  const credited = await engine.operate(`/v1/suspense/${set['id']}/credit`)
  expect(credited).toMatchObject({ state: 'credited', holder: payer, amount })
  expect(await engine.must(200, `/v1/suspense/${set['id']}`, { party: payer })).toMatchObject({
    state: 'credited',
  })
  expect(await books()).toEqual(moved(before, { clearing: -amount }))
  expect(await engine.wallet(payer, currency)).toMatchObject({ available: amount, earned: 0, spent: 0 })
  const { data: rows } = await engine.must(200, `/v1/wallets/${payer}/transactions`)
  expect(rows).toMatchObject([{ type: 'Credited', amount, description: `Credited by ${credited['id']}` }])
  const { data: still } = await engine.must(200, '/v1/suspense?limit=100', { key: engine.admin })
  expect(still.map(({ id }: Json) => id)).not.toContain(set['id'])
})

test('sent back by bank: gone from our books at once, and for good after 90 days; until then it may come again', async () => {
  const before = await books()
  const { id } = await aside({})
  const proof = { refund_reference: 'BANK-4711' }
  const sent = await engine.operate(`/v1/suspense/${id}/refunded-by-hand`, proof)
  expect(sent).toMatchObject({ state: 'refunded', ...proof })
  expect(await books()).toEqual(before)
  await engine.operate(`/v1/suspense/${id}/refund-returned`)
  expect(await books()).toEqual(moved(before, { clearing: -amount, suspense: amount }))
  await engine.operate(`/v1/suspense/${id}/refunded-by-hand`, { refund_reference: 'BANK-4712' })
  await engine.advance(90 * day_s)
  expect(await read(id)).toMatchObject({ state: 'settled', status: 'refunded' })
  expect((await operator(`/v1/suspense/${id}/refund-returned`)).status).toBe(409)
  expect(await books()).toEqual(before)
})

test('sent back by a provider: in transit until that one says so; what fails lies there again and is sent again', async () => {
  const before = await books()
  const { id } = await aside({ provider: 'test' })
  await engine.operate(`/v1/suspense/${id}/refund`)
  expect(await books()).toEqual(moved(before, { clearing: -amount, transit: amount }))
  await say(id, 'refund_failed', { note: 'the card is closed' })
  expect(await books()).toEqual(moved(before, { clearing: -amount, suspense: amount }))
  expect(await read(id)).toMatchObject({ state: 'open', note: 'the card is closed' })
  await engine.operate(`/v1/suspense/${id}/refund`)
  await say(id, 'refund_arrived')
  expect(await books()).toEqual(before)
  // Told twice, it moved once.
  expect((await ask(id, 'refund_arrived')).outcome).toBe('refused')
  await say(id, 'refund_returned')
  expect(await books()).toEqual(moved(before, { clearing: -amount, suspense: amount }))
  await engine.operate(`/v1/suspense/${id}/credit`, { party: someone() })
  expect(await books()).toEqual(moved(before, { clearing: -amount }))
})

test('above the sum two operators send it back; one alone, asked twice, is still one', async () => {
  const large = 20_000_001
  const { id } = await aside({ amount: large })
  const path = `/v1/suspense/${id}/refund`
  const before = await books()
  expect((await operator(path)).body).toMatchObject({ state: 'open', waiting_for: ['operator'] })
  expect((await operator(path)).status).toBe(409)
  const by_hand = { refund_reference: 'BANK-1' }
  const other = await operator(`/v1/suspense/${id}/refunded-by-hand`, by_hand, second)
  expect(other.body).toMatchObject({ state: 'open', waiting_for: ['operator'] })
  expect(await books()).toEqual(before)
  expect((await operator(path, {}, second)).body).toMatchObject({ state: 'refunding' })
  expect(await books()).toEqual(moved(before, { suspense: -large, transit: large }))
  await say(id, 'refund_arrived')
})

test('credited and sent back at the same instant: one of them, and other money that is set aside stays there', async () => {
  await aside({})
  for (let round = 0; round < rounds; round += 1) {
    const [party, before] = [someone(), await books()]
    const { id } = await aside({})
    const asks = [
      () => operator(`/v1/suspense/${id}/credit`, { party }),
      () => operator(`/v1/suspense/${id}/refund`),
      () => operator(`/v1/suspense/${id}/credit`, { party: someone() }, second),
      () => operator(`/v1/suspense/${id}/refunded-by-hand`, { refund_reference: 'x' }, second),
    ]
    const answers = await Promise.all(asks.map((one, i) => asks[(i + round) % asks.length]?.() ?? one()))
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(3)
    const { state } = await read(id)
    const gone = { credited: { clearing: -amount }, refunding: { clearing: -amount, transit: amount } }[
      String(state)
    ]
    expect([state, await books()]).toEqual([state, moved(before, gone ?? {})])
    if (state === 'refunding') await say(id, 'refund_arrived')
  }
})

test('one transfer counts once, whoever sees it: the desk, an operator, an operator again', async () => {
  const [reference, before] = [`pay_${randomUUID()}`, await books()]
  const said = await deskSetsAside(reference)
  expect(said.outcome).toBe('accepted')
  const seen = { ...statement, reference, provider: 'paymongo' }
  expect((await operator('/v1/suspense', seen)).body).toMatchObject({
    code: 'reference_taken',
    pointer: '/reference',
  })
  expect((await deskSetsAside(reference)).outcome).toBe('refused')
  expect(await books()).toEqual(moved(before, { clearing: -amount, suspense: amount }))
  // The same words at another place are other money.
  expect((await operator('/v1/suspense', { ...seen, provider: 'momo' })).status).toBe(201)
})

test('who was to pay is not known: a wallet must be named, and whoever it is sees no more than its own', async () => {
  const [party, { id }] = [someone(), await aside({})]
  expect((await operator(`/v1/suspense/${id}/credit`)).body).toMatchObject({
    code: 'invalid_request',
    pointer: '/party',
  })
  expect((await operator(`/v1/suspense/${id}/credit`, { party: 'platform' })).status).toBe(400)
  const { id: credit } = await engine.operate(`/v1/suspense/${id}/credit`, { party })
  expect((await engine.ask(`/v1/suspense/${id}`, { party })).status).toBe(404)
  expect((await engine.ask(`/v1/suspense-credits/${credit}`, { party })).status).toBe(200)
  expect((await engine.ask('/v1/suspense', { party })).status).toBe(404)
  expect((await operator(`/v1/suspense/${id}/credit`, { party })).body).toMatchObject({
    code: 'transition_not_open',
  })
})

test('nobody looks: operators are told again every three days', async () => {
  const { id } = await aside({})
  await engine.advance(7 * day_s)
  const calls = (await engine.events(id)).filter(({ transition }) => transition === 'remind')
  expect(calls.map(({ tells }) => tells)).toEqual([['operator'], ['operator']])
})

test('the largest amount there is goes out and comes back as often as it likes', async () => {
  const largest = Number.MAX_SAFE_INTEGER
  const { id } = await aside({ amount: largest, currency: 'USDC' })
  for (const note of ['once', 'twice']) {
    for (const key of [engine.admin, second]) await operator(`/v1/suspense/${id}/refund`, {}, key)
    await say(id, 'refund_failed', { note })
    expect(await read(id)).toMatchObject({ state: 'open', note, released: 0 })
  }
  expect(
    (await operator('/v1/suspense', { ...statement, reference: 'one', currency: 'USDC', amount: 1 })).body,
  ).toMatchObject({
    code: 'amount_out_of_range',
  })
})

test('pages: oldest first, each once, by state', async () => {
  const made = [await aside({}), await aside({}), await aside({})].map(({ id }) => id)
  const seen: string[] = []
  for (let page: Json = { has_more: true }; page['has_more'];) {
    const after = seen.length === 0 ? '' : `&starting_after=${seen.at(-1)}`
    page = await engine.must(200, `/v1/suspense?limit=2${after}`, { key: engine.admin })
    seen.push(...page['data'].map(({ id }: Json) => id))
  }
  expect(seen.slice(-3)).toEqual(made)
  expect(seen).toEqual([...new Set(seen)].toSorted())
  const { data } = await engine.must(200, '/v1/suspense?state=credited&limit=100', { key: engine.admin })
  expect(new Set(data.map(({ state }: Json) => state))).toEqual(new Set(['credited']))
})

const statement = { amount, currency, because: 'other' }

function aside(over: Json): Promise<Json> {
  return engine.operate('/v1/suspense', { ...statement, reference: `seen-${randomUUID()}`, ...over })
}

function operator(path: string, body: Json = {}, key = engine.admin): Promise<Answer> {
  return engine.ask(path, { key, body: { reason: 'a test', ...body } })
}

function read(id: string): Promise<Json> {
  return engine.must(200, `/v1/suspense/${id}`)
}

/** As the desk says what a provider told. */
async function ask(id: string, transition: string, input: Json = {}) {
  const { now } = await engine.must(200, '/v1/test-clock')
  return engine.running.engine.ask(
    asDesk('suspense', transition, Date.parse(now), { agreement: readId('sus', id), input }),
  )
}

async function say(id: string, transition: string, input: Json = {}): Promise<void> {
  expect(await ask(id, transition, input)).toMatchObject({ outcome: 'accepted' })
}

async function deskSetsAside(reference: string) {
  const { now } = await engine.must(200, '/v1/test-clock')
  const creation = { parties: {}, currency, amounts: { amount: BigInt(amount) }, terms: {}, reference }
  const input = { because: 'not_awaited', provider: 'paymongo' }
  return engine.running.engine.ask(asDesk('suspense', 'set_aside', Date.parse(now), { creation, input }))
}

interface Standing {
  readonly clearing: number
  readonly suspense: number
  readonly transit: number
}

async function books(): Promise<Standing> {
  const { data } = await engine.must(200, '/v1/platform/accounts')
  const of = (purpose: string): number =>
    data.find((row: Json) => row['purpose'] === purpose && row['currency'] === currency)?.balance ?? 0
  return { clearing: of('clearing'), suspense: of('suspense'), transit: of('transit') }
}

function moved(before: Standing, by: Partial<Standing>): Standing {
  const { clearing = 0, suspense = 0, transit = 0 } = by
  return {
    clearing: before.clearing + clearing,
    suspense: before.suspense + suspense,
    transit: before.transit + transit,
  }
}

async function toldTo(party: string, agreement: string): Promise<string[]> {
  const { data } = await engine.must(200, '/v1/notifications?limit=100', { party })
  return data.filter((row: Json) => row['agreement'] === agreement).map((row: Json) => row['says'])
}

function someone(): string {
  return `someone-${randomUUID().slice(0, 8)}`
}
