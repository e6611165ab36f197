/** Platform: how a metric is read. What only the database knows is left out while it is away, and the rest is answered. */

import { Counter, Gauge, type Registry } from 'prom-client'
import { DatabaseUnavailable } from './postgres/database.ts'

/** Values by their labels; one value where there are none. */
export type Reading = number | Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]>

export interface Metric {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
  readonly read: () => Reading | Promise<Reading>
}

/** Longer than this no scrape waits for the database. */
const read_ms_max = 2_000

export function addGauge(registry: Registry, { name, help, labels = [], read }: Metric): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    async collect() {
      this.reset()
      const values = await known(read)
      // Nothing is said rather than a zero that is none.
      if (values === null) {
        if (labels.length === 0) this.remove()
      } else if (typeof values === 'number') this.set(values)
      else for (const [of, value] of values) this.set(of, value)
    },
  })
  if (labels.length > 0) gauge.reset()
}

/** Of what this process has counted since its start. Its name ends with `_total`. */
export function addCounter(registry: Registry, { name, help, labels = [], read }: Metric): void {
  const counter = new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    async collect() {
      this.reset()
      const values = await read()
      if (typeof values === 'number') this.inc(values)
      else for (const [of, value] of values) this.inc(of, value)
    },
  })
  if (labels.length > 0) counter.reset()
}

async function known(read: Metric['read']): Promise<Reading | null> {
  const timeout = Promise.withResolvers<null>()
  const timer = setTimeout(() => timeout.resolve(null), read_ms_max)
  try {
    return await Promise.race([Promise.resolve(read()), timeout.promise])
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return null
    throw error
  } finally {
    clearTimeout(timer)
  }
}
