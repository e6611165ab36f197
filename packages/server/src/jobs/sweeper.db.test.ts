/** The sweeper: what should have moved on by itself and did not. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../test/fixtures/database.ts'
import { realClock } from '../platform/clock.ts'
import { createLog } from '../platform/log.ts'
import { held_ms_max, sweep } from './sweeper.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

test.each([
  ['held by a process that died: free for the next', held_ms_max + 1_000, null],
  ['held for a moment: left to who holds it', held_ms_max - 30_000, 'worker'],
])('a job %s', async (_, held_ms, holder) => {
  const { db } = database
  const { id } = await db.one<{ id: bigint }>(
    `select (graphile_worker.add_job('post-later', '{}', job_key => 'a job', max_attempts => 5)).id`,
  )
  await db.run(
    `update graphile_worker._private_jobs set locked_at = $2, locked_by = 'worker', attempts = 1 where id = $1`,
    [id, new Date(realClock.now() - held_ms)],
  )
  await sweep({ db, clock: realClock, log: createLog('silent') })
  const { locked_by } = await db.one<{ locked_by: string | null }>(
    'select locked_by from graphile_worker.jobs where id = $1',
    [id],
  )
  expect(locked_by).toBe(holder)
  await db.run('delete from graphile_worker._private_jobs where id = $1', [id])
})
