/** Two engine processes on one PostgreSQL, one of them killed: the auditor's books come out as the database's. */

import assert from 'node:assert/strict'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realClock } from '../../src/platform/clock.ts'
import { checkIntegrity } from '../../src/ledger/integrity.ts'
import { freshDatabase, type FreshDatabase } from '../fixtures/database.ts'
import { audit, readRows } from './postgres-audit.ts'
import { simulateOnPostgres } from './postgres-simulate.ts'
import { simulated } from './products.ts'

const asks = 8_000
const timeout_ms = 120_000
// Another one every day; HOLDFAST_SEED repeats one.
const seed = Number.parseInt(
  process.env['HOLDFAST_SEED'] ?? String(Math.floor(performance.timeOrigin / 86_400_000)),
  10,
)

let fresh: FreshDatabase
beforeAll(async () => void (fresh = await freshDatabase()))
afterAll(() => fresh.drop())

test(`seed ${seed}: two processes, one killed`, { timeout: timeout_ms }, async () => {
  const { db, url } = fresh
  const report = await simulateOnPostgres({ db, url, seed, asks })
  const { asked, unanswered, counts } = report
  const integrity = await checkIntegrity(db, realClock.now())
  expect(integrity.broken).toEqual(
    Object.fromEntries(Object.keys(integrity.broken).map((check) => [check, 0])),
  )
  const rows = await readRows(db)
  audit(rows, asked, simulated)

  // Not only sunshine: each of these was met.
  expect(
    Math.min(asked.counts['replayed'] ?? 0, asked.counts['insufficient_funds'] ?? 0, report.fired),
  ).toBeGreaterThan(20)
  expect(unanswered).toBeGreaterThan(0)
  expect(counts.reduce((sum, { retries }) => sum + retries, 0)).toBeGreaterThan(0)
  expect(asked.counts['accepted']).toBeGreaterThan(asks / 4)

  // Canaries: the audit notices an event that is gone, and a transfer that says something else.
  const { events, transfers } = rows
  const gone = events.findLastIndex(({ body }) => /"by":{"kind":"(party|service|operator)"/.test(body))
  expect(() => audit({ ...rows, events: events.toSpliced(gone, 1) }, asked, simulated)).toThrow(
    'acknowledged and is not in the log',
  )
  const [name, [first]] = [...transfers].find(([, posted]) => posted.length === 1) ?? ['', []]
  assert(first)
  const forged = new Map([...transfers, [name, [{ ...first, debit_after: first.debit_after + 1n }]]])
  expect(() => audit({ ...rows, transfers: forged }, asked, simulated)).toThrow('differs from its posting')
})
