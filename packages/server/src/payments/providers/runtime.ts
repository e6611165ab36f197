/** Payments: what an adapter needs of the process that it runs in. */

import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../platform/clock.ts'
import type { Waiter } from './http-client.ts'

export interface ProviderRuntime extends Waiter {
  readonly clock: Clock
  /** How long a provider may take to answer, where it is not the usual. */
  readonly timeout_ms?: number
}

const jitter_steps = 1_000

export function providerRuntime(clock: Clock): ProviderRuntime {
  return {
    clock,
    wait: (ms) => sleep(ms),
    jitter: () => randomInt(jitter_steps + 1) / jitter_steps,
  }
}
