/** Following: whatever happens to a follower, each event comes to it once, in order. */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../test/fixtures/database.ts'
import { append } from '../../test/fixtures/event-log.ts'
import type { Tx } from '../platform/postgres/database.ts'
import { createLog } from '../platform/log.ts'
import { projected_events_max, Projections, type Projection } from './projections.ts'
import type { LoggedEvent } from './log.ts'
import { until } from '../../test/fixtures/patience.ts'

const log = createLog('silent')
const fresh: FreshDatabase[] = []
let db: FreshDatabase['db']

beforeEach(async () => {
  const database = await freshDatabase()
  fresh.push(database)
  ;({ db } = database)
  await db.run('create table seen (place bigint generated always as identity, follower text, seq bigint)')
})
afterAll(() => Promise.all(fresh.map((database) => database.drop())))

/** Nothing in the table keeps it from seeing one event twice. */
const seeing = (name: string, before?: (tx: Tx, events: readonly LoggedEvent[]) => unknown): Projection => ({
  name,
  async project(tx, events) {
    await tx.run('insert into seen (follower, seq) select $1, * from unnest($2::bigint[])', [
      name,
      events.map(({ seq }) => seq),
    ])
    await before?.(tx, events)
  },
})

async function seen(name: string): Promise<bigint[]> {
  const rows = await db.any<{ seq: bigint }>('select seq from seen where follower = $1 order by place', [
    name,
  ])
  return rows.map(({ seq }) => seq)
}

const upto = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, i) => BigInt(first + i))
const many = projected_events_max * 2 + 500
const events = (count: number) => Array.from({ length: count }, () => ({}))

test('every event, in order, in pages of a bounded size', async () => {
  await append(db, events(many))
  const sizes: number[] = []
  const projections = new Projections(db, [seeing('all', (_, page) => sizes.push(page.length))], log)
  await projections.catchUp()
  expect(await seen('all')).toEqual(upto(many))
  expect(sizes).toEqual([projected_events_max, projected_events_max, 500])
  await append(db, events(3))
  await projections.catchUp('all')
  await projections.catchUp('all')
  expect(await seen('all')).toEqual(upto(many + 3))
})

test('two processes take turns: nothing twice, nothing missed', async () => {
  await append(db, events(many))
  const one = new Projections(db, [seeing('all')], log)
  const two = new Projections(db, [seeing('all')], log)
  await Promise.all([one.catchUp(), two.catchUp(), append(db, events(700)), one.catchUp(), two.catchUp()])
  await two.catchUp()
  expect(await seen('all')).toEqual(upto(many + 700))
})

test.each([
  ['throws', 'a bug', async () => Promise.reject(new Error('a bug'))],
  [
    'loses its connection',
    'terminat',
    async (tx: Tx) => tx.one('select pg_terminate_backend(pg_backend_pid())'),
  ],
])('a follower that %s after it has written goes on where it was', async (_, error, fail) => {
  await append(db, events(many))
  let pages = 0
  const failing = seeing('all', (tx) => ((pages += 1) === 2 ? fail(tx) : null))
  await expect(new Projections(db, [failing], log).catchUp()).rejects.toThrow(error)
  expect(await seen('all')).toEqual(upto(projected_events_max))
  // Another process, which knows nothing of the first.
  await new Projections(db, [seeing('all')], log).catchUp()
  expect(await seen('all')).toEqual(upto(many))
})

test('only the flows that it follows, and what it passes over does not hold it up', async () => {
  await append(db, [{ flow: 'a' }, { flow: 'b' }, { flow: 'a' }, { flow: 'c' }])
  await new Projections(db, [{ ...seeing('some'), flows: ['a'] }], log).catchUp()
  expect(await seen('some')).toEqual([1n, 3n])
  const { seq } = await db.one<{ seq: bigint }>('select seq from projections where name = $1', ['some'])
  expect(seq).toBe(4n)
})

test('who catches up after an event reads it, though another catching up is under way', async () => {
  await append(db, events(many))
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const projections = new Projections(db, [seeing('all', () => held)], log)
  const first = projections.catchUp()
  await append(db, events(1))
  const later = [projections.catchUp(), projections.catchUp(), projections.catchUp()]
  release()
  await Promise.all([first, ...later])
  expect(await seen('all')).toEqual(upto(many + 1))
})

test('it runs until told to stop; one that fails is tried again and holds up no other', async () => {
  const ending = new AbortController()
  let failures = 0
  const failing = seeing('failing', () => {
    failures += 1
    if (failures <= 1) throw new Error('a bug')
  })
  const running = new Projections(db, [failing, seeing('sound')], log).run(ending.signal)
  await append(db, events(5))
  for (const name of ['failing', 'sound'])
    await until(
      () => seen(name),
      ({ length }) => length === 5,
      name,
    )
  expect(failures).toBe(2)
  expect(await seen('sound')).toEqual(upto(5))
  expect(await seen('failing')).toEqual(upto(5))
  ending.abort()
  await running
  await append(db, events(1))
  await sleep(700)
  expect(await seen('sound')).toEqual(upto(5))
})
