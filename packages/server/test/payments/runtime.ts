// The harness room of adapters: a clock that stands where it was put, and waiting that takes no time and is written down.
import type { ProviderRuntime } from '../../src/payments/providers/runtime.ts'

export interface Around extends ProviderRuntime {
  now_ms: number
  readonly waited: number[]
}

export const noon_ms = Date.UTC(2026, 2, 15, 12)

/** Fast: an answer that does not come is not waited for long. */
export function around(timeout_ms = 300): Around {
  const place: Around = {
    now_ms: noon_ms,
    waited: [],
    clock: { now: () => place.now_ms },
    timeout_ms,
    jitter: () => 1,
    wait: async (ms) => {
      place.waited.push(ms)
    },
  }
  return place
}
