// A real engine on its way through time: schedules and the timers of orders, in order, over a change of the clocks.
import { afterEach, describe, expect, test } from 'vitest'
import type { ScheduleContext } from '../../src/module-schedules.ts'
import { SandboxClock } from '../../src/platform/clock.ts'
import { advance } from '../../src/scheduling/advance.ts'
import type { Schedule, Schedules } from '../../src/scheduling/schedules.ts'
import type { Timers } from '../../src/scheduling/timers.ts'
import { freshDatabase } from '../fixtures/database.ts'
import { customer, startEngine, type Engine, type EngineOptions, type Json } from '../fixtures/engine.ts'

const hour_ms = 3_600_000
const day_ms = 24 * hour_ms
/** The night in which Berlin jumps over 02:30, next year. */
const year = new Date().getUTCFullYear() + 1
const sunday = 31 - new Date(Date.UTC(year, 2, 31)).getUTCDay()
const jump_ms = Date.UTC(year, 2, sunday, 1)

const engines: Engine[] = []
afterEach(async () => {
  for (const engine of engines.splice(0).toReversed()) await engine.stop()
})

/** What a run saw when it ran. */
interface Seen {
  readonly name: string
  readonly due: string
  readonly completed: bigint
  readonly now_ms: number
}

/** Daily, so many hours from now, so that nothing is due by itself while a test runs. */
const later = (hours: number) => `30 ${(new Date().getUTCHours() + hours) % 24} * * *`

/** In Berlin; the early one comes in the gap of the change. */
const at_night = [
  { name: 'late', cron: '0 23 * * *', zone: 'Europe/Berlin' },
  { name: 'early', cron: '30 2 * * *', zone: 'Europe/Berlin' },
]
const in_hours = [
  { name: 'late', cron: later(15), zone: 'UTC' },
  { name: 'early', cron: later(9), zone: 'UTC' },
]

/** Schedules whose runs look at the orders. */
function watching(seen: Seen[], schedules = in_hours): (context: ScheduleContext) => Schedule[] {
  return ({ db, clock }) =>
    schedules.map((is) => ({
      ...is,
      run: async (due_ms) => {
        const { completed } = await db.one<{ completed: bigint }>(
          `select count(*) as completed from agreements where state = 'completed' and flow = 'marketplace-order'`,
        )
        seen.push({ name: is.name, due: minute(due_ms), completed, now_ms: clock.now() })
        return { orders: completed.toString() }
      },
    }))
}

async function engineWith(options: EngineOptions): Promise<Engine> {
  const engine = await startEngine(options)
  engines.push(engine)
  return engine
}

const minute = (ms: number) => new Date(ms).toISOString().slice(0, 16)
const moveTo = (engine: Engine, ms: number) =>
  engine.must(200, '/v1/test-clock/advance', { body: { to: new Date(ms).toISOString() } })

/** An order that the clock completes 48 hours from now, and when exactly. */
async function delivered(engine: Engine): Promise<{ id: string; at_ms: number }> {
  const id = await engine.order({ ...customer, amount: 500 }, 'pay', 'ship', 'deliver')
  const { timers } = await engine.must(200, `/orders/${id}`)
  const ends = (timers as Json[]).filter(({ transition }) => transition === 'complete_unanswered')
  // A reminder comes before it.
  const at_ms = Math.max(...ends.map(({ at }) => Date.parse(at)))
  return { id, at_ms }
}

describe('the way of the sandbox clock', () => {
  test('timers and schedules fire in order, over a night in which the clocks change', async () => {
    const seen: Seen[] = []
    const engine = await engineWith({ schedules: watching(seen, at_night) })
    await moveTo(engine, jump_ms - 2 * day_ms + hour_ms)
    seen.length = 0
    const { at_ms } = await delivered(engine)
    // A little after the jump, so after the early run that the jump brought.
    expect(at_ms).toBeGreaterThan(jump_ms)
    const { fired, runs, now } = await moveTo(engine, jump_ms + 2 * day_ms)
    expect({ runs, now: Math.floor((Date.parse(now) - jump_ms) / hour_ms) }).toEqual({ runs: 8, now: 48 })
    // The reminder, and the end.
    expect(fired).toBe(2)
    const days = [-1, 0, 1, 2].map((days) => jump_ms + days * day_ms)
    const [before = 0, jump = 0, after = 0, end = 0] = days
    expect(seen.map(({ name, due, completed }) => `${name} ${due} ${completed}`)).toEqual([
      `late ${minute(before - 3 * hour_ms)} 0`,
      `early ${minute(before + hour_ms / 2)} 0`,
      `late ${minute(jump - 3 * hour_ms)} 0`,
      `early ${minute(jump)} 0`,
      `late ${minute(after - 4 * hour_ms)} 1`,
      `early ${minute(after - hour_ms / 2)} 1`,
      `late ${minute(end - 4 * hour_ms)} 1`,
      `early ${minute(end - hour_ms / 2)} 1`,
    ])
    // The clock stood at the due instant, whatever the machine needed.
    for (const { due, now_ms } of seen) expect(now_ms).toBe(Date.parse(`${due}Z`))
    expect(await engine.integrity()).toMatchObject({ clean: true })
  })

  test('what is brought about on the way happens on it too, when the machine takes longer than the way', async () => {
    const database = await freshDatabase()
    const clock = new SandboxClock(database.db)
    const nothing = { nextDue: () => Promise.resolve(null), counts: { fired: 0 } }
    const from_ms = clock.now()
    const fired: number[] = []
    let due_ms: number | null = from_ms
    const payments = {
      nextDue: () => Promise.resolve(due_ms),
      fireDue: async (now_ms: number) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        fired.push(now_ms)
        due_ms = fired.length < 3 ? clock.now() : null
        return 1
      },
    }
    const due = { timers: nothing as unknown as Timers, schedules: nothing as unknown as Schedules, payments }
    await advance(due, clock, from_ms + 10)
    expect(fired).toHaveLength(3)
    expect(new Set(fired).size).toBe(1)
    expect(clock.now()).toBeGreaterThan(from_ms + 10)
    await database.drop()
  })

  test('at one instant the timer comes first', async () => {
    const seen: Seen[] = []
    const engine = await engineWith({ schedules: watching(seen) })
    const { id, at_ms } = await delivered(engine)
    await engine.running.db.run('update schedules set next_at = $1', [new Date(at_ms)])
    seen.length = 0
    await moveTo(engine, at_ms)
    expect(seen.map(({ name, completed }) => [name, completed])).toEqual([
      ['early', 1n],
      ['late', 1n],
    ])
    expect(await engine.must(200, `/orders/${id}`)).toMatchObject({ state: 'completed' })
  })

  test('two engines on one database: each due instant once, whoever it is', async () => {
    const [ours, theirs]: [Seen[], Seen[]] = [[], []]
    const engine = await engineWith({ schedules: watching(ours) })
    const { database_url: url } = engine.running
    const keys = { service_key: engine.service, operator_key: engine.admin }
    const other = await engineWith({ url, keys, schedules: watching(theirs) })
    await engine.advance(10 * 86_400)
    // Nothing is left to the other one, which hears of the new time here.
    expect(await other.must(200, '/v1/test-clock/advance', { body: { seconds: 1 } })).toMatchObject({
      runs: 0,
    })
    const all = [...ours, ...theirs].map(({ name, due }) => `${name} ${due}`)
    expect(all).toHaveLength(20)
    expect(new Set(all).size).toBe(20)
    const rows = await engine.running.db.any<{ state: string; attempts: number }>(
      'select state, attempts from schedule_runs',
    )
    expect(rows).toEqual(Array.from({ length: 20 }, () => ({ state: 'done', attempts: 1 })))
  })

  test('a year, with a run that always fails: it arrives, and says how many runs there were', async () => {
    const failing = {
      name: 'failing',
      cron: later(12),
      zone: 'UTC',
      run: () => Promise.reject(new Error('no')),
    }
    const engine = await engineWith({ schedules: () => [failing] })
    const { runs } = await engine.advance(365 * 86_400)
    expect(runs).toBe(365)
    const { next_at, last_run } = (await engine.must(200, '/v1/schedules', { key: engine.admin }))['data'][0]
    expect(last_run).toMatchObject({ state: 'failed', error: 'Error: no' })
    const { now } = await engine.must(200, '/v1/test-clock')
    expect(Date.parse(next_at)).toBeGreaterThan(Date.parse(now))
    expect(engine.log.filter((line) => line.includes('a scheduled run failed'))).toHaveLength(365)
  })
})

describe('the API', () => {
  test('lists schedules and their runs, newest first, page by page', async () => {
    const seen: Seen[] = []
    const engine = await engineWith({ schedules: watching(seen) })
    const before = await engine.must(200, '/v1/schedules', { key: engine.admin })
    expect(before['data'].map(({ name, last_run }: Json) => [name, last_run])).toEqual([
      ['early', null],
      ['late', null],
    ])
    await engine.advance(5 * 86_400)
    const { data } = await engine.must(200, '/v1/schedules', { key: engine.admin })
    expect(data[0]).toMatchObject({
      ...in_hours[1],
      last_run: { state: 'done', by: 'clock' },
    })
    const found: Json[] = []
    for (let more = true; more;) {
      const last = found.at(-1)?.['id']
      const page = await engine.must(
        200,
        `/v1/schedules/early/runs?limit=2${last === undefined ? '' : `&starting_after=${last}`}`,
        { key: engine.admin },
      )
      found.push(...page['data'])
      more = page['has_more']
    }
    const dues = seen.filter(({ name }) => name === 'early').map(({ due }) => due)
    expect(found.map(({ due_at }) => due_at.slice(0, 16))).toEqual(dues.toReversed())
    expect(found[0]).toEqual(data[0].last_run)
    expect(
      (await engine.ask('/v1/schedules/early/runs?starting_after=run_x', { key: engine.admin })).status,
    ).toBe(400)
    expect((await engine.ask('/v1/schedules/nothing/runs', { key: engine.admin })).status).toBe(404)
  })

  test('an operator runs one by hand: once per key, with a reason, for now or an instant that has come', async () => {
    const seen: Seen[] = []
    const engine = await engineWith({ schedules: watching(seen) })
    const path = '/v1/schedules/late/run'
    const asking = { key: engine.admin, body: { reason: 'month end' }, idempotency: 'once' }
    const first = await engine.ask(path, asking)
    const again = await engine.ask(path, asking)
    expect([first.status, first.body['state'], first.body['reason'], first.body['by']]).toEqual([
      200,
      'done',
      'month end',
      'sandbox admin',
    ])
    expect(again.text).toBe(first.text)
    expect(seen).toHaveLength(1)
    const due_at = '2026-03-15T22:00:00.000Z'
    expect(await engine.operate(path, { due_at })).toMatchObject({ due_at, state: 'done' })
    expect(seen.at(-1)?.due).toBe('2026-03-15T22:00')
    const refused = async (body: Json, key = engine.admin) => (await engine.ask(path, { key, body })).status
    expect(await refused({ reason: 'x', due_at: '2999-01-01T00:00:00Z' })).toBe(400)
    expect(await refused({})).toBe(400)
    expect(await refused({ reason: 'x', more: 1 })).toBe(400)
    expect(await refused({ reason: 'x' }, engine.service)).toBe(403)
    expect(await refused({ reason: 'x' }, await engine.token('ayesha'))).toBe(403)
    expect(seen).toHaveLength(2)
    expect(
      (await engine.ask('/v1/schedules/nothing/run', { key: engine.admin, body: { reason: 'x' } })).status,
    ).toBe(404)
  })
})
