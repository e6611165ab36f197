// The daily jobs of trade credit on real PostgreSQL: once per retailer and day, killed half way, at once with others, and by the wall clock of Kigali.
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '@holdfast/kernel/ids.ts'
import type { BusinessDay } from '../../src/platform/business-day.ts'
import type { Ask, Verdict } from '@holdfast/kernel/engine/ask.ts'
import { deductDay, type Needs } from '../../src/products/trade-credit/escrow/auto-deductions.ts'
import { releaseDue } from '../../src/products/trade-credit/escrow/auto-release.ts'
import { deleteWork, writeWork } from '../../src/products/trade-credit/escrow/deduction-work.ts'
import { dayCalled, lastDayAt } from '../../src/products/trade-credit/escrow/business-days.ts'
import { tradeCreditSchedules } from '../../src/products/trade-credit/escrow/schedules.ts'
import { readId } from '@holdfast/kernel/ids.ts'
import { startEngine, type Answer, type Engine, type Json } from '../fixtures/engine.ts'
import { million, startCredit, type Credit } from '../fixtures/trade-credit.ts'

let credit: Credit
/** Another engine on the same database. Neither has timers of its own: here the tests are the clock. */
let other: Engine
const log = pino({ level: 'silent' })
/** A leap year that is far enough ahead, whenever this is run. */
const leap_year = Math.ceil((new Date().getUTCFullYear() + 3) / 4) * 4
/** Days of their own for each test, long after the database's time. */
let next_day = Date.UTC(leap_year - 1, 2, 1, 12)

beforeAll(async () => {
  credit = await startCredit({ parts: ['api'] })
  const { engine } = credit
  const { database_url: url } = engine.running
  other = await startEngine({
    url,
    parts: ['api'],
    keys: { service_key: engine.service, operator_key: engine.admin },
  })
})
afterAll(async () => {
  await other.stop()
  await credit.engine.stop()
})
afterEach(async () => {
  expect(await credit.engine.integrity()).toMatchObject({ clean: true })
})

function newDay(): BusinessDay {
  next_day += 86_400_000
  return lastDayAt(next_day)
}

function needs(now_ms: number, engine: Engine = credit.engine): Needs {
  const { db, engine: its } = engine.running
  return { db, engine: its, clock: { now: () => now_ms }, log }
}

let sales = 0
/** A sale that came in at this instant. */
async function sellAt(retailer: string, amount: number, now_ms: number): Promise<void> {
  sales += 1
  const verdict = await credit.engine.running.engine.ask({
    id: newId(now_ms),
    kind: 'transition',
    flow: 'wallet-sale',
    agreement: null,
    creation: {
      parties: { holder: retailer },
      currency: 'RWF',
      amounts: { amount: BigInt(amount) },
      terms: {},
      reference: `sale-at-${sales}`,
    },
    transition: 'sell',
    actor: { kind: 'service', id: 'a test', party: null },
    input: {},
    reason: null,
    key: null,
    now_ms,
  })
  expect(verdict.outcome).toBe('accepted')
}

async function owing(amount: number): Promise<string> {
  const { retailer } = credit.couple()
  await credit.owe(retailer, amount)
  return retailer
}

async function rowOf(retailer: string, { date }: BusinessDay): Promise<Json | undefined> {
  return (await credit.deductions(retailer)).find((row) => row['business_date'] === date)
}

function winners(verdicts: readonly (Verdict | Answer)[]): string[] {
  return verdicts
    .map((one) =>
      'outcome' in one
        ? one.outcome === 'refused'
          ? one.problem.code
          : 'ok'
        : one.status < 300
          ? 'ok'
          : String(one.body['code']),
    )
    .toSorted()
}

describe('the row of a day explains itself', () => {
  type Row = readonly [
    title: string,
    given: { owed: number; balance?: number; sales: number; settings?: Json; freeze?: boolean },
    row: Json,
  ]
  const rows: readonly Row[] = [
    ['30 % of the sales', { owed: 2 * million, sales: million }, { state: 'deducted', deduction: 300_000 }],
    [
      '33.33 %',
      { owed: 2 * million, sales: 1000, balance: 50_000, settings: { deduction_percentage: 33.33 } },
      { deduction: 333, deduction_percentage: '33.33%' },
    ],
    [
      'a daily maximum',
      { owed: 2 * million, sales: million, settings: { max_daily_deduction_rwf: 100_000 } },
      { deduction: 100_000, caps: { max_daily: 100_000, percentage_of_sales: 300_000 } },
    ],
    ['what is owed', { owed: 5000, sales: million }, { deduction: 5000, caps: { owed: 5000 } }],
    [
      'what is above the minimum of 10,000',
      { owed: 2 * million, sales: 12_000, settings: { deduction_percentage: 100 } },
      { deduction: 2000, minimum_balance: 10_000, caps: { above_minimum_balance: 2000 } },
    ],
    [
      'a minimum of its own',
      {
        owed: 2 * million,
        sales: 12_000,
        settings: { deduction_percentage: 100, minimum_balance_rwf: 11_500 },
      },
      { deduction: 500 },
    ],
    [
      'exactly the minimum',
      { owed: 2 * million, sales: 10_000 },
      { state: 'skipped', deduction: 0, skipped_because: 'the balance is not above the minimum of 10000' },
    ],
    [
      'below the minimum',
      { owed: 2 * million, sales: 9000 },
      {
        state: 'skipped',
        caps: { above_minimum_balance: -1000 },
        skipped_because: 'the balance is not above the minimum of 10000',
      },
    ],
    [
      'no sales',
      { owed: 2 * million, sales: 0, balance: million },
      { state: 'skipped', sales: 0, skipped_because: 'no sales' },
    ],
    [
      'nothing owed',
      { owed: 0, sales: million },
      { state: 'skipped', sales: million, skipped_because: 'nothing is owed' },
    ],
    [
      'switched off',
      { owed: 2 * million, sales: million, settings: { enabled: false } },
      { state: 'skipped', enabled: false, skipped_because: 'switched off by the retailer' },
    ],
    [
      '0 %',
      { owed: 2 * million, sales: million, settings: { deduction_percentage: 0 } },
      { state: 'skipped', skipped_because: 'the percentage of the sales is nothing' },
    ],
    [
      'a frozen wallet',
      { owed: 2 * million, sales: million, freeze: true },
      { state: 'skipped', skipped_because: 'it was not possible that day' },
    ],
    [
      'N6: a daily maximum of 0 is nothing',
      { owed: 2 * million, sales: million, settings: { max_daily_deduction_rwf: 0 } },
      {
        state: 'skipped',
        deduction: 0,
        skipped_because: 'the daily maximum is nothing',
        caps: { max_daily: 0 },
      },
    ],
    [
      'N6: and null is none',
      { owed: 2 * million, sales: million, settings: { max_daily_deduction_rwf: null } },
      { state: 'deducted', deduction: 300_000, caps: { max_daily: null } },
    ],
  ]
  test.each(rows)('%s', async (_title, { owed, balance, sales: sold, settings, freeze }, expected) => {
    const day = newDay()
    const retailer = owed > 0 ? await owing(owed) : credit.couple().retailer
    if (owed === 0) await credit.engine.must(201, '/company/credit-lines', { body: { retailer } })
    if (settings) expect((await credit.settings(retailer, settings)).status).toBe(200)
    if (balance) await credit.engine.topUp(retailer, balance, 'RWF')
    if (sold > 0) await sellAt(retailer, sold, day.from_ms + 1000)
    if (freeze) await credit.engine.operate(`/v1/wallets/${retailer}/RWF/freezes`, { direction: 'out' })
    const had = (await credit.wallet(retailer))['available']
    await deductDay(needs(day.to_ms), day)
    const row = await rowOf(retailer, day)
    expect(row).toMatchObject(expected)
    const { outstanding_amount, credit_used } = await credit.summary(retailer)
    expect([outstanding_amount, credit_used]).toEqual([owed - row?.['deduction'], owed - row?.['deduction']])
    expect((await credit.wallet(retailer))['available']).toBe(had - row?.['deduction'])
  })

  test('who neither sold nor owes has no row', async () => {
    const day = newDay()
    const { retailer } = credit.couple()
    await credit.engine.must(201, '/company/credit-lines', { body: { retailer } })
    await deductDay(needs(day.to_ms), day)
    expect(await credit.deductions(retailer)).toEqual([])
  })
})

describe('a daily deduction that runs twice in a day', () => {
  test('again, by the clock and by an operator: nothing changes', async () => {
    const day = newDay()
    const retailer = await owing(2 * million)
    await sellAt(retailer, million, day.from_ms)
    expect(await deductDay(needs(day.to_ms), day)).toMatchObject({ deducted: 1, amount: 300_000 })
    const { retailers } = await deductDay(needs(day.to_ms), day)
    expect(await deductDay(needs(day.to_ms), day)).toMatchObject({
      deducted: 0,
      skipped: 0,
      done_before: retailers,
    })
    expect((await credit.wallet(retailer))['available']).toBe(700_000)
  })

  test('twice at once, on two engines: once, with the sales counted once', async () => {
    for (let round = 0; round < 4; round += 1) {
      const day = newDay()
      const shops = await Promise.all(Array.from({ length: 12 }, () => owing(2 * million)))
      for (const shop of shops) await sellAt(shop, million, day.from_ms + 5)
      const runs = await Promise.all([
        deductDay(needs(day.to_ms), day),
        deductDay(needs(day.to_ms, other), day),
      ])
      expect(runs.reduce((sum, { amount }) => sum + amount, 0)).toBe(12 * 300_000)
      for (const shop of shops) {
        expect((await credit.wallet(shop))['available']).toBe(700_000)
        expect((await rowOf(shop, day))?.['sales']).toBe(million)
      }
    }
  })

  test('the work list written by six at once: each sale counts once', async () => {
    const day = newDay()
    const retailer = await owing(2 * million)
    await sellAt(retailer, million, day.from_ms + 5)
    const { db } = credit.engine.running
    const writers = Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? db : other.running.db))
    await Promise.all(writers.map((each) => writeWork(each, day)))
    const { sales: written } = await db.one<{ sales: bigint }>(
      'select sales from deduction_work where retailer = $1',
      [retailer],
    )
    expect(written).toBe(1_000_000n)
    await deleteWork(db, day)
  })

  test('killed half way: the next run does what is left, and nothing twice', async () => {
    const day = newDay()
    const shops = await Promise.all(Array.from({ length: 9 }, () => owing(2 * million)))
    for (const shop of shops) await sellAt(shop, million, day.from_ms + 5)
    const whole = needs(day.to_ms)
    let asked = 0
    const dying = {
      ask: (ask: Ask) => {
        asked += 1
        if (asked % 2 === 0) return Promise.reject(new Error('killed'))
        return whole.engine.ask(ask)
      },
    } as unknown as Needs['engine']
    await expect(deductDay({ ...whole, engine: dying }, day)).rejects.toThrow('killed')
    // What the sales were, was written down before: a sale that comes late is no part of it.
    const ended = await deductDay(whole, day)
    expect(ended.done_before).toBeGreaterThan(0)
    for (const shop of shops) {
      expect((await credit.wallet(shop))['available']).toBe(700_000)
      expect((await credit.deductions(shop)).filter((row) => row['business_date'] === day.date)).toHaveLength(
        1,
      )
    }
    const { n } = await credit.engine.running.db.one<{ n: number }>(
      'select count(*)::int as n from deduction_work',
    )
    expect(n).toBe(0)
  })
})

describe('the wall clock of Kigali', () => {
  test.each([
    [`${leap_year}-01-31`, 'the end of a month'],
    [`${leap_year}-02-29`, 'a leap day'],
    [`${leap_year}-12-31`, 'the end of a year'],
  ])('%s, %s: a sale at 22:59:59.999 is of that day, at 23:00 and at midnight of the next', async (date) => {
    const day = dayCalled(date)
    if (day === null) throw new Error(date)
    expect(new Date(day.to_ms).toISOString()).toBe(`${date}T21:00:00.000Z`)
    const retailer = await owing(4 * million)
    await sellAt(retailer, 100_000, day.from_ms - 1)
    await sellAt(retailer, 200_000, day.from_ms)
    await sellAt(retailer, 400_000, day.to_ms - 1)
    await sellAt(retailer, 800_000, day.to_ms)
    await sellAt(retailer, 1_600_000, day.to_ms + 3_600_000)
    const [deductions] = tradeCreditSchedules(needs(day.to_ms + 60_000))
    expect(await deductions?.run(day.to_ms)).toMatchObject({ business_date: date })
    expect((await rowOf(retailer, day))?.['sales']).toBe(600_000)
    const tomorrow = lastDayAt(day.to_ms + 86_400_000)
    await deductions?.run(tomorrow.to_ms)
    expect((await rowOf(retailer, tomorrow))?.['sales']).toBe(2_400_000)
  })

  test('made up after downtime: each day by its own sales, in order', async () => {
    const days = [newDay(), newDay(), newDay()]
    const retailer = await owing(2 * million)
    for (const [i, day] of days.entries()) await sellAt(retailer, (i + 1) * 100_000, day.from_ms + i)
    const late_ms = (days.at(-1)?.to_ms ?? 0) + 36 * 3_600_000
    const [deductions] = tradeCreditSchedules(needs(late_ms))
    for (const { to_ms } of days) await deductions?.run(to_ms)
    const made_up = await Promise.all(days.map((day) => rowOf(retailer, day)))
    expect(made_up.map((row) => row?.['deduction'])).toEqual([30_000, 60_000, 90_000])
    expect(await credit.summary(retailer)).toMatchObject({ outstanding_amount: 2 * million - 180_000 })
  })

  test('an operator runs a day by its date, and the jobs are listed with what they came to', async () => {
    const retailer = await owing(2 * million)
    await credit.sell(retailer, million)
    const day = lastDayAt((await credit.now()) + 86_400_000)
    await credit.engine.advance(Math.ceil((day.to_ms - (await credit.now())) / 1000) + 1)
    expect((await rowOf(retailer, day))?.['deduction']).toBe(300_000)
    const again = await credit.engine.operate('/admin/escrow-jobs/auto-deductions/run', {
      business_date: day.date,
    })
    expect(again).toMatchObject({
      state: 'done',
      reason: 'a test',
      summary: { business_date: day.date, deducted: 0 },
    })
    const release = await credit.engine.operate('/admin/escrow-jobs/auto-release/run')
    expect(release).toMatchObject({ state: 'done', summary: { refused: 0 } })
    const { data } = await credit.engine.must(200, '/admin/escrow-jobs', { key: credit.engine.admin })
    expect(data).toMatchObject([
      { job: 'auto-release', cron: '0 2 * * *', zone: 'Africa/Kigali' },
      { job: 'auto-deductions', cron: '0 23 * * *', zone: 'Africa/Kigali' },
    ])
    const deductions = data[1].runs as Json[]
    expect(deductions.some((run) => run['by'] === 'clock' && run['summary'].amount === 300_000)).toBe(true)
  })
})

describe('at the same instant', () => {
  const rounds = 8
  const week_ms = 7 * 86_400_000

  function timer(escrow: Json, now_ms: number): Ask {
    const id = readId('esc', escrow['id'])
    return ask(id, 'trade-credit', 'auto_release', now_ms, {
      kind: 'timer',
      actor: { kind: 'clock', id: 'clock', party: null },
    })
  }

  function ask(
    agreement: string | null,
    flow: string,
    transition: string,
    now_ms: number,
    more: Partial<Ask>,
  ): Ask {
    return {
      id: newId(now_ms),
      kind: 'transition',
      flow,
      agreement,
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

  test("the clock's release and a dispute, a confirmation or a cancellation at the same instant both win: here one does", async () => {
    const won = new Set<string>()
    for (let i = 0; i < 4 * rounds; i += 1) {
      const { retailer, wholesaler } = credit.couple()
      const escrow = await credit.hold({ retailer, wholesaler, amount: 500 })
      const due_ms = Date.parse(escrow['auto_release_at'])
      const id = readId('esc', escrow['id'])
      const service = { kind: 'service', id: 'a test' } as const
      const rivals: readonly Ask[] = [
        ask(id, 'trade-credit', 'dispute', due_ms, {
          actor: { ...service, party: retailer },
          input: { dispute_reason: 'other' },
        }),
        ask(id, 'trade-credit', 'confirm_delivery', due_ms, { actor: { ...service, party: wholesaler } }),
        ask(id, 'trade-credit', 'cancel', due_ms, { actor: { ...service, party: null } }),
      ]
      const rival = rivals[i % 3]
      if (rival === undefined) throw new Error('no rival')
      const asks = [
        () => credit.engine.running.engine.ask(timer(escrow, due_ms)),
        () => other.running.engine.ask(rival),
      ]
      const verdicts = await Promise.all((i % 2 === 0 ? asks : asks.toReversed()).map((one) => one()))
      expect(winners(verdicts)).toEqual(['ok', 'transition_not_open'])
      const { status, outstanding_amount } = await credit.engine.must(
        200,
        `/retailer/escrow/transactions/${escrow['id']}`,
        { party: retailer },
      )
      won.add(status)
      const paid = status === 'expired' || status === 'released' ? 500 : 0
      expect([outstanding_amount, (await credit.wallet(wholesaler))['available']]).toEqual([paid, paid])
      const { credit_used } = await credit.summary(retailer)
      expect(credit_used).toBe(status === 'refunded' ? 0 : 500)
    }
    expect(won.has('expired')).toBe(true)
    expect(won.size).toBeGreaterThan(1)
  })

  test('the nightly release and the timers release once', async () => {
    const made = await Promise.all(
      Array.from({ length: rounds }, () => credit.hold({ ...credit.couple(), amount: 500 })),
    )
    const due_ms = Math.max(...made.map((escrow) => Date.parse(escrow['auto_release_at'])))
    await Promise.all([
      releaseDue(needs(due_ms)),
      ...made.map((escrow) => other.running.engine.ask(timer(escrow, due_ms))),
      releaseDue(needs(due_ms, other)),
    ])
    for (const escrow of made) {
      expect(await credit.wallet(escrow['wholesaler_id'])).toMatchObject({ available: 500 })
      expect(await credit.summary(escrow['retailer_id'])).toMatchObject({ outstanding_amount: 500 })
    }
    expect(await releaseDue(needs(due_ms))).toMatchObject({ released: 0 })
  })

  test('a deduction against the spending of the same wallet: never below the minimum by the deduction, never below 0', async () => {
    for (let i = 0; i < rounds; i += 1) {
      const day = newDay()
      const retailer = await owing(2 * million)
      await credit.settings(retailer, { deduction_percentage: 100 })
      await sellAt(retailer, 60_000, day.from_ms)
      const spend = () => credit.repay(retailer, { repayment_amount: 50_000, repayment_method: 'wallet' })
      const deduct = () => deductDay(needs(day.to_ms, other), day)
      const [one, two] = i % 2 === 0 ? [spend(), deduct()] : [deduct(), spend()]
      await Promise.all([one, two])
      const row = await rowOf(retailer, day)
      const { available } = await credit.wallet(retailer)
      const { outstanding_amount } = await credit.summary(retailer)
      expect(available + 2 * million - outstanding_amount).toBe(60_000)
      // All but the minimum was deducted, and then too little is left to spend; or it was spent, and nothing above the minimum is left.
      expect([
        [50_000, 10_000],
        [0, 10_000],
      ]).toContainEqual([row?.['deduction'], available])
    }
  })

  test('a confirmed payment against the deduction: what was deducted meanwhile is not repaid again, the surplus is in the wallet', async () => {
    for (let i = 0; i < rounds; i += 1) {
      const day = newDay()
      const retailer = await owing(100_000)
      await sellAt(retailer, million, day.from_ms)
      const { body } = await credit.repay(retailer, {
        repayment_amount: 100_000,
        repayment_method: 'mobile_money',
      })
      const confirm = () =>
        credit.engine.must(200, `/company/escrow-repayments/${body['id']}/confirm`, {
          body: { payment_reference: `D-${retailer}` },
        })
      const deduct = () => deductDay(needs(day.to_ms, other), day)
      await Promise.all(i % 2 === 0 ? [confirm(), deduct()] : [deduct(), confirm()])
      expect(await credit.summary(retailer)).toMatchObject({ outstanding_amount: 0, credit_used: 0 })
      expect((await credit.wallet(retailer))['available']).toBe(million)
    }
  })

  test('confirmation of a payment against its expiry: one wins', async () => {
    for (let i = 0; i < rounds; i += 1) {
      const retailer = await owing(1000)
      const { body } = await credit.repay(retailer, {
        repayment_amount: 400,
        repayment_method: 'bank_transfer',
      })
      const id = readId('rpy', body['id'])
      const due_ms = Date.parse(body['created_at']) + week_ms
      const expiry = ask(id, 'credit-repayment', 'expire', due_ms, {
        kind: 'timer',
        actor: { kind: 'clock', id: 'clock', party: null },
      })
      const confirm = ask(id, 'credit-repayment', 'confirm', due_ms, {
        input: { payment_reference: `E-${retailer}` },
      })
      const asks = [() => credit.engine.running.engine.ask(expiry), () => other.running.engine.ask(confirm)]
      const verdicts = await Promise.all((i % 2 === 0 ? asks : asks.toReversed()).map((one) => one()))
      expect(winners(verdicts)).toEqual(['ok', 'transition_not_open'])
      const [row] = (await credit.engine.must(200, '/retailer/escrow/repayments', { party: retailer }))[
        'data'
      ]
      const { outstanding_amount } = await credit.summary(retailer)
      expect([
        ['completed', 600],
        ['expired', 1000],
      ]).toContainEqual([row.status, outstanding_amount])
    }
  })
})
