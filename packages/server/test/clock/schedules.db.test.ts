// Schedules on a real database: once per due instant, whoever dies, however many processes there are, however far behind.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DatabaseUnavailable, type Database } from '../../src/platform/postgres/database.ts'
import { createLog } from '../../src/platform/log.ts'
import { listRuns, type ScheduleRun } from '../../src/scheduling/runs.ts'
import { connectLocks } from '../../src/scheduling/locks.ts'
import { missed_days_max, Schedules, type Schedule } from '../../src/scheduling/schedules.ts'
import { freshDatabase, type FreshDatabase } from '../fixtures/database.ts'
import { patience_ms } from '../fixtures/patience.ts'

const kigali = { cron: '0 23 * * *', zone: 'Africa/Kigali' }
const at = (text: string) => Date.parse(text)
const day_ms = 86_400_000
const start_ms = at('2026-03-10T12:00:00Z')
const due_ms = at('2026-03-10T21:00:00Z')

let database: FreshDatabase
let db: Database
const locks: Database[] = []
beforeAll(async () => {
  database = await freshDatabase()
  db = database.db
})
afterAll(async () => {
  for (const each of locks) await each.close()
  await database.drop()
})
beforeEach(async () => {
  await db.run('delete from schedule_runs')
  await db.run('delete from schedules')
})

/** One process: connections of its own, and a clock that stands. */
function processWith(...schedules: Schedule[]): Schedules {
  const own = connectLocks(database.url)
  locks.push(own)
  const clock = { now: () => start_ms }
  const timers = { fireDue: () => Promise.resolve(0) }
  return new Schedules({ db, locks: own, clock, log: createLog('silent'), timers }, schedules)
}

/** Keeps what it was run for. */
function diary(name = 'deductions', is: Partial<Schedule> = {}): Schedule & { readonly pages: string[] } {
  const pages: string[] = []
  const run = (ms: number) => {
    pages.push(new Date(ms).toISOString().slice(0, 16))
    return Promise.resolve({ pages: pages.length })
  }
  return { name, ...kigali, run, ...is, pages }
}

async function runsOf(name = 'deductions'): Promise<ScheduleRun[]> {
  return (await listRuns(db, name, null, 1_000)).toReversed()
}

describe('when', () => {
  test('the first run is the first due instant after the schedule was seen; at the instant itself, not before', async () => {
    const book = diary()
    const schedules = processWith(book)
    await schedules.publish(start_ms)
    await schedules.publish(start_ms + 1)
    expect(await schedules.nextDue()).toBe(due_ms)
    expect(await schedules.runDue(due_ms - 1)).toBe(0)
    expect(book.pages).toEqual([])
    expect(await schedules.runDue(due_ms)).toBe(1)
    expect(await schedules.runDue(due_ms)).toBe(0)
    expect(book.pages).toEqual(['2026-03-10T21:00'])
    expect(await schedules.nextDue()).toBe(due_ms + day_ms)
    expect(await runsOf()).toMatchObject([
      { state: 'done', by: 'clock', reason: null, attempts: 1, summary: { pages: 1 }, error: null },
    ])
  })

  test('what was missed is made up in order of days, and at one instant in order of names', async () => {
    const order: string[] = []
    const noted = (name: string, is: Partial<Schedule> = {}) =>
      diary(name, { run: async (ms) => ({ at: order.push(`${name} ${new Date(ms).getUTCDate()}`) }), ...is })
    const schedules = processWith(noted('b'), noted('a'), noted('early', { cron: '0 2 * * *' }))
    await schedules.publish(start_ms)
    expect(await schedules.runDue(at('2026-03-12T21:00:00Z'))).toBe(8)
    expect(order).toEqual(['a 10', 'b 10', 'early 11', 'a 11', 'b 11', 'early 12', 'a 12', 'b 12'])
  })

  test('years behind: the last days are made up, the others passed over, and then it is up to date', async () => {
    const book = diary()
    const schedules = processWith(book)
    await schedules.publish(start_ms)
    const now_ms = start_ms + 3 * 365 * day_ms
    expect(await schedules.runDue(now_ms)).toBe(missed_days_max)
    expect(book.pages[0]).toBe(
      new Date(due_ms + (3 * 365 - missed_days_max) * day_ms).toISOString().slice(0, 16),
    )
    expect(await schedules.nextDue()).toBe(due_ms + 3 * 365 * day_ms)
  })

  test('a schedule that comes at other times from now on; what was due before stays due', async () => {
    await processWith(diary()).publish(start_ms)
    const later = processWith(diary('deductions', { cron: '30 23 * * *' }))
    await later.publish(start_ms)
    expect(await later.nextDue()).toBe(due_ms + 30 * 60_000)
    const other = processWith(diary('deductions', { zone: 'Asia/Manila' }))
    await other.publish(due_ms + day_ms)
    expect(await other.nextDue()).toBe(due_ms + 30 * 60_000)
  })

  test('one that is in the code no more is not looked at', async () => {
    await processWith(diary('gone')).publish(start_ms)
    const schedules = processWith(diary())
    await schedules.publish(start_ms + day_ms)
    expect(await schedules.nextDue()).toBe(due_ms + day_ms)
  })

  test('timers that are due by then come first, page by page', async () => {
    const told: string[] = []
    const own = connectLocks(database.url)
    locks.push(own)
    const pages = [500, 3, 0]
    const timers = {
      fireDue: (now_ms: number, until_ms?: number) => {
        told.push(`timers ${now_ms - due_ms} ${(until_ms ?? 0) - due_ms}`)
        return Promise.resolve(pages.shift() ?? 0)
      },
    }
    const book = diary('deductions', { run: async () => ({ at: told.push('run') }) })
    const schedules = new Schedules(
      { db, locks: own, clock: { now: () => due_ms }, log: createLog('silent'), timers },
      [book],
    )
    await schedules.publish(start_ms)
    await schedules.runDue(due_ms + 7, { due_ms })
    expect(told).toEqual(['timers 7 0', 'timers 7 0', 'timers 7 0', 'run'])
  })
})

describe('failure', () => {
  test('a run that fails is kept with its error, and the next day comes', async () => {
    const schedules = processWith(
      diary('deductions', { run: () => Promise.reject(new Error('the bank is closed')) }),
    )
    await schedules.publish(start_ms)
    expect(await schedules.runDue(due_ms)).toBe(1)
    expect(await runsOf()).toMatchObject([
      { state: 'failed', error: 'Error: the bank is closed', summary: null },
    ])
    expect(await schedules.nextDue()).toBe(due_ms + day_ms)
  })

  test('what is no JSON is a failure, not a run that never ends', async () => {
    const schedules = processWith(diary('deductions', { run: () => Promise.resolve({ amount: 1n }) }))
    await schedules.publish(start_ms)
    expect(await schedules.runDue(due_ms)).toBe(1)
    expect(await runsOf()).toMatchObject([{ state: 'failed', error: expect.stringContaining('BigInt') }])
  })

  test('a run that lost the database has not ended: it is taken up again for the same instant', async () => {
    let away = true
    const book = diary()
    const schedules = processWith({
      ...book,
      run: (ms) => (away ? Promise.reject(new DatabaseUnavailable('away')) : book.run(ms)),
    })
    await schedules.publish(start_ms)
    await expect(schedules.runDue(due_ms)).rejects.toThrow('away')
    expect(await runsOf()).toMatchObject([{ state: 'running' }])
    away = false
    expect(await schedules.runDue(due_ms + 5_000)).toBe(1)
    expect(book.pages).toEqual(['2026-03-10T21:00'])
    expect(await runsOf()).toMatchObject([{ state: 'done', attempts: 2 }])
  })

  test('a process that is killed in the middle: the next one runs it again, under the same due instant', async () => {
    const book = diary()
    const schedules = processWith(book)
    await schedules.publish(start_ms)
    const child = spawn(process.execPath, [
      fileURLToPath(new URL('./dying.ts', import.meta.url)),
      database.url,
      book.name,
      book.cron,
      book.zone,
      String(due_ms),
    ])
    try {
      await once(child.stdout, 'data')
      expect(await runsOf()).toMatchObject([{ state: 'running', attempts: 1 }])
      // It lives, so it is left to it.
      expect(await schedules.runDue(due_ms + 60_000)).toBe(0)
      expect(book.pages).toEqual([])
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await expect.poll(() => schedules.runDue(due_ms + 2 * 60_000), { timeout: patience_ms }).toBe(1)
    expect(book.pages).toEqual(['2026-03-10T21:00'])
    const runs = await runsOf()
    expect(runs).toMatchObject([{ state: 'done', attempts: 2, due_at: new Date(due_ms) }])
  })

  test('who has lost the lock writes no end over the one of who took over', async () => {
    const { started, finish, schedule } = slow()
    const first = processWith(schedule)
    await first.publish(start_ms)
    const lost = first.runDue(due_ms)
    await started
    await db.any(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'holdfast schedules' and state = 'idle in transaction'`,
    )
    const book = diary()
    await expect.poll(() => processWith(book).runDue(due_ms), { timeout: patience_ms }).toBe(1)
    finish({ from: 'the one that lost it' })
    await expect(lost).rejects.toThrow(DatabaseUnavailable)
    expect(await runsOf()).toMatchObject([{ state: 'done', attempts: 2, summary: { pages: 1 } }])
  })
})

describe('two processes', () => {
  test('twenty at once run each due instant once', async () => {
    const books = Array.from({ length: 20 }, () => diary())
    const processes = books.map((book) => processWith(book))
    await processes[0]?.publish(start_ms)
    for (const days of [0, 1, 2]) {
      const runs = await Promise.all(processes.map((each) => each.runDue(due_ms + days * day_ms)))
      expect(runs.reduce((sum, each) => sum + each, 0)).toBe(1)
    }
    expect(books.flatMap((book) => book.pages).toSorted()).toEqual([
      '2026-03-10T21:00',
      '2026-03-11T21:00',
      '2026-03-12T21:00',
    ])
    expect(await runsOf()).toHaveLength(3)
  })

  test('who waits finds it done; who does not goes on with the others', async () => {
    const { started, finish, schedule } = slow()
    const first = processWith(schedule)
    await first.publish(start_ms)
    const under_way = first.runDue(due_ms)
    await started
    const [book, other] = [diary(), diary('other')]
    const second = processWith(book, other)
    await second.publish(start_ms)
    expect(await second.runDue(due_ms)).toBe(1)
    expect([book.pages, other.pages.length]).toEqual([[], 1])
    const waiting = second.runDue(due_ms, { due_ms, waits: true })
    await new Promise((resolve) => setTimeout(resolve, 200))
    finish({})
    expect(await under_way).toBe(1)
    expect(await waiting).toBe(0)
    expect(book.pages).toEqual([])
  })
})

describe('by hand', () => {
  const by_hand = { due_ms: due_ms - 60_000, now_ms: start_ms, by: 'maria', reason: 'the auditor asks' }

  test('at once, and when it is due next does not change; twice for one instant are two rows', async () => {
    const book = diary()
    const schedules = processWith(book)
    await schedules.publish(start_ms)
    for (const now_ms of [start_ms, start_ms + 1])
      expect(await schedules.runNow('deductions', { ...by_hand, now_ms, due_ms })).toMatchObject({
        state: 'done',
        by: 'maria',
        reason: 'the auditor asks',
        due_at: new Date(due_ms),
      })
    expect(await schedules.nextDue()).toBe(due_ms)
    expect(await schedules.runDue(due_ms)).toBe(1)
    expect(book.pages).toEqual(['2026-03-10T21:00', '2026-03-10T21:00', '2026-03-10T21:00'])
    expect((await runsOf()).map(({ by }) => by).toSorted()).toEqual(['clock', 'maria', 'maria'])
  })

  test('not beside a run under way, and not of what there is not', async () => {
    const { started, finish, schedule } = slow()
    const schedules = processWith(schedule)
    await schedules.publish(start_ms)
    const under_way = schedules.runDue(due_ms)
    await started
    expect(await processWith(diary()).runNow('deductions', by_hand)).toMatchObject({
      code: 'request_in_progress',
    })
    expect(await schedules.runNow('nothing', by_hand)).toMatchObject({ code: 'not_found' })
    finish({})
    await under_way
    expect(await runsOf()).toHaveLength(1)
  })

  test('one that died is told as failed by the next run', async () => {
    const schedules = processWith(
      diary('deductions', { run: () => Promise.reject(new DatabaseUnavailable('away')) }),
    )
    await schedules.publish(start_ms)
    await expect(schedules.runNow('deductions', by_hand)).rejects.toThrow('away')
    expect(await runsOf()).toMatchObject([{ state: 'running', by: 'maria' }])
    await processWith(diary()).runDue(due_ms)
    expect((await runsOf()).map(({ by, state }) => `${by} ${state}`).toSorted()).toEqual([
      'clock done',
      'maria failed',
    ])
  })
})

/** A run that begins, and ends when it is told to. */
function slow() {
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<object>()
  const run = () => {
    begun.resolve()
    return ended.promise
  }
  return { started: begun.promise, finish: ended.resolve, schedule: diary('deductions', { run }) }
}
