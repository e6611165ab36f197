// Freelance milestones against bad input and against each other: what is refused changes nothing, and of two at once one wins.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  contentsOf,
  startBeside,
  startEngine,
  type Answer,
  type Asking,
  type Engine,
  type Json,
  caughtUp,
} from '../fixtures/engine.ts'

let engine: Engine
/** Another engine on the same database, with timers and jobs of its own. */
let other: Engine
let second_admin: string
let cases = 0

const total = 100_000
const day_s = 86_400
const rounds = 12

beforeAll(async () => {
  engine = await startEngine()
  other = await startBeside(engine)
  second_admin = await engine.newKey({ kind: 'operator', name: 'second', role: 'admin' })
})
afterAll(async () => {
  await other.stop()
  await engine.stop()
})
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
  expect([...engine.log, ...other.log].filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

type Who = 'client' | 'developer' | 'broker' | 'stranger' | 'service' | 'operator' | 'second'

interface Deal {
  readonly people: Readonly<Record<'client' | 'developer' | 'broker' | 'stranger', string>>
  readonly project: string
  readonly id: string
}

type Until = 'pending' | 'funded' | 'completed' | 'changes_requested' | 'disputed' | 'retained'

const bodies: Readonly<Record<string, Json>> = {
  'request-changes': { change_reason: 'x' },
  'release-part': { part: 1 },
  dispute: { dispute_reason: 'other', dispute_text: 'x' },
  split: { to_client: 0, to_developer: total },
  settle: { to_client: 0, to_developer: total },
}

/** Path, and who takes it in the ordinary course. */
const ways: Readonly<Record<Until, readonly (readonly [act: string, who: Who])[]>> = {
  pending: [],
  funded: [['fund', 'client']],
  completed: [
    ['fund', 'client'],
    ['complete', 'developer'],
  ],
  changes_requested: [
    ['fund', 'client'],
    ['complete', 'developer'],
    ['request-changes', 'client'],
  ],
  disputed: [
    ['fund', 'client'],
    ['complete', 'developer'],
    ['dispute', 'client'],
  ],
  retained: [
    ['fund', 'client'],
    ['complete', 'developer'],
    ['approve', 'client'],
  ],
}

async function agreed(until: Until, amount = total, currency = 'VND'): Promise<Deal> {
  cases += 1
  const names = (['client', 'developer', 'broker', 'stranger'] as const).map((who) => [
    who,
    `${who}-${cases}`,
  ])
  const people: Deal['people'] = Object.fromEntries(names)
  const { client, developer, broker } = people
  await engine.topUp(client, amount, currency)
  const terms = until === 'retained' ? { terms: { retention: '10%' } } : {}
  const { id: project } = await engine.must(201, '/projects', {
    body: { client, developer, broker, currency, ...terms },
  })
  const body = { amount, title: 'x' }
  const { id } = await engine.must(201, `/projects/${project}/milestones`, { party: client, body })
  const deal = { people, project, id }
  for (const [act, who] of ways[until]) {
    const { status, text } = await take(engine, deal, who, act)
    expect([act, status, status === 200 ? '' : text]).toEqual([act, 200, ''])
  }
  return deal
}

function asking({ people }: Deal, who: Who, body: Json): Asking {
  if (who === 'service') return { body }
  if (who === 'operator' || who === 'second')
    return { key: who === 'second' ? second_admin : engine.admin, body: { reason: 'x', ...body } }
  return { party: people[who], body }
}

function take(
  at: Engine,
  deal: Deal,
  who: Who,
  act: string,
  body: Json = bodies[act] ?? {},
): Promise<Answer> {
  const path = act === 'fund' ? `/escrow/fund/${deal.id}` : `/milestone/${deal.id}/${act}`
  return at.ask(path, asking(deal, who, body))
}

function resolve(at: Engine, id: string, body: Json, key = engine.admin): Promise<Answer> {
  return at.ask(`/admin/disputes/${id}/resolve`, { key, body: { notes: 'x', ...body } })
}

/** What client, developer and broker have, and what is held. */
async function wallets({ people }: Deal, currency = 'VND'): Promise<number[]> {
  const { client, developer, broker } = people
  const all = await Promise.all([client, developer, broker].map((party) => engine.wallet(party, currency)))
  return [...all.map(({ available }) => available), all[0]?.['frozen']]
}

async function happened({ id }: Deal): Promise<string[]> {
  const events = await engine.events(id)
  return events.filter(({ kind }) => kind === 'transition').map(({ transition }) => transition)
}

/** Asked for, it comes to this, and nothing whatever has changed. */
async function refused(asked: () => Promise<Answer>, status: number, code: string): Promise<Json> {
  const before = await contentsOf(engine.running.db)
  const answer = await asked()
  expect([answer.status, answer.body['code']]).toEqual([status, code])
  expect(await contentsOf(engine.running.db)).toBe(before)
  return answer.body
}

describe('bad input', () => {
  const project_rows: readonly [what: string, body: Json, status: number, code: string][] = [
    ['no developer', { developer: undefined }, 400, 'invalid_request'],
    ['no currency', { currency: undefined }, 400, 'invalid_request'],
    ['an unknown currency', { currency: 'XXX' }, 400, 'invalid_request'],
    ['one person as two', { developer: 'ana' }, 400, 'invalid_request'],
    ['the platform as broker', { broker: 'platform' }, 400, 'invalid_request'],
    ['a name with a space', { broker: 'x y' }, 400, 'invalid_request'],
    ['an amount', { amount: 5 }, 400, 'invalid_request'],
    ['a share that is not for one project', { terms: { platform_share: '1%' } }, 400, 'invalid_request'],
    ['a retention above its limit', { terms: { retention: '30.01%' } }, 409, 'limit_exceeded'],
    ['a retention with 3 digits', { terms: { retention: '10.001%' } }, 400, 'invalid_request'],
    ['a retention below zero', { terms: { retention: '-1%' } }, 400, 'invalid_request'],
    ['a retention that is a span', { terms: { retention: '3 days' } }, 400, 'invalid_request'],
    ['a title of nothing', { title: '' }, 400, 'invalid_request'],
  ]
  test.each(project_rows)('a project with %s', async (_, body, status, code) => {
    const whole = { client: 'ana', developer: 'ben', currency: 'VND', ...body }
    expect(await refused(() => engine.ask('/projects', { body: whole }), status, code)).toMatchObject({
      status,
    })
  })

  test('a project in the name of another', async () => {
    const body = { client: 'ana', developer: 'ben', currency: 'VND' }
    for (const as of [{ party: 'eve' }, { party: 'ben' }, { key: engine.admin }]) {
      const make = () => engine.ask('/projects', { ...as, body: { ...body, reason: 'x' } })
      expect(await refused(make, 403, 'not_your_transition')).toMatchObject({ by: ['client', 'service'] })
    }
  })

  const amounts = new Set<unknown>(['nothing', 'less than nothing', 'more than JSON keeps exact'])
  const milestone_rows: readonly [what: string, body: Json][] = [
    ['no amount', { amount: undefined }],
    ['nothing', { amount: 0 }],
    ['less than nothing', { amount: -1 }],
    ['a fraction', { amount: 1.5 }],
    ['text', { amount: '100' }],
    ['more than JSON keeps exact', { amount: 9_007_199_254_740_992 }],
    ['a currency of its own', { currency: 'USD' }],
    ['a developer of its own', { developer: 'eve' }],
    ['terms of its own', { terms: { platform_share: '0%' } }],
    ['a date that is none', { due_date: 'tomorrow' }],
    ['a date without a zone', { due_date: '2099-01-01T00:00:00' }],
    ['a date that has been', { due_date: '2020-01-01T00:00:00Z' }],
    ['a date in a far century', { due_date: '2999-01-01T00:00:00Z' }],
    ['a leap second', { due_date: '2027-12-31T23:59:60Z' }],
    ['another project in the body', { project: 'prj_x' }],
  ]
  test('a milestone of what is no amount, no date, or not its own to say', async () => {
    const { project, people } = await agreed('pending')
    for (const [what, body] of milestone_rows) {
      const add = () =>
        engine.ask(`/projects/${project}/milestones`, {
          party: people.client,
          body: { amount: 5, ...body },
        })
      const told = await refused(add, 400, amounts.has(what) ? 'amount_out_of_range' : 'invalid_request')
      expect([what, told]).toEqual([what, expect.objectContaining({ pointer: expect.any(String) })])
    }
  })

  test("a milestone of another's project, of none, or by who may not", async () => {
    const { project, people, id } = await agreed('pending')
    const add = (named: string, as: Asking) => () =>
      engine.ask(`/projects/${named}/milestones`, { body: { amount: 5 }, ...as })
    expect(await refused(add(project, { party: people.stranger }), 404, 'not_found')).toMatchObject({
      what: 'project',
    })
    await refused(add(project, { party: people.developer }), 403, 'not_your_transition')
    await refused(add(project, { party: people.broker }), 403, 'not_your_transition')
    await refused(
      add(project, { key: engine.admin, body: { amount: 5, reason: 'x' } }),
      403,
      'not_your_transition',
    )
    for (const none of [id, 'prj_01h2xcejqtf2nbrexx3vqjhp41', 'x', '%00', project.slice(0, -1)])
      await refused(add(none, { party: people.client }), 404, 'not_found')
    await refused(
      () =>
        engine.ask('/v1/agreements', {
          party: people.stranger,
          body: { flow: 'freelance-milestone', project, amount: 5 },
        }),
      404,
      'not_found',
    )
  })

  test('a milestone under a closed project; those that are there run on', async () => {
    const deal = await agreed('funded')
    await engine.must(200, `/projects/${deal.project}/close`, { party: deal.people.client, body: {} })
    const add = () =>
      engine.ask(`/projects/${deal.project}/milestones`, { party: deal.people.client, body: { amount: 5 } })
    expect(await refused(add, 409, 'transition_not_open')).toMatchObject({ state: 'closed' })
    await take(engine, deal, 'developer', 'complete')
    expect((await take(engine, deal, 'client', 'approve')).body).toMatchObject({ status: 'PAID' })
    expect(await wallets(deal)).toEqual([0, 85_000, 10_000, 0])
  })

  test('one business reference for two milestones', async () => {
    const { project, people } = await agreed('pending')
    const add = () =>
      engine.ask(`/projects/${project}/milestones`, {
        party: people.client,
        body: { amount: 5, reference: `ref-${cases}` },
      })
    expect((await add()).status).toBe(201)
    await refused(add, 409, 'reference_taken')
  })

  /** Who may take it in this state; everybody else is refused as not theirs, a stranger as if it were not there. */
  const rights: readonly [state: Until, act: string, may: readonly Who[]][] = [
    ['pending', 'fund', ['client']],
    ['funded', 'complete', ['developer']],
    ['funded', 'release-part', ['client']],
    ['funded', 'cancel-alone', ['client']],
    ['funded', 'cancel-by-operator', ['operator']],
    ['funded', 'dispute', ['client', 'developer']],
    ['completed', 'approve', ['client']],
    ['completed', 'request-changes', ['client']],
    ['completed', 'cancel-together', ['client', 'developer']],
    ['retained', 'release-retained', ['client', 'operator']],
    ['disputed', 'withdraw-dispute', ['client']],
    ['disputed', 'release', ['operator']],
    ['disputed', 'refund', ['operator']],
    ['disputed', 'split', ['operator']],
    ['disputed', 'settle', ['client', 'developer']],
  ]
  const everybody = ['client', 'developer', 'broker', 'stranger', 'service', 'operator'] as const
  test.each(rights)('the wrong role: %s, %s', async (state, act, may) => {
    const deal = await agreed(state)
    for (const who of everybody) {
      if (may.includes(who)) continue
      const [status, code] =
        who === 'stranger' ? ([404, 'not_found'] as const) : ([403, 'not_your_transition'] as const)
      await refused(() => take(engine, deal, who, act), status, code)
    }
    for (const who of may) expect((await take(engine, await agreed(state), who, act)).status).toBe(200)
  })

  test('cancelled by who may not: the developer or the broker alone, a service, a stranger', async () => {
    const funded = await agreed('funded')
    const alone = await refused(() => take(engine, funded, 'developer', 'cancel'), 409, 'transition_not_open')
    expect(alone).toMatchObject({ state: 'funded', allowed: ['complete', 'dispute'] })
    await refused(() => take(engine, funded, 'broker', 'cancel'), 403, 'not_your_transition')
    await refused(() => take(engine, funded, 'service', 'cancel'), 403, 'not_your_transition')
    await refused(() => take(engine, funded, 'stranger', 'cancel'), 404, 'not_found')
    await refused(
      () => take(engine, funded, 'operator', 'cancel', { reason: undefined }),
      400,
      'invalid_request',
    )
    await refused(() => engine.ask(`/milestone/${funded.project}/cancel`, { body: {} }), 404, 'not_found')
    const disputed = await agreed('disputed')
    for (const who of ['client', 'developer', 'operator'] as const)
      await refused(() => take(engine, disputed, who, 'cancel'), 409, 'transition_not_open')
  })

  const part_rows: readonly [part: unknown, status: number, code: string][] = [
    [0, 400, 'amount_out_of_range'],
    [-5, 400, 'amount_out_of_range'],
    [0.5, 400, 'invalid_request'],
    ['5', 400, 'invalid_request'],
    [undefined, 400, 'invalid_request'],
    [total - 9, 409, 'insufficient_funds'],
    [total + 1, 409, 'insufficient_funds'],
  ]
  test('a part of nothing, or above what is held', async () => {
    const deal = await agreed('funded')
    await take(engine, deal, 'client', 'release-part', { part: 10 })
    for (const [part, status, code] of part_rows)
      await refused(() => take(engine, deal, 'client', 'release-part', { part }), status, code)
    expect((await wallets(deal)).at(-1)).toBe(total - 10)
  })

  const wakerows: readonly [what: string, body: Json, status: number, code: string][] = [
    ['no result', {}, 400, 'invalid_request'],
    ['an unknown result', { result: 'WIN' }, 400, 'invalid_request'],
    ['no notes', { result: 'WIN_CLIENT', notes: undefined }, 400, 'invalid_request'],
    [
      'a percentage for one side alone',
      { result: 'WIN_CLIENT', client_percentage: 10 },
      400,
      'invalid_request',
    ],
    ['a split of nothing said', { result: 'SPLIT' }, 400, 'invalid_request'],
    ['a negative percentage', { result: 'SPLIT', client_percentage: -0.01 }, 400, 'invalid_request'],
    ['a percentage above 100', { result: 'SPLIT', client_percentage: 100.01 }, 400, 'invalid_request'],
    ['a percentage with 3 digits', { result: 'SPLIT', client_percentage: 33.333 }, 400, 'invalid_request'],
    ['a percentage with an exponent', { result: 'SPLIT', client_percentage: 1e-7 }, 400, 'invalid_request'],
    ['a percentage as text', { result: 'SPLIT', client_percentage: '50' }, 400, 'invalid_request'],
    [
      'an amount of its own',
      { result: 'SPLIT', client_percentage: 50, to_client: 1 },
      400,
      'invalid_request',
    ],
  ]
  test('a decision of %s', async () => {
    const deal = await agreed('disputed')
    const { data } = await engine.must(200, `/v1/disputes?agreement=${deal.id}`)
    for (const id of [deal.id, data[0].id]) {
      for (const [what, body, status, code] of wakerows) {
        const { reason } = await refused(() => resolve(engine, id, body), status, code)
        expect([what, reason]).toEqual([what, expect.anything()])
      }
    }
  })

  test('a decision by who may not, of what is no dispute, or not one of a milestone', async () => {
    const deal = await agreed('disputed')
    const { data } = await engine.must(200, `/v1/disputes?agreement=${deal.id}`)
    const body = { result: 'WIN_CLIENT', notes: 'x' }
    const path = (id: string) => `/admin/disputes/${id}/resolve`
    for (const id of [deal.id, data[0].id]) {
      await refused(
        () => engine.ask(path(id), { party: deal.people.client, body }),
        403,
        'not_your_transition',
      )
      await refused(
        () => engine.ask(path(id), { party: deal.people.developer, body }),
        403,
        'not_your_transition',
      )
      await refused(() => engine.ask(path(id), { party: deal.people.stranger, body }), 404, 'not_found')
      await refused(() => engine.ask(path(id), { body }), 403, 'not_your_transition')
    }
    const quiet = await agreed('completed')
    for (const result of ['WIN_CLIENT', 'WIN_FREELANCER'])
      expect(
        await refused(() => resolve(engine, quiet.id, { result }), 409, 'transition_not_open'),
      ).toMatchObject({
        state: 'completed',
      })
    await refused(
      () => resolve(engine, quiet.id, { result: 'SPLIT', client_percentage: 50 }),
      409,
      'transition_not_open',
    )
    const order = await engine.order(
      { buyer: `b-${cases}`, seller: `s-${cases}`, amount: 5 },
      'pay',
      'ship',
      'dispute',
    )
    const orders = (await engine.must(200, `/v1/disputes?agreement=${order}`))['data']
    for (const id of [order, orders[0].id, 'dsp_x', 'x'])
      await refused(() => resolve(engine, id, body), 404, 'not_found')
  })

  test('a decision of a dispute that is over decides nothing about the next one', async () => {
    const deal = await agreed('disputed')
    const { data } = await engine.must(200, `/v1/disputes?agreement=${deal.id}`)
    await take(engine, deal, 'client', 'withdraw-dispute')
    await take(engine, deal, 'developer', 'dispute')
    await refused(() => resolve(engine, data[0].id, { result: 'WIN_CLIENT' }), 409, 'transition_not_open')
    expect((await wallets(deal)).at(-1)).toBe(total)
  })

  test('distributions of the API of all disputes: they sum, name both sides, and pay by the shares', async () => {
    const deal = await agreed('disputed')
    const { data } = await engine.must(200, `/v1/disputes?agreement=${deal.id}`)
    const decide = (distribution: Json) => () =>
      engine.ask(`/v1/disputes/${data[0].id}/resolve`, {
        key: engine.admin,
        body: { decision: 'split', distribution, notes: 'x' },
      })
    await refused(decide({ client: 1, developer: total }), 409, 'distribution_mismatch')
    await refused(decide({ client: 0, developer: total - 1 }), 409, 'distribution_mismatch')
    await refused(decide({ client: total }), 400, 'invalid_request')
    await refused(decide({ client: 0, developer: 0, broker: total }), 400, 'invalid_request')
    expect((await decide({ client: 40_001, developer: 59_999 })()).status).toBe(200)
    expect(await wallets(deal)).toEqual([40_001, 50_999, 6_000, 0])
  })

  test('a fee schedule whose shares leave nothing for the developer', async () => {
    const publish = (terms: Json) => () =>
      engine.ask('/v1/fee-schedules', {
        key: engine.admin,
        body: { flow: 'freelance-project', terms, reason: 'x' },
      })
    const sum = await refused(publish({ platform_share: '90.01%' }), 409, 'limit_exceeded')
    expect(sum).toMatchObject({ reason: 'percentages sum above 100%' })
    await refused(publish({ platform_share: '60%', broker_share: '40.01%' }), 409, 'limit_exceeded')
    await refused(publish({ platform_share: '5.001%' }), 400, 'invalid_request')
    await refused(publish({ platform_share: '-5%' }), 400, 'invalid_request')
  })
})

describe('above a set amount', () => {
  const much = 100_000_001

  test('deciding a dispute takes a second operator, who says the same', async () => {
    const deal = await agreed('disputed', much)
    const split = { result: 'SPLIT', client_percentage: 12.5 }
    expect((await resolve(engine, deal.id, split)).body).toMatchObject({
      state: 'disputed',
      waiting_for: ['operator'],
    })
    await refused(() => resolve(engine, deal.id, split), 409, 'transition_not_open')
    const changed = await resolve(engine, deal.id, { ...split, client_percentage: 12.51 }, second_admin)
    expect(changed.body).toMatchObject({ state: 'disputed', waiting_for: ['operator'] })
    expect(await wallets(deal)).toEqual([0, 0, 0, much])
    expect((await resolve(engine, deal.id, { ...split, client_percentage: 12.51 })).body).toMatchObject({
      state: 'paid',
      money: 'split',
    })
    expect(await wallets(deal)).toEqual([12_510_000, 74_366_501, 8_749_000, 0])
  })

  test('an operator alone cancels nothing', async () => {
    const deal = await agreed('completed', much)
    expect((await take(engine, deal, 'operator', 'cancel')).body).toMatchObject({
      state: 'completed',
      waiting_for: ['operator'],
    })
    await refused(() => take(engine, deal, 'operator', 'cancel'), 409, 'transition_not_open')
    expect(await wallets(deal)).toEqual([0, 0, 0, much])
    expect((await take(engine, deal, 'second', 'cancel')).body).toMatchObject({ status: 'REFUNDED' })
    expect(await wallets(deal)).toEqual([much, 0, 0, 0])
  })
})

describe('asked again', () => {
  test.each([
    ['approved', 'completed', 'client', 'approve', [0, 85_000, 10_000, 0]],
    ['cancelled', 'funded', 'client', 'cancel', [total, 0, 0, 0]],
    ['a part released', 'funded', 'client', 'release-part', [0, 1, 0, total - 1]],
  ] as const)('%s twice with one key: once', async (_, state, who, act, has) => {
    const deal = await agreed(state)
    const path = `/milestone/${deal.id}/${act}`
    const repeat = { ...asking(deal, who, bodies[act] ?? {}), idempotency: `twice-${act}` }
    const [one, two] = [await engine.ask(path, repeat), await other.ask(path, repeat)]
    expect([one.status, two.status, two.text === one.text]).toEqual([200, 200, true])
    expect(await wallets(deal)).toEqual(has)
  })

  test('decided twice with one key: once, also by the id of the dispute', async () => {
    const deal = await agreed('disputed')
    const { data } = await engine.must(200, `/v1/disputes?agreement=${deal.id}`)
    const path = `/admin/disputes/${data[0].id}/resolve`
    const body = { result: 'SPLIT', client_percentage: 25, notes: 'x' }
    const repeat = { key: engine.admin, body, idempotency: 'decided-twice' }
    const [one, two] = [await engine.ask(path, repeat), await other.ask(path, repeat)]
    expect([one.status, two.status, two.text === one.text]).toEqual([200, 200, true])
    expect(await wallets(deal)).toEqual([25_000, 63_750, 7_500, 0])
  })

  test('released twice: what is paid is not approved, decided, cancelled or released again', async () => {
    const deal = await agreed('completed')
    await take(engine, deal, 'client', 'approve')
    for (const [who, act] of [
      ['client', 'approve'],
      ['client', 'release-part'],
      ['client', 'cancel'],
      ['operator', 'cancel'],
      ['client', 'dispute'],
      ['developer', 'complete'],
      ['operator', 'release'],
    ] as const)
      await refused(() => take(engine, deal, who, act), 409, 'transition_not_open')
    await refused(() => resolve(engine, deal.id, { result: 'WIN_FREELANCER' }), 409, 'transition_not_open')
    expect(await wallets(deal)).toEqual([0, 85_000, 10_000, 0])
  })

  test('a refund credits twice: what went back does not go back again', async () => {
    const deal = await agreed('disputed')
    expect((await resolve(engine, deal.id, { result: 'WIN_CLIENT' })).status).toBe(200)
    await refused(() => resolve(engine, deal.id, { result: 'WIN_CLIENT' }), 409, 'transition_not_open')
    await refused(() => take(engine, deal, 'client', 'cancel'), 409, 'transition_not_open')
    expect(await wallets(deal)).toEqual([total, 0, 0, 0])
  })

  test('deciding a dispute writes its rows: refund, shares and fee', async () => {
    const deal = await agreed('disputed')
    await resolve(engine, deal.id, { result: 'SPLIT', client_percentage: 50 })
    const { data } = await engine.must(200, `/milestone/${deal.id}/transactions`)
    expect((data as Json[]).map(({ type, amount }) => [type, amount])).toEqual([
      ['ESCROW_HOLD', -100_000],
      ['ESCROW_RELEASE', 42_500],
      ['REFUND', 50_000],
      ['ESCROW_RELEASE', 5_000],
      ['FEE_DEDUCTION', 2_500],
    ])
  })
})

/** A move of a duel: who asks for what, at which engine. */
type Move = (at: Engine, deal: Deal) => Promise<Answer>
const move =
  (who: Who, act: string, body?: Json): Move =>
  (at, deal) =>
    take(at, deal, who, act, body)
const decision =
  (body: Json, key?: () => string): Move =>
  (at, { id }) =>
    resolve(at, id, body, key?.())

/** Each of the outcomes, by the transition that won: what client, developer and broker have then, and what is held. */
type Outcomes = Readonly<Record<string, readonly number[]>>
const paid = [0, 85_000, 10_000, 0]
const back = [total, 0, 0, 0]
const waits = [0, 0, 0, total]

describe.each(['one engine', 'two engines'] as const)('at once, on %s', (where) => {
  const at = (i: number) => (where === 'two engines' && i % 2 === 1 ? other : engine)

  const duels: readonly [what: string, until: Until, one: Move, two: Move, Outcomes][] = [
    ['fund against fund', 'pending', move('client', 'fund'), move('client', 'fund'), { fund: waits }],
    [
      'approve against approve',
      'completed',
      move('client', 'approve'),
      move('client', 'approve'),
      { approve: paid },
    ],
    [
      'approve against dispute',
      'completed',
      move('client', 'approve'),
      move('developer', 'dispute'),
      { approve: paid, dispute: waits },
    ],
    [
      'cancel against complete',
      'funded',
      move('client', 'cancel-alone'),
      move('developer', 'complete'),
      { cancel_alone: back, complete: waits },
    ],
    [
      'cancel of the client against cancel of an operator',
      'funded',
      move('client', 'cancel'),
      move('operator', 'cancel'),
      { cancel_alone: back, cancel_by_operator: back },
    ],
    [
      'two decisions of a dispute: WIN_FREELANCER against WIN_CLIENT',
      'disputed',
      decision({ result: 'WIN_FREELANCER' }),
      decision({ result: 'WIN_CLIENT' }, () => second_admin),
      { release: paid, refund: back },
    ],
    [
      'two decisions of a dispute: SPLIT against SPLIT',
      'disputed',
      decision({ result: 'SPLIT', client_percentage: 50 }),
      decision({ result: 'SPLIT', client_percentage: 50 }, () => second_admin),
      { split: [50_000, 42_500, 5_000, 0] },
    ],
    [
      'a decision against the withdrawal of the dispute',
      'disputed',
      decision({ result: 'WIN_CLIENT' }),
      move('client', 'withdraw-dispute'),
      { refund: back, withdraw_dispute: waits },
    ],
    [
      'two parts that are more than the rest',
      'funded',
      move('client', 'release-part', { part: 60_000 }),
      move('client', 'release-part', { part: 60_000 }),
      { release_part: [0, 51_000, 6_000, 40_000] },
    ],
    [
      'a part that leaves nothing against cancel',
      'funded',
      move('client', 'release-part', { part: total }),
      move('client', 'cancel'),
      { release_part: paid, cancel_alone: back },
    ],
    [
      'what is retained: released early against dispute',
      'retained',
      move('client', 'release-retained'),
      move('developer', 'dispute'),
      { release_retained: paid, dispute: [0, 76_500, 9_000, 10_000] },
    ],
  ]
  test.each(duels)('%s: one wins, in either order', async (_, until, one, two, outcomes) => {
    const deals = await Promise.all(Array.from({ length: rounds }, () => agreed(until)))
    const before = ways[until].length + 1
    await Promise.all(
      deals.map(async (deal, i) => {
        const moves = i % 2 === 0 ? [one, two] : [two, one]
        const answers = await Promise.all(moves.map((taken, n) => taken(at(i + n), deal)))
        const losers = answers.filter(({ status }) => status !== 200)
        expect(losers).toHaveLength(1)
        expect(losers[0]?.status).toBe(409)
        expect(['transition_not_open', 'insufficient_funds']).toContain(losers[0]?.body['code'])
      }),
    )
    for (const deal of deals) {
      const [winner = '', ...more] = (await happened(deal)).slice(before)
      expect([more, Object.keys(outcomes)]).toEqual([[], expect.arrayContaining([winner])])
      expect([winner, ...(await wallets(deal))]).toEqual([winner, ...(outcomes[winner] ?? [])])
    }
  })

  test('cancel against complete, on the path of the document: who comes too late is refused, or waits for the other', async () => {
    const deals = await Promise.all(Array.from({ length: rounds }, () => agreed('funded')))
    await Promise.all(
      deals.map(async (deal, i) => {
        const complete = () => take(at(i), deal, 'developer', 'complete')
        const cancel = () => take(at(i + 1), deal, 'client', 'cancel')
        const [done, gone] =
          i % 2 === 0
            ? await Promise.all([complete(), cancel()])
            : (await Promise.all([cancel(), complete()])).toReversed()
        const cancelled = gone?.status === 200 && gone.body['waiting_for'].length === 0
        expect(done?.status).toBe(cancelled ? 409 : 200)
        expect(await wallets(deal)).toEqual(cancelled ? back : waits)
        if (!cancelled && gone?.status === 200)
          expect(gone.body).toMatchObject({ state: 'completed', waiting_for: ['developer'] })
      }),
    )
  })

  test('cancel of both at the same instant: refunded once', async () => {
    const deals = await Promise.all(Array.from({ length: rounds }, () => agreed('completed')))
    await Promise.all(
      deals.map(async (deal, i) => {
        const answers = await Promise.all(
          (['client', 'developer'] as const).map((who, n) => take(at(i + n), deal, who, 'cancel')),
        )
        expect(answers.map(({ status }) => status)).toEqual([200, 200])
      }),
    )
    for (const deal of deals) expect(await wallets(deal)).toEqual(back)
  })

  test('closing a project against adding a milestone: either, and never one under a closed project that came later', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { project, people } = await agreed('pending')
      const close = () => at(0).ask(`/projects/${project}/close`, { party: people.client, body: {} })
      const add = () =>
        at(1).ask(`/projects/${project}/milestones`, { party: people.client, body: { amount: 7 } })
      const [closed, added] =
        round % 2 === 0
          ? await Promise.all([close(), add()])
          : (await Promise.all([add(), close()])).toReversed()
      expect(closed?.status).toBe(200)
      expect([201, 409]).toContain(added?.status)
      const { data } = await engine.must(200, `/projects/${project}/milestones`)
      expect(data).toHaveLength(added?.status === 201 ? 2 : 1)
      const above = (await engine.events(project)).map(({ transition }) => transition)
      expect(above).toEqual([
        'create',
        'add_milestone',
        ...(added?.status === 201 ? ['add_milestone'] : []),
        'close',
      ])
    }
  })

  test('one balance funds one milestone', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const deal = await agreed('pending')
      const { id } = await engine.must(201, `/projects/${deal.project}/milestones`, {
        party: deal.people.client,
        body: { amount: total },
      })
      const answers = await Promise.all(
        [deal.id, id].map((one, i) =>
          at(i).ask(`/escrow/fund/${one}`, { party: deal.people.client, body: {} }),
        ),
      )
      expect(answers.map(({ status, body }) => `${status} ${body['code']}`).toSorted()).toEqual([
        '200 undefined',
        '409 insufficient_funds',
      ])
      expect(await wallets(deal)).toEqual(waits)
    }
  })

  test.each([
    ['approve', 'client'],
    ['dispute', 'client'],
    ['request-changes', 'client'],
  ] as const)('%s against the approval by the clock, at the same instant: one of them', async (act, who) => {
    const deals = await Promise.all(Array.from({ length: 2 * rounds }, () => agreed('completed')))
    // All reminders have been, and the approvals are due within the next jump.
    await engine.advance(7 * day_s - 3_600)
    await caughtUp(engine, other)
    const jump = () =>
      [engine, other].map((each) => each.must(200, '/v1/test-clock/advance', { body: { seconds: 3_700 } }))
    const early = deals.slice(0, rounds).map((deal, i) => take(at(i), deal, who, act))
    const jumps = jump()
    const late = deals.slice(rounds).map((deal, i) => take(at(i), deal, who, act))
    const answers = await Promise.all([...early, ...late])
    await Promise.all(jumps)
    for (const [i, deal] of deals.entries()) {
      const won = answers[i]?.status === 200
      const [, , , ...then] = await happened(deal)
      expect(then).toEqual([won ? act.replace('-', '_') : 'approve_unanswered'])
      expect(await wallets(deal)).toEqual(won && act !== 'approve' ? waits : paid)
      if (!won) expect([answers[i]?.status, answers[i]?.body['state']]).toEqual([409, 'paid'])
    }
  })
})
