/** Emulator: one attempt to tell us something, for those who want to see what was sent. */

import type { EmulatorTx } from './emulator-tx.ts'
import type { Provider } from './faults.ts'

export interface Delivery {
  readonly provider: Provider
  readonly event: string
  readonly type: string
  readonly url: string
  readonly attempt?: number
  readonly outcome: 'delivered' | 'failed' | 'dropped' | 'exhausted' | 'disabled' | 'forged'
  readonly status?: number | null
}

export async function recordDelivery(act: EmulatorTx, delivery: Delivery): Promise<void> {
  const { provider, event, type, url, attempt = 0, outcome, status = null } = delivery
  await act.tx.run(
    `insert into emulator.deliveries (provider, event, type, url, attempt, at_ms, outcome, status)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [provider, event, type, url, attempt, act.now_ms, outcome, status],
  )
}
