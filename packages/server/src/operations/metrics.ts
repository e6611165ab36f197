/** HTTP: metrics for Prometheus. Names end with their unit. */

import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
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
  const { engine, db, clock, timers, refusals, payments } = context
  const registers = [new Registry()]
  const [registry = new Registry()] = registers
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read())
      },
    })
  gauge('holdfast_asks_total', 'Asks taken in batches', () => engine.counts.asks)
  gauge('holdfast_batches_total', 'Batches committed or refused', () => engine.counts.batches)
  gauge('holdfast_batch_retries_total', 'Batches tried again after a collision', () => engine.counts.retries)
  gauge('holdfast_asks_waiting', 'Asks that wait for a lane', () => engine.waiting)
  gauge('holdfast_timers_fired_total', 'Timers taken by this process', () => timers.counts.fired)
  gauge('holdfast_timers_refused_total', 'Timers that were due and refused', () => timers.counts.refused)
  gauge('holdfast_timers_overdue', 'Timers due for more than a minute', () =>
    count(db.one(`select count(*) from agreements where due_at < $1`, [new Date(clock.now() - 60_000)])),
  )
  gauge('holdfast_agreements_releasing', 'Agreements whose money a job has yet to move', () =>
    count(db.one('select count(*) from agreements where later is not null')),
  )
  gauge('holdfast_jobs_exhausted', 'Jobs that have failed for good', () =>
    count(db.one('select count(*) from graphile_worker.jobs where attempts >= max_attempts')),
  )
  const emails = new Gauge({
    name: 'holdfast_emails',
    help: 'E-mail that waits or has failed',
    labelNames: ['state'],
    registers: [],
    async collect() {
      for (const [state, n] of await countUnsent(db)) this.set({ state }, n)
    },
  })
  registry.registerMetric(emails)
  paymentMetrics(registry, context)
  reconciliationMetrics(registry, { db, clock, payments })
  const problems = new Gauge({
    name: 'holdfast_problems_total',
    help: 'Refusals by code',
    labelNames: ['code'],
    registers: [],
    collect() {
      for (const [code, n] of refusals) this.set({ code }, n)
    },
  })
  registry.registerMetric(problems)
  return registry
}

async function count(row: Promise<Record<string, unknown>>): Promise<number> {
  return Number((await row)['count'])
}
