/** HTTP: metrics of reconciliation. One look at the database fills them all. */

import type { Registry } from 'prom-client'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { addGauge } from '../../platform/metrics.ts'
import { readFigures, type Figures } from './figures.ts'
import { bank } from './runs.ts'
import type { Context } from '../../http/context.ts'

export function reconciliationMetrics(
  registry: Registry,
  { db, clock, payments }: Pick<Context, 'db' | 'clock' | 'payments'>,
): void {
  let reading: Promise<Figures> | null = null
  const figures = () =>
    (reading ??= readFigures(db, [...payments.providers.keys()], clock.now()).finally(() => (reading = null)))
  const gauge = (
    name: string,
    help: string,
    label: string,
    valuesOf: (figures: Figures) => Iterable<readonly [string, number]>,
  ) =>
    addGauge(registry, {
      name,
      help,
      labels: [label],
      read: async () =>
        [...valuesOf(await figures())].map(([of, value]) => [{ [label]: of }, value] as const),
    })
  gauge(
    'holdfast_reconciliation_exceptions_open',
    'What differs and nobody has resolved',
    'provider',
    ({ exceptions_open }) => [[bank, 0] as const, ...exceptions_open],
  )
  gauge(
    'holdfast_clearing_transit',
    'Money that left us and has not arrived yet, in minor units',
    'currency',
    ({ transit }) => [...transit].map(([currency, balance]) => [currency, toJson(balance)] as const),
  )
  gauge(
    'holdfast_reconciliation_age_seconds',
    'Since the books of a provider were last compared with ours',
    'provider',
    ({ age_seconds }) => age_seconds,
  )
}
