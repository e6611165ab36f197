/** How fast does a server answer: drives one by a plan from a process of its own and brings back only the summary. */
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { firstWord } from './child.ts'
import type { Order, Plan } from './plans.ts'

export interface Load {
  address: string
  connections: number
  /** How long to measure; a plan that ends by itself (`top_up`, `create` with `requests`) may leave it out. */
  seconds?: number
  /** Runs before the measuring and counts for nothing. */
  warmup_seconds?: number
  plan: Plan
}

export interface Summary {
  requests: number
  /** Shorter than asked when the plan ran out of orders. */
  seconds: number
  per_s: number
  p50_ms: number
  p99_ms: number
  max_ms: number
  /** Processor time of the generator itself, in cores. */
  cores: number
  /** Answers with another status than expected, by what was asked and what came. */
  refused: Record<string, number>
  refused_sample: string
  /** What the plan `create` has made. */
  orders: Order[]
}

/** Fails on any unexpected answer, since a fast refusal is not speed, and when there was nothing to measure. */
export async function runLoad(load: Load): Promise<Summary> {
  const worker = fork(new URL('./load-worker.ts', import.meta.url), { serialization: 'advanced' })
  worker.send(load)
  const summary = await firstWord<Summary>(worker, 'the load generator')
  if (Object.keys(summary.refused).length > 0) {
    throw new Error(
      `${load.plan.kind} at ${load.address}: ${JSON.stringify(summary.refused)}\n${summary.refused_sample}`,
    )
  }
  if (summary.requests === 0) {
    throw new Error(`${load.plan.kind} at ${load.address}: nothing left to ask when the measuring began`)
  }
  return summary
}

/** A prefix for idempotency keys that no other load has. */
export function uniqueRun(): string {
  return randomBytes(8).toString('hex')
}
