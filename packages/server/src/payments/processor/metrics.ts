/** HTTP: metrics of payments: what providers told, what they were asked, and of what nobody knows the outcome. */

import type { Registry } from 'prom-client'
import { addCounter, addGauge } from '../../platform/metrics.ts'
import { countUnclear } from './rows.ts'
import { countUnhandled } from '../webhooks/store.ts'
import type { Context } from '../../http/context.ts'

export function paymentMetrics(registry: Registry, { db, clock, payments }: Context): void {
  addCounter(registry, {
    name: 'holdfast_provider_events_total',
    help: 'Events of providers as they came in, by what they were',
    labels: ['provider', 'outcome'],
    read: () =>
      [...payments.webhooks.counts].flatMap(([provider, outcomes]) =>
        Object.entries(outcomes).map(([outcome, n]) => [{ provider, outcome }, n] as const),
      ),
  })
  addGauge(registry, {
    name: 'holdfast_provider_events_unhandled',
    help: 'Events of providers that nobody has looked at yet',
    read: async () => Number(await countUnhandled(db)),
  })
  addCounter(registry, {
    name: 'holdfast_provider_calls_total',
    help: 'Calls of providers by what they came to',
    labels: ['provider', 'outcome'],
    read: () =>
      [...payments.processor.counts].map(([name, n]) => {
        const [provider = '', outcome = ''] = name.split(' ')
        return [{ provider, outcome }, n] as const
      }),
  })
  addGauge(registry, {
    name: 'holdfast_provider_payments_unclear',
    help: 'Calls of providers whose outcome is not known for more than 15 minutes',
    read: () => countUnclear(db, clock.now()),
  })
}
