// Two at once: one winner, the other is told the state, and the books stay whole. Through HTTP, on one engine and on two.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  startBeside,
  startEngine,
  type Answer,
  type Asking,
  type Engine,
  type Json,
  type Step,
  caughtUp,
} from '../fixtures/engine.ts'

let engine: Engine
/** Another engine on the same database, with timers and jobs of its own. */
let other: Engine
let people = 0

beforeAll(async () => {
  engine = await startEngine()
  other = await startBeside(engine)
})
afterAll(async () => {
  await other.stop()
  await engine.stop()
})
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
  expect([...engine.log, ...other.log].filter((line) => JSON.parse(line).level >= 50)).toEqual([])
})

function couple(): { buyer: string; seller: string; amount: number } {
  people += 1
  return { buyer: `buyer-${people}`, seller: `seller-${people}`, amount: 500 }
}

const bodies: Partial<Record<Step, Json>> = {
  reject: { reject_reason: 'x' },
  dispute: { dispute_reason: 'other', dispute_text: 'x' },
}
type Move = readonly [role: 'buyer' | 'seller' | 'operator', step: Step]

function move(
  at: Engine,
  id: string,
  who: { buyer: string; seller: string },
  [role, step]: Move,
  over: Asking = {},
): Promise<Answer> {
  const by = role === 'operator' ? { key: engine.admin } : { party: who[role] }
  return at.ask(`/orders/${id}/${step}`, {
    ...by,
    body: { ...bodies[step], ...(role === 'operator' ? { reason: 'x' } : {}) },
    ...over,
  })
}

/** What happened to each agreement after its first `since` events, as transitions. */
async function outcomes(ids: readonly string[], since: number): Promise<string[][]> {
  const by_agreement = Map.groupBy(await engine.events(), ({ agreement }) => agreement)
  return ids.map((id) =>
    (by_agreement.get(id) ?? [])
      .slice(since)
      .map(({ kind, transition }) => (kind === 'transition' ? transition : `${kind} ${transition}`)),
  )
}

/** One 200, and the losers told why: the state they came too late for. */
function oneWinner(answers: readonly Answer[], code = 'transition_not_open'): void {
  const losers = answers.filter(({ status }) => status !== 200)
  expect(losers.map(({ status, body }) => [status, body['code']])).toEqual(
    Array.from({ length: answers.length - 1 }, () => [409, code]),
  )
  if (code === 'transition_not_open')
    for (const { body } of losers)
      expect(body).toMatchObject({ state: expect.any(String), allowed: expect.any(Array) })
}

describe.each(['one engine', 'two engines'] as const)('on %s', (where) => {
  /** Takes turns on two engines. */
  const at = (i: number) => (where === 'two engines' && i % 2 === 1 ? other : engine)

  test('100 confirmations at once pay once', async () => {
    const who = couple()
    const id = await engine.order(who, 'pay', 'ship')
    oneWinner(
      await Promise.all(
        Array.from({ length: 100 }, (_, i) => move(at(i), id, who, ['buyer', 'confirm-delivery'])),
      ),
    )
    expect(await outcomes([id], 3)).toEqual([['confirm_delivery']])
    expect((await engine.wallet(who.seller))['available']).toBe(500)
  })

  const duels: readonly [path: Step[], one: Move, two: Move][] = [
    [
      ['pay', 'ship'],
      ['buyer', 'confirm-delivery'],
      ['seller', 'dispute'],
    ],
    [
      ['pay', 'ship', 'deliver'],
      ['buyer', 'confirm-delivery'],
      ['buyer', 'reject'],
    ],
    [['pay'], ['seller', 'ship'], ['buyer', 'cancel']],
    [['pay'], ['buyer', 'cancel'], ['operator', 'cancel']],
    [
      ['pay', 'ship', 'deliver', 'reject'],
      ['seller', 'accept-return'],
      ['buyer', 'dispute'],
    ],
  ]
  test.each(duels)('after %j: %j against %j, either first', async (path, one, two) => {
    const rounds = await Promise.all(
      Array.from({ length: 16 }, async (_, i) => {
        const who = couple()
        return { who, id: await engine.order(who, ...path), moves: i % 2 === 0 ? [one, two] : [two, one] }
      }),
    )
    const won: string[] = []
    await Promise.all(
      rounds.map(async ({ who, id, moves }, i) => {
        const answers = await Promise.all(moves.map((taken, n) => move(at(i + n), id, who, taken)))
        oneWinner(answers)
        won.push(moves[answers.findIndex(({ status }) => status === 200)]?.[1] ?? '')
      }),
    )
    for (const happened of await outcomes(
      rounds.map(({ id }) => id),
      path.length + 1,
    ))
      expect(happened).toHaveLength(1)
    expect(won).toHaveLength(rounds.length)
  })

  test.each([
    ['pay', 'ship', 'deliver'],
    ['pay', 'ship', 'deliver', 'dispute'],
  ] as const)('after %s, %s, %s (%s): the clock against people, at the same instant', async (...path) => {
    const last: Step = path.length === 4 ? 'dispute' : 'confirm-delivery'
    const rounds = await Promise.all(
      Array.from({ length: 24 }, async () => {
        const who = couple()
        return { who, id: await engine.order(who, 'pay', 'ship', 'deliver') }
      }),
    )
    // All reminders have been, and the completions are due within the next jump.
    await engine.advance(47 * 3_600)
    await caughtUp(engine, other)
    const jump = () =>
      [engine, other].map((each) => each.must(200, '/v1/test-clock/advance', { body: { seconds: 3_700 } }))
    const people_first = rounds.slice(0, 12).map(({ id, who }, i) => move(at(i), id, who, ['buyer', last]))
    const jumps = jump()
    const clock_first = rounds.slice(12).map(({ id, who }, i) => move(at(i), id, who, ['buyer', last]))
    const answers = await Promise.all([...people_first, ...clock_first])
    await Promise.all(jumps)
    const happened = await outcomes(
      rounds.map(({ id }) => id),
      5,
    )
    for (const [i, answer] of answers.entries()) {
      const transition = last === 'dispute' ? 'dispute' : 'confirm_delivery'
      expect(happened[i]).toEqual([answer.status === 200 ? transition : 'complete_unanswered'])
      if (answer.status !== 200)
        expect([answer.status, answer.body['code'], answer.body['state']]).toEqual([
          409,
          'transition_not_open',
          'completed',
        ])
    }
    const paid = happened.filter(([only]) => only !== 'dispute').length
    const wallets = await Promise.all(rounds.map(({ who }) => engine.wallet(who.seller)))
    expect(wallets.reduce((sum, wallet) => sum + wallet['available'], 0)).toBe(500 * paid)
  })

  test('one balance pays one order', async () => {
    for (let round = 0; round < 10; round += 1) {
      const who = couple()
      await engine.topUp(who.buyer, 900)
      const ids = [await engine.order(who), await engine.order({ ...who, seller: `${who.seller}-b` })]
      oneWinner(
        await Promise.all(ids.map((id, i) => move(at(i), id, who, ['buyer', 'pay']))),
        'insufficient_funds',
      )
      expect(await engine.wallet(who.buyer)).toMatchObject({ available: 400, frozen: 500 })
    }
  })

  test('a freeze and a payment: either, never both half', async () => {
    for (let round = 0; round < 10; round += 1) {
      const who = couple()
      const id = await engine.order(who, 'pay', 'ship')
      const freeze = () =>
        at(1).ask(`/v1/wallets/${who.seller}/PKR/freezes`, {
          key: engine.admin,
          body: { direction: 'in', reason: 'x' },
        })
      const confirm = () => move(at(0), id, who, ['buyer', 'confirm-delivery'])
      const [confirmed, frozen] =
        round % 2 === 0
          ? await Promise.all([confirm(), freeze()])
          : (await Promise.all([freeze(), confirm()])).toReversed()
      expect(frozen?.status).toBe(201)
      expect([200, 409]).toContain(confirmed?.status)
      if (confirmed?.status === 409) expect(confirmed.body['code']).toBe('not_possible_now')
      expect(await engine.wallet(who.seller)).toMatchObject({
        available: confirmed?.status === 200 ? 500 : 0,
        block: 'in',
      })
    }
  })

  test('one key at the same time: one effect', async () => {
    for (let round = 0; round < 15; round += 1) {
      const who = couple()
      const key = `${where}-${round}`.replaceAll(' ', '-')
      const create = { body: { ...who, currency: 'PKR' }, idempotency: `${key}-create` }
      const created = await Promise.all([0, 1, 2, 3].map((i) => at(i).ask('/orders', create)))
      replays(created, 201)
      expect((await engine.must(200, `/orders?party=${who.buyer}`))['data']).toHaveLength(1)

      const top_up = {
        key: engine.admin,
        body: { amount: 500, reference: key, reason: 'x' },
        idempotency: `${key}-top-up`,
      }
      replays(
        await Promise.all([0, 1, 2, 3].map((i) => at(i).ask(`/v1/wallets/${who.buyer}/PKR/top-ups`, top_up))),
        201,
      )
      const id = created.find(({ status }) => status === 201)?.body['id']
      replays(
        await Promise.all(
          [0, 1, 2, 3].map((i) => move(at(i), id, who, ['buyer', 'pay'], { idempotency: `${key}-pay` })),
        ),
        200,
      )
      expect(await engine.wallet(who.buyer)).toMatchObject({ available: 0, frozen: 500 })
      expect(await outcomes([id], 1)).toEqual([['pay']])
    }
  })

  test('one reference at the same time: one agreement', async () => {
    for (let round = 0; round < 10; round += 1) {
      const who = couple()
      const body = { ...who, currency: 'PKR', reference: `${where}-${round}`.replaceAll(' ', '-') }
      const answers = await Promise.all([0, 1, 2, 3].map((i) => at(i).ask('/orders', { body })))
      expect(answers.map(({ status, body: { code } }) => `${status} ${code}`).toSorted()).toEqual([
        '201 undefined',
        ...[1, 2, 3].map(() => '409 reference_taken'),
      ])
    }
  })
})

test('many orders between few people, on two engines: no circle of waiting, and everything sums', async () => {
  const crowd = ['ana', 'ben', 'cleo', 'dan']
  for (const party of crowd) await engine.topUp(party, 100_000)
  const walks = Array.from({ length: 60 }, async (_, i) => {
    const who = { buyer: crowd[i % 4] ?? '', seller: crowd[(i + 1 + (i % 3)) % 4] ?? '', amount: 100 }
    const { id } = await (i % 2 === 0 ? engine : other).must(201, '/orders', {
      body: { ...who, currency: 'PKR' },
    })
    const way: Move[] = [
      ['buyer', 'pay'],
      ['seller', 'ship'],
      ['buyer', 'confirm-delivery'],
    ]
    for (const [n, taken] of way.entries())
      expect((await move((i + n) % 2 === 0 ? engine : other, id, who, taken)).status).toBe(200)
  })
  await Promise.all(walks)
  const wallets = await Promise.all(crowd.map((party) => engine.wallet(party)))
  expect(wallets.map(({ frozen }) => frozen)).toEqual([0, 0, 0, 0])
  expect(wallets.reduce((sum, { available }) => sum + available, 0)).toBe(400_000)
})

/** Each is the effect, its replay, or told that it is under way. */
function replays(answers: readonly Answer[], status: number): void {
  const done = answers.filter((answer) => answer.status === status)
  const under_way = answers.filter(({ body }) => body['code'] === 'request_in_progress')
  expect([done.length + under_way.length, answers.map(({ text }) => text)]).toEqual([
    answers.length,
    expect.anything(),
  ])
  expect(new Set(done.map(({ text }) => text)).size).toBe(1)
  expect(done.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1)
}
