// Examines the verbs, transactions, lanes, and what becomes of PostgreSQL's errors.
import { AssertionError } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../test/fixtures/database.ts'
import { connect, DatabaseUnavailable, isRetryable, isUniqueViolation, lane } from './database.ts'

let fresh: FreshDatabase

beforeAll(async () => {
  fresh = await freshDatabase('template0')
  await fresh.db.run('create table things (id int constraint things_once primary key, amount bigint)')
})
afterAll(() => fresh.drop())

test('types: money is bigint, instants are Dates, json is parsed, a date stays text', async () => {
  const row = await fresh.db.one(
    `select $1::bigint as amount, array[1, null]::bigint[] as amounts, '2026-01-02T03:04:05Z'::timestamptz as at,
            '{"a":1}'::jsonb as body, '2026-01-02'::date as day`,
    [9_007_199_254_740_993n],
  )
  expect(row).toEqual({
    amount: 9_007_199_254_740_993n,
    amounts: [1n, null],
    at: new Date('2026-01-02T03:04:05Z'),
    body: { a: 1 },
    day: '2026-01-02',
  })
})

const rows = (count: number) => `select * from generate_series(1, ${count}) as id\n -- second line`

test.each([
  ['one', 1],
  ['maybeOne', 0],
  ['maybeOne', 1],
  ['many', 2],
  ['any', 0],
  ['any', 2],
] as const)('%s accepts %i rows', async (verb, count) => {
  const found = await fresh.db[verb](rows(count))
  expect([found ?? []].flat()).toHaveLength(count)
})

test.each([
  ['one', 0],
  ['one', 2],
  ['maybeOne', 2],
  ['many', 0],
] as const)('%s of %i rows is a mistake that names its SQL', async (verb, count) => {
  const found = await fresh.db[verb](rows(count)).catch((error: unknown) => error)
  expect(found).toBeInstanceOf(AssertionError)
  expect(String(found)).toMatch(/rows where .* are expected: select .* as id$/)
})

test('run counts rows; a transaction is whole or nothing, and its errors keep their names', async () => {
  expect(await fresh.db.run('insert into things values (1, 1), (2, 2)')).toBe(2)
  const twice = await fresh.db
    .transaction(async (tx) => {
      await tx.run('insert into things values (3, 3)')
      await tx.run('insert into things values (1, 1)')
    })
    .catch((error: unknown) => error)
  expect(isUniqueViolation(twice)).toBe('things_once')
  expect(isRetryable(twice)).toBe(false)
  expect(await fresh.db.any('select id from things where id = 3')).toEqual([])
})

test('a transaction that swallowed a failure does not pass for committed, and its tx ends with it', async () => {
  const swallowed = fresh.db.transaction(async (tx) => {
    await tx.run('select wrong').catch(() => undefined)
    return tx
  })
  await expect(swallowed).rejects.toThrow('Rolled back instead of committed')
  const tx = await fresh.db.transaction(async (open) => open)
  await expect(tx.one('select 1')).rejects.toThrow('Used after its transaction ended: select 1')
})

test('of two transactions that lock each other out, one is retryable', async () => {
  await fresh.db.run('insert into things values (11, 0), (12, 0)')
  const touch = 'update things set amount = amount + 1 where id = $1'
  const met = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  const cross = (me: 0 | 1, one: number, other: number) =>
    fresh.db.transaction(async (tx) => {
      await tx.run(touch, [one])
      met[me].resolve()
      await Promise.all(met.map((side) => side.promise))
      await tx.run(touch, [other])
    })
  const ends = await Promise.allSettled([cross(0, 11, 12), cross(1, 12, 11)])
  expect(ends.map((end) => end.status === 'fulfilled' || isRetryable(end.reason))).toEqual([true, true])
  expect(ends.filter((end) => end.status === 'rejected')).toHaveLength(1)
})

test.each([
  ['nobody listens', 'postgres://x:y@127.0.0.1:1/x'],
  ['no such host', 'postgres://x:y@nowhere.invalid/x'],
])('unavailable: %s', async (_, url) => {
  const db = connect(url, { name: 'test', max: 1 })
  await expect(db.one('select 1')).rejects.toBeInstanceOf(DatabaseUnavailable)
  await expect(db.transaction((tx) => tx.one('select 1'))).rejects.toBeInstanceOf(DatabaseUnavailable)
  await db.close()
  const road = lane(url, 'test')
  await expect(road.query('select 1')).rejects.toBeInstanceOf(DatabaseUnavailable)
  expect(road.ok).toBe(false)
  await road.close()
})

test('a killed connection is unavailable, idle or in a transaction, and the pool goes on', async () => {
  const db = connect(fresh.url, { name: 'victim', max: 2 })
  await db.one('select 1')
  await kill('victim')
  await sleep(50)
  expect(await db.one('select 1 as one')).toEqual({ one: 1 })
  const cut = db.transaction(async (tx) => {
    await tx.one('select 1')
    await kill('victim')
    await sleep(50)
    await tx.one('select 1')
  })
  await expect(cut).rejects.toBeInstanceOf(DatabaseUnavailable)
  expect(await db.one('select 1 as one')).toEqual({ one: 1 })
  await db.close()
})

test('a lane pipelines in order, with its own settings', async () => {
  const road = lane(fresh.url, 'lane', { enable_hashjoin: 'off', jit: 'off' })
  const answers = await Promise.all([
    road.query('begin'),
    road.query({ name: 'add', text: 'insert into things values ($1, $2)', values: [21, 5n] }),
    road.query<{ amount: bigint }>('select amount from things where id = 21'),
    road.query('commit'),
    road.query(`select current_setting('enable_hashjoin') as value`),
  ])
  expect(answers[2].rows).toEqual([{ amount: 5n }])
  expect(answers[4].rows).toEqual([{ value: 'off' }])
  expect(road.ok).toBe(true)
  await road.close()
  await expect(road.query('select 1')).rejects.toBeInstanceOf(DatabaseUnavailable)
})

test('a lane whose transaction failed says so at commit, and goes on', async () => {
  const road = lane(fresh.url, 'lane')
  const ends = await Promise.allSettled(['begin', 'select wrong', 'commit'].map((sql) => road.query(sql)))
  expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  await expect(road.query('select 1 as one')).resolves.toMatchObject({ rows: [{ one: 1 }] })
  await road.close()
})

test('a lane that lost its connection never continues the transaction on another one', async () => {
  const road = lane(fresh.url, 'lost lane')
  await road.query('begin')
  await kill('lost lane')
  await sleep(50)
  expect(road.ok).toBe(false)
  const rest = ['insert into things values (31, 1)', 'commit'].map((sql) => road.query(sql))
  for (const end of await Promise.allSettled(rest))
    expect(end).toMatchObject({ status: 'rejected', reason: expect.any(DatabaseUnavailable) })
  await road.query('begin')
  expect((await road.query('select id from things where id = 31')).rows).toEqual([])
  await expect(road.query('begin')).rejects.toThrow('begin inside of a transaction')
  await road.query('commit')
  expect(road.ok).toBe(true)
  await road.close()
})

async function kill(name: string): Promise<void> {
  await fresh.db.any(
    'select pg_terminate_backend(pid, 1000) from pg_stat_activity where application_name = $1',
    [name],
  )
}

test('the pool used inside of its own transaction is a mistake that names its SQL; another pool, and afterwards, is fine', async () => {
  const other = connect(fresh.url, { name: 'other', max: 1 })
  const inside = (work: () => Promise<unknown>) => fresh.db.transaction(work).catch((error: Error) => error)
  expect(String(await inside(() => fresh.db.one('select 1')))).toMatch(
    /Beside the transaction that it stands in: select 1/,
  )
  expect(String(await inside(() => fresh.db.transaction(async () => undefined)))).toMatch(/stands in: begin/)
  expect(String(await inside(() => other.transaction(() => fresh.db.one('select 2'))))).toMatch(
    /in: select 2/,
  )
  expect(await inside(() => other.one('select 1 as one'))).toEqual({ one: 1 })
  // What goes on after the transaction has ended stands in none.
  const { promise, resolve } = Promise.withResolvers<void>()
  const later = { after: Promise.resolve<unknown>(undefined) }
  await fresh.db.transaction(async () => {
    later.after = promise.then(() => fresh.db.one('select 3 as three'))
  })
  resolve()
  expect(await later.after).toEqual({ three: 3 })
  await other.close()
})
