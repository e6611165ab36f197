/** HTTP: one reconciliation at a time in one process: it waits for providers, and holds connections meanwhile. */

import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import type { Context } from './context.ts'

const busy = new WeakSet<Context>()

/** Problem: `request_in_progress`. */
export async function singleFlight<T>(context: Context, work: () => Promise<T>): Promise<T | Problem> {
  if (busy.has(context)) return problem('request_in_progress', { reason: 'a reconciliation is under way' })
  busy.add(context)
  try {
    return await work()
  } finally {
    busy.delete(context)
  }
}
