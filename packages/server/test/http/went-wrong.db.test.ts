// What was seen to go wrong in systems of this kind, asked of each product over HTTP: the cells of docs/went-wrong.md that no other test fills.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newId, readId } from '@holdfast/kernel/ids.ts'
import type { Ask } from '@holdfast/kernel/engine/ask.ts'
import { sweep } from '../../src/jobs/sweeper.ts'
import { amountsOf, dealt, deals, type Call, type Deal } from '../fixtures/every-product.ts'
import { contentsOf, startEngine, type Answer, type Engine, type Json } from '../fixtures/engine.ts'
import { bureauOn, naira } from '../fixtures/p2p-trade.ts'
import { asideFor } from '../fixtures/suspense.ts'
import { Till } from '../fixtures/withdrawal.ts'
import {
  currency,
  dashboard,
  price,
  settled,
  settling,
  wed,
  type Wedding,
} from '../fixtures/service-booking.ts'
import { until } from '../fixtures/patience.ts'

const day_s = 86_400
const rounds = 8
/** Of the clock against somebody. */
const clock_rounds = 16

let engine: Engine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine.stop())
afterEach(async () => {
  expect(await engine.integrity()).toMatchObject({ clean: true })
})

describe.each(dealt)('%s', (product) => {
  test('what is paid leaves the frozen part and the total, once: afterwards nothing pays, cancels or refunds it', async () => {
    const deal = await deals[product](engine)
    const before = await purses(deal)
    await call(200, deal.release)
    await posted(deal)
    const { amount, gets } = deal
    const paid = Object.values(gets).reduce((sum, one) => sum + one, 0)
    const fee = Object.keys(gets).length === 0 ? 0 : amount - paid
    const after = {
      ...before,
      held: before.held - amount,
      whole: before.whole - amount,
      revenue: before.revenue + fee,
      has: Object.fromEntries(Object.entries(gets).map(([who, got]) => [who, (before.has[who] ?? 0) + got])),
    }
    expect(await purses(deal)).toEqual(after)
    const rows = await transfersOf(deal)
    const again = [deal.release, ...deal.back.filter(([path]) => !path.endsWith('/close')), ...deal.closed]
    const answers = await Promise.all(again.map(([path, asking]) => engine.ask(path, asking)))
    expect(answers.map(({ status, body }, i) => [again[i]?.[0], status, body['code']])).toEqual(
      again.map(([path]) => [path, 409, 'transition_not_open']),
    )
    expect([await purses(deal), await transfersOf(deal)]).toEqual([after, rows])
  })

  test('what is given back is all there again, once: afterwards nothing refunds or pays it', async () => {
    const deal = await deals[product](engine)
    const { held, available, ...before } = await purses(deal)
    for (const step of deal.back) await call(200, step)
    const after = { ...before, held: held - deal.amount, available: available + deal.amount }
    expect(await purses(deal)).toEqual(after)
    expect(await engine.must(200, deal.path)).toMatchObject({ money: 'refunded', held: 0 })
    const rows = await transfersOf(deal)
    const again = [...deal.back.filter(([path]) => !path.endsWith('/close')), deal.release, ...deal.closed]
    const answers = await Promise.all(again.map(([path, asking]) => engine.ask(path, asking)))
    expect(answers.map(({ status }, i) => [again[i]?.[0], status])).toEqual(
      again.map(([path]) => [path, 409]),
    )
    expect([await purses(deal), await transfersOf(deal)]).toEqual([after, rows])
  })

  test('paid and given back at the same instant, each asked twice: one of the two happens, once', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const deal = await deals[product](engine)
      const before = await purses(deal)
      const rivals = [deal.release, deal.back[0], deal.release, deal.back[0]] as Call[]
      const asked = round % 2 === 0 ? rivals : rivals.toReversed()
      const answers = await Promise.all(asked.map(([path, asking]) => engine.ask(path, asking)))
      expect(statuses(answers)).toEqual([200, 409, 409, 409])
      const was_paid = asked[answers.findIndex(({ status }) => status === 200)] === deal.release
      if (was_paid) await posted(deal)
      else for (const step of deal.back.slice(1)) await call(200, step)
      const { held, available, whole } = await purses(deal)
      const { amount } = deal
      expect({ held, available, whole }).toEqual({
        held: before.held - amount,
        available: before.available + (was_paid ? 0 : amount),
        whole: before.whole - (was_paid ? amount : 0),
      })
    }
  })

  test('an amount is a whole number of minor units: what has a point, is text or is grouped is refused', async () => {
    const asking = await amountsOf(engine, product)
    const before = await contentsOf(engine.running.db)
    for (const amount of [50_000.5, 0.01, '50000', '50000.00', 'PHP 50,000.00', '5e4', null]) {
      const [path, asked] = asking(amount)
      const { status, body } = await engine.ask(path, asked)
      expect([amount, status, body['code']]).toEqual([amount, 400, 'invalid_request'])
      expect(body['pointer']).toMatch(/^\/(amount|price|total)$/)
    }
    expect(await contentsOf(engine.running.db)).toBe(before)
    const [path, asked] = asking(50_000)
    const { body } = await engine.ask(path, asked)
    expect(body['total'] ?? body['amount'] ?? body['price'] ?? body['escrow_amount']).toBe(50_000)
  })
})

describe('the clock cannot pay', () => {
  test.each([
    ['freelance-milestone', 'approve_unanswered', 'paid'],
    ['trade-credit', 'auto_release', 'expired'],
  ] as const)(
    '%s: %s is told to the operators, stays due, and pays once when it can',
    async (product, transition, state) => {
      const deal = await deals[product](engine)
      const [payee = '', amount = 0] = Object.entries(deal.gets)[0] ?? []
      const freeze = await engine.operate(`/v1/wallets/${payee}/${deal.currency}/freezes`, {
        direction: 'in',
      })
      await engine.advance(7 * day_s + 60)
      expect(await engine.must(200, deal.path)).toMatchObject({ money: 'held', held: deal.amount })
      const deferred = (await engine.events(deal.id)).filter(({ kind }) => kind === 'deferred')
      expect(deferred[0]).toMatchObject({ transition, problem: 'wallet_frozen', tells: ['operator'] })
      const { data: told } = await engine.must(200, '/v1/notifications?limit=100', { key: engine.admin })
      expect(told.filter(({ agreement }: Json) => agreement === deal.id)).not.toEqual([])
      await engine.operate(`/wallet-freezes/${freeze['id']}/lift`)
      await engine.advance(day_s)
      expect(await engine.must(200, deal.path)).toMatchObject({ state, money: 'released', held: 0 })
      expect((await engine.wallet(payee, deal.currency))['available']).toBe(amount)
    },
  )
})

describe('p2p-trade: the job and the state', () => {
  test('a job is enqueued with its state or not at all; a lost one is found, and one too many pays nothing', async () => {
    const bureau = bureauOn(engine)
    const { db } = engine.running
    const { id, payer, payee } = await bureau.paid()
    const path = `/p2p/orders/${id}`
    // Refused: neither is there.
    expect((await bureau.act(`${path}/confirm`, payee)).status).toBe(403)
    expect(await jobsOf(id)).toBe(0)
    // The reverse: a job without its state does nothing.
    await enqueue(id)
    await until(async () => (await jobsOf(id)) === 0)
    expect(await engine.must(200, path)).toMatchObject({ state: 'paid', money: 'held', held: 1_580_250 })
    expect((await engine.wallet(payee, naira))['available']).toBe(0)

    const freeze = await engine.operate(`/v1/wallets/${payee}/${naira}/freezes`, { direction: 'in' })
    await bureau.act(`${path}/confirm`, payer)
    expect(await jobsOf(id)).toBe(1)
    // Not while a worker has it: it fails, and waits for its next attempt.
    await until(async () => (await removed(id)) === 1)
    expect([await jobsOf(id), await engine.must(200, path)]).toMatchObject([0, { money: 'releasing' }])
    await engine.operate(`/wallet-freezes/${freeze['id']}/lift`)
    const { now } = await engine.must(200, '/v1/test-clock')
    const in_an_hour = { now: () => Date.parse(now) + 3_600_000 }
    const log = { error: () => undefined } as never
    expect(await sweep({ db, clock: in_an_hour, log })).toMatchObject({ enqueued: 1 })
    await until(async () => (await engine.must(200, path))['money'] === 'released')
    await enqueue(id)
    await until(async () => (await jobsOf(id)) === 0)
    expect((await engine.wallet(payee, naira))['available']).toBe(1_580_250 - 15_803)
    expect((await engine.events(id)).filter(({ kind }) => kind === 'later')).toHaveLength(1)
  })

  const job_key = (id: string) => `post-later ${readId('trd', id)} confirm`
  async function jobsOf(id: string): Promise<number> {
    const { n } = await engine.running.db.one<{ n: number }>(
      'select count(*)::int as n from graphile_worker.jobs where key = $1',
      [job_key(id)],
    )
    return n
  }
  /** How many that no worker holds. */
  async function removed(id: string): Promise<number> {
    const rows = await engine.running.db.any(
      'delete from graphile_worker._private_jobs where key = $1 and locked_at is null and attempts > 0 returning id',
      [job_key(id)],
    )
    return rows.length
  }
  async function enqueue(id: string): Promise<void> {
    await engine.running.db.any(
      `select graphile_worker.add_job('post-later', json_build_object('agreement', $1::text, 'transition', 'confirm'), job_key => $2)`,
      [readId('trd', id), job_key(id)],
    )
  }
})

describe('withdrawal: the clock', () => {
  test('the clock settles and the bank returns, at the same instant: it came back, or it is paid for good', async () => {
    const till = new Till(engine)
    const holders = Array.from({ length: clock_rounds }, (_, i) => `late-${i}`)
    const ids: string[] = []
    for (const holder of holders) {
      await engine.topUp(holder, 50_000, currency)
      ids.push(await till.request(holder, 50_000))
    }
    await engine.advance(day_s)
    for (const id of ids) await till.go(id, 'approve', 'mark-paid')
    await engine.advance(90 * day_s - 60)
    const won = new Set<string>()
    for (const [i, holder] of holders.entries()) {
      const is = await till.read(ids[i] ?? '')
      const given = { actor: { kind: 'operator', id: 'a test', party: null }, reason: 'a test' } as const
      await atOnce(i, theClock(is, 'settle'), (now_ms) => asked(is, 'mark_returned', now_ms, given))
      const { state } = await till.read(is['id'])
      won.add(state)
      expect(await till.money(holder)).toEqual(state === 'returned' ? [50_000, 0, 0] : [0, 0, 50_000])
    }
    expect([...won].toSorted()).toEqual(['returned', 'settled'])
  })
})

describe('service-booking', () => {
  const clearing = () => platform('outside', 'clearing', currency)

  test('a payment counts once: not with another amount or currency, not twice, not by the couple, not under a reference that has counted', async () => {
    const wedding = await wed(engine)
    const begun = await wedding.checkout()
    const before = await contentsOf(engine.running.db)
    const [path, told] = settling(begun)
    const tries: [asking: Json, status: number, code: string][] = [
      [{ body: { ...told.body, amount_paid: price - 1 } }, 409, 'amount_mismatch'],
      [{ body: { ...told.body, amount_paid: price + 1 } }, 409, 'amount_mismatch'],
      // Pesos for centavos.
      [{ body: { ...told.body, amount_paid: price / 100 } }, 409, 'amount_mismatch'],
      [{ body: { ...told.body, currency: 'USD' } }, 409, 'currency_mismatch'],
      [{ ...told, party: wedding.couple }, 403, 'not_your_transition'],
    ]
    for (const [asking, status, code] of tries) {
      const answer = await engine.ask(path, asking)
      expect([answer.status, answer.body['code']]).toEqual([status, code])
    }
    expect(await contentsOf(engine.running.db)).toBe(before)

    const was = await clearing()
    const answers = await Promise.all([1, 2, 3].map(() => engine.ask(path, told)))
    expect(statuses(answers)).toEqual([200, 409, 409])
    // Told that it failed after it was told that it is paid: paid it is.
    expect((await engine.ask(path.replace('settle', 'fail'), { body: {} })).status).toBe(409)
    expect([await clearing(), await wedding.read()]).toMatchObject([was - price, { held: price }])
    expect(await wedding.receipts()).toHaveLength(1)

    const next = await wed(engine)
    const [elsewhere] = settling(await next.checkout())
    expect((await engine.ask(elsewhere, told)).body).toMatchObject({ code: 'reference_taken' })
    expect(await next.read()).toMatchObject({ state: 'quote_sent', held: 0 })
  })

  test('told out of order: paid after it failed or expired still counts; paid after the booking was cancelled is set aside', async () => {
    const [failed, expired, cancelled] = [await wed(engine), await wed(engine), await wed(engine)]
    const begun = await Promise.all([failed, expired, cancelled].map((each) => each.checkout()))
    await engine.must(200, `/v1/payments/${begun[0]?.['id']}/fail`, { body: {} })
    await cancelled.by('couple', 'cancel')
    await engine.advance(day_s + 60)
    for (const [i, wedding] of [failed, expired].entries()) {
      await settled(engine, begun[i] ?? {})
      expect(await wedding.read()).toMatchObject({ state: 'fully_paid', held: price })
    }
    await setAside(begun[2] ?? {})
    expect(await cancelled.read()).toMatchObject({ state: 'cancelled', held: 0 })
    expect(await cancelled.receipts()).toEqual([])
  })

  test('two checkouts for one price, both paid at the same instant: one counts, the other is set aside for an operator', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const wedding = await wed(engine)
      const begun = [await wedding.checkout(), await wedding.checkout()]
      const answers = await Promise.all(begun.map((each) => engine.ask(...settling(each))))
      expect(statuses(answers)).toEqual([200, 409])
      await setAside(begun[answers.findIndex(({ status }) => status === 409)] ?? {})
      expect(await wedding.read()).toMatchObject({ state: 'fully_paid', held: price })
      expect(await wedding.receipts()).toHaveLength(1)
    }
  })

  test('one balance pays one of two bookings, asked for at the same instant', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const couple = `one-purse-${round}`
      const both = [await wed(engine, { couple }), await wed(engine, { couple })]
      await engine.topUp(couple, price + 1, currency)
      const answers = await Promise.all(both.map((each) => each.by('couple', 'pay', { method: 'wallet' })))
      expect(codes(answers)).toEqual(['insufficient_funds', 'ok'])
      expect(await engine.wallet(couple, currency)).toMatchObject({ available: 1, frozen: price })
    }
  })

  test('both say at the same instant that it was done: paid once; against a cancellation one wins', async () => {
    for (let round = 0; round < rounds; round += 1) {
      const wedding = await paid()
      const asks = [
        () => wedding.by('couple', 'mark-complete'),
        () => wedding.by('vendor', 'mark-complete'),
        () => wedding.operator('cancel'),
      ]
      const with_cancellation = round % 2 === 1
      const answers = await Promise.all(asks.slice(0, with_cancellation ? 3 : 2).map((ask) => ask()))
      const { state } = await wedding.read()
      if (!with_cancellation) expect([state, codes(answers)]).toEqual(['completed', ['ok', 'ok']])
      const earned = state === 'completed' ? price : 0
      expect(['completed', 'refunded']).toContain(state)
      expect(await dashboard(engine, wedding.vendor)).toMatchObject({
        available_balance: earned,
        pending_balance: 0,
      })
    }
  })

  test('the silence of one side ends at the same instant as the clock goes to an operator: paid once, or disputed', async () => {
    const weddings = await Promise.all(Array.from({ length: clock_rounds }, () => paid()))
    for (const wedding of weddings) await wedding.by('vendor', 'mark-complete')
    await engine.advance(14 * day_s - 60)
    const won = new Set<string>()
    for (const [i, wedding] of weddings.entries()) {
      const is = await wedding.read()
      const given = { actor: { kind: 'service', id: 'a test', party: wedding.couple } } as const
      await atOnce(i, theClock(is, 'escalate_silence'), (now_ms) => asked(is, 'mark_complete', now_ms, given))
      const { state, held } = await wedding.read()
      won.add(state)
      const earned = state === 'completed' ? price : 0
      expect(held).toBe(price - earned)
      expect(await dashboard(engine, wedding.vendor)).toMatchObject({
        available_balance: earned,
        pending_balance: price - earned,
      })
    }
    expect([...won].toSorted()).toEqual(['completed', 'disputed'])
  })

  test('a quote expires at the same instant as its payment arrives: held, or set aside', async () => {
    const weddings = await Promise.all(Array.from({ length: clock_rounds }, () => wed(engine)))
    await engine.advance(30 * day_s - 60)
    const won = new Set<string>()
    for (const [i, wedding] of weddings.entries()) {
      const [is, begun] = [await wedding.read(), await wedding.checkout()]
      const input = { amount_paid: BigInt(price), currency, provider_reference: `late-${i}` }
      await atOnce(i, theClock(is, 'expire_quote'), (now_ms) => asked(begun, 'settle', now_ms, { input }))
      const { state, held } = await wedding.read()
      won.add(state)
      if (state === 'quote_expired') await setAside(begun)
      expect(held).toBe(state === 'fully_paid' ? price : 0)
    }
    expect([...won].toSorted()).toEqual(['fully_paid', 'quote_expired'])
  })

  test.each([
    ['release', {}, 0, 100_001],
    ['refund', {}, 100_001, 0],
    ['split', { to_couple: 1, to_vendor: 100_000 }, 1, 100_000],
    ['split', { to_couple: 33_334, to_vendor: 66_667 }, 33_334, 66_667],
    ['split', { to_couple: 100_000, to_vendor: 1 }, 100_000, 1],
  ] as const)(
    'a decision moves the money, takes its fee and writes its rows, to the unit: %s %o',
    async (decision, parts, to_couple, to_vendor) => {
      await feeOf('5%')
      const wedding = await paid(100_001)
      await feeOf('0%')
      await wedding.by('couple', 'dispute', { dispute_reason: 'other', dispute_text: 'x' })
      for (const off of decision === 'split' ? [-1, 1] : []) {
        const wrong = { to_couple, to_vendor: to_vendor + off }
        expect((await wedding.operator('split', wrong)).body).toMatchObject({ code: 'distribution_mismatch' })
      }
      const before = await platform('platform', 'revenue', currency)
      expect((await wedding.operator(decision, parts)).status).toBe(200)
      const fee = (await platform('platform', 'revenue', currency)) - before
      const [{ available: back }, { available: earned }] = await Promise.all([
        engine.wallet(wedding.couple, currency),
        engine.wallet(wedding.vendor, currency),
      ])
      expect([back, earned + fee]).toEqual([to_couple, to_vendor])
      expect(Math.abs(fee - to_vendor / 20)).toBeLessThan(1)
      const { data: rows } = await engine.must(200, `/v1/wallets/${wedding.vendor}/transactions`)
      expect(rows.map(({ type, amount }: Json) => [type, amount])).toEqual(
        to_vendor > 0 ? [['Earning', earned]] : [],
      )
      const { data: own } = await engine.must(200, `/v1/wallets/${wedding.couple}/transactions`)
      expect(own.filter(({ type }: Json) => type === 'Refund').map(({ amount }: Json) => amount)).toEqual(
        to_couple > 0 ? [to_couple] : [],
      )
    },
  )

  test('receipt numbers do not race: many payments at once, read at once, have numbers without gap or repeat', async () => {
    const weddings = await Promise.all(Array.from({ length: 24 }, () => wed(engine, { deposit: 1_500_000 })))
    await Promise.all(weddings.map(async (wedding) => (await wedding.paid(), wedding.receipts())))
    await Promise.all(weddings.map(async (wedding) => (await wedding.paid(), wedding.receipts())))
    const of_each = await Promise.all(weddings.map((wedding) => wedding.receipts()))
    expect(of_each.map((receipts) => receipts.map(({ amount_paid }) => amount_paid))).toEqual(
      weddings.map(() => [1_500_000, 3_500_000]),
    )
    const rows = await engine.running.db.any<{ receipt_number: string }>(
      'select receipt_number from receipts order by receipt_number',
    )
    const of_year = Map.groupBy(rows, ({ receipt_number }) => receipt_number.slice(0, -6))
    for (const [series, receipts] of of_year)
      expect(receipts.map(({ receipt_number }) => receipt_number)).toEqual(
        receipts.map((_row, i) => `${series}${String(i + 1).padStart(6, '0')}`),
      )
  })

  /** From the wallet of the couple. */
  async function paid(of = price): Promise<Wedding> {
    const wedding = await wed(engine, { price: of })
    await engine.topUp(wedding.couple, of, currency)
    expect((await wedding.by('couple', 'pay', { method: 'wallet' })).status).toBe(200)
    return wedding
  }
  /** Its money came and is refused by its booking: kept apart, and an operator is told. */
  async function setAside(begun: Json): Promise<void> {
    const [path, told] = settling(begun)
    expect((await engine.ask(path, told)).status).toBe(409)
    const [was, in_suspense] = [await clearing(), await platform('platform', 'suspense', currency)]
    const suspense = await asideFor(engine, begun, told.body)
    expect([await clearing(), await platform('platform', 'suspense', currency)]).toEqual([
      was - price,
      in_suspense + price,
    ])
    const { data } = await engine.must(200, '/v1/notifications?limit=100', { key: engine.admin })
    expect(
      data.some(({ agreement, transition }: Json) => agreement === suspense && transition === 'set_aside'),
    ).toBe(true)
  }
  async function feeOf(fee: string): Promise<void> {
    await engine.must(201, '/v1/fee-schedules', {
      key: engine.admin,
      body: { flow: 'service-booking', terms: { fee }, reason: 'a test' },
    })
  }
})

async function call(status: number, [path, asking]: Call): Promise<Json> {
  return engine.must(status, path, asking)
}

/** The instant at which the clock takes this transition, and its asking for it. */
function theClock(is: Json, transition: string): Ask {
  const timer = is['timers'].find(
    (one: Json) => one['transition'] === transition && one['kind'] === 'transition',
  )
  const actor = { kind: 'clock', id: 'clock', party: null } as const
  return asked(is, transition, Date.parse(timer.at), { kind: 'timer', actor })
}

function asked({ id, flow }: Json, transition: string, now_ms: number, more: Partial<Ask>): Ask {
  return {
    id: newId(now_ms),
    kind: 'transition',
    flow,
    agreement: readId(id.split('_')[0], id),
    creation: null,
    transition,
    actor: { kind: 'service', id: 'a test', party: null },
    input: {},
    reason: null,
    key: null,
    now_ms,
    ...more,
  }
}

/**
 * The clock and a person at the instant of the clock: one is taken, the other comes too late. Both are on their way for
 * a while, so in most rounds one of them has a head start of some milliseconds, more from round to round.
 */
async function atOnce(round: number, clock: Ask, rival: (now_ms: number) => Ask): Promise<void> {
  const after = async (ms: number, ask: Ask) => {
    if (ms > 0) await sleep(ms)
    return engine.running.engine.ask(ask)
  }
  const verdicts = await Promise.all([
    after(round % 3 === 1 ? 3 * round : 0, clock),
    after(round % 3 === 2 ? 3 * round : 0, rival(clock.now_ms)),
  ])
  const came_to = verdicts.map((verdict) =>
    verdict.outcome === 'refused' ? verdict.problem.code : verdict.outcome,
  )
  expect(came_to.toSorted()).toEqual(['accepted', 'transition_not_open'])
}

interface Purses {
  readonly available: number
  /** Frozen, or on its way out. */
  readonly held: number
  readonly whole: number
  readonly revenue: number
  /** What those have who are to be paid. */
  readonly has: Readonly<Record<string, number>>
}

async function purses({ payer, currency: of, gets }: Deal): Promise<Purses> {
  const { available, frozen, payout, total } = await engine.wallet(payer, of)
  const has: Record<string, number> = {}
  for (const who of Object.keys(gets)) has[who] = (await engine.wallet(who, of))['total']
  const revenue = await platform('platform', 'revenue', of)
  return { available, held: frozen + payout, whole: total + payout, revenue, has }
}

async function platform(owner: string, purpose: string, of: string): Promise<number> {
  const { data } = await engine.must(200, '/v1/platform/accounts')
  const found = data.find(
    (row: Json) => row['owner'] === owner && row['purpose'] === purpose && row['currency'] === of,
  )
  return found?.balance ?? 0
}

/** Where a job pays, it has. */
async function posted({ path }: Deal): Promise<void> {
  await until(async () => (await engine.must(200, path))['money'] !== 'releasing')
}

async function transfersOf({ id }: Deal): Promise<number> {
  const agreement = readId(id.split('_')[0] ?? '', id)
  const { n } = await engine.running.db.one<{ n: number }>(
    'select count(*)::int as n from transfers where agreement_id = $1',
    [agreement],
  )
  return n
}

function statuses(answers: readonly Answer[]): number[] {
  return answers.map(({ status }) => status).toSorted((one, two) => one - two)
}

function codes(answers: readonly Answer[]): string[] {
  return answers.map(({ body }) => String(body['code'] ?? 'ok')).toSorted()
}
