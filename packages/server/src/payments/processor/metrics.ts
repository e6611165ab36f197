/** HTTP: metrics of payments: what providers told, what they were asked, and of what nobody knows the outcome. */

import { Gauge, type Registry } from 'prom-client'
import { countUnclear } from './rows.ts'
import { countUnhandled } from '../webhooks/store.ts'
import type { Context } from '../../http/context.ts'

export function paymentMetrics(registry: Registry, { db, clock, payments }: Context): void {
  registry.registerMetric(
    new Gauge({
      name: 'holdfast_provider_events_total',
      help: 'Events of providers as they came in, by what they were',
      labelNames: ['provider', 'outcome'],
      registers: [],
      collect() {
        for (const [provider, outcomes] of payments.webhooks.counts)
          for (const [outcome, n] of Object.entries(outcomes)) this.set({ provider, outcome }, n)
      },
    }),
  )
  registry.registerMetric(
    new Gauge({
      name: 'holdfast_provider_events_unhandled',
      help: 'Events of providers that nobody has looked at yet',
      registers: [],
      async collect() {
        this.set(Number(await countUnhandled(db)))
      },
    }),
  )
  registry.registerMetric(
    new Gauge({
      name: 'holdfast_provider_calls_total',
      help: 'Calls of providers by what they came to',
      labelNames: ['provider', 'outcome'],
      registers: [],
      collect() {
        for (const [name, n] of payments.processor.counts) {
          const [provider = '', outcome = ''] = name.split(' ')
          this.set({ provider, outcome }, n)
        }
      },
    }),
  )
  registry.registerMetric(
    new Gauge({
      name: 'holdfast_provider_payments_unclear',
      help: 'Calls of providers whose outcome is not known for more than 15 minutes',
      registers: [],
      async collect() {
        this.set(await countUnclear(db, clock.now()))
      },
    }),
  )
}
