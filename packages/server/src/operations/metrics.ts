/** HTTP: metrics for Prometheus. Names end with their unit; what counts up ends with `_total`. */

import { collectDefaultMetrics, Registry } from 'prom-client'
import { DatabaseUnavailable, type Database } from '../platform/postgres/database.ts'
import { realClock } from '../platform/clock.ts'
import { ageWarning } from '../platform/zones/age.ts'
import { addCounter, addGauge } from '../platform/metrics.ts'
import { countUnsent } from '../notifications/email/rows.ts'
import type { Context } from '../http/context.ts'
import { paymentMetrics } from '../payments/processor/metrics.ts'
import { reconciliationMetrics } from '../payments/reconciliation/metrics.ts'

const registries = new WeakMap<Context, Registry>()

export function metricsOf(context: Context): Promise<string> {
  let registry = registries.get(context)
  if (registry === undefined) {
    registry = register(context)
    registries.set(context, registry)
  }
  return registry.metrics()
}

function register(context: Context): Registry {
  const { config, engine, db, clock, timers, refusals, payments } = context
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counter = (name: string, help: string, read: () => number) =>
    addCounter(registry, { name, help, read })
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    addGauge(registry, { name, help, read })

  gauge('holdfast_database_up', 'Whether the database answers', () => isUp(db))
  addGauge(registry, {
    name: 'holdfast_zone_data_old',
    help: '1 where the zone data in use should be replaced',
    labels: ['version', 'source'],
    read: () => {
      const { version, source } = config.zone_data
      return [[{ version, source }, ageWarning(config.zone_data, realClock.now()) === null ? 0 : 1]] as const
    },
  })
  counter('holdfast_asks_total', 'Asks taken in batches', () => engine.counts.asks)
  counter('holdfast_batches_total', 'Batches committed or refused', () => engine.counts.batches)
  counter(
    'holdfast_batch_retries_total',
    'Batches tried again after a collision',
    () => engine.counts.retries,
  )
  gauge('holdfast_asks_waiting', 'Asks that wait for a lane', () => engine.waiting)
  counter('holdfast_timers_fired_total', 'Timers taken by this process', () => timers.counts.fired)
  counter('holdfast_timers_refused_total', 'Timers that were due and refused', () => timers.counts.refused)
  gauge('holdfast_timers_overdue', 'Timers due for more than a minute', () =>
    count(db.one(`select count(*) from agreements where due_at < $1`, [new Date(clock.now() - 60_000)])),
  )
  gauge('holdfast_agreements_releasing', 'Agreements whose money a job has yet to move', () =>
    count(db.one('select count(*) from agreements where later is not null')),
  )
  gauge('holdfast_jobs_exhausted', 'Jobs that have failed for good', () =>
    count(db.one('select count(*) from graphile_worker.jobs where attempts >= max_attempts')),
  )
  addGauge(registry, {
    name: 'holdfast_emails',
    help: 'E-mail that waits or has failed',
    labels: ['state'],
    read: async () => [...(await countUnsent(db))].map(([state, n]) => [{ state }, n] as const),
  })
  paymentMetrics(registry, context)
  reconciliationMetrics(registry, { db, clock, payments })
  addCounter(registry, {
    name: 'holdfast_problems_total',
    help: 'Refusals by code',
    labels: ['code'],
    read: () => [...refusals].map(([code, n]) => [{ code }, n] as const),
  })
  return registry
}

async function isUp(db: Database): Promise<number> {
  try {
    await db.one('select 1 as answers')
    return 1
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return 0
    throw error
  }
}

async function count(row: Promise<Record<string, unknown>>): Promise<number> {
  return Number((await row)['count'])
}
