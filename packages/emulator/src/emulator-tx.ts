/** Emulator: one change of what a provider knows, as it is handed from part to part. */

import type { Tx } from './db.ts'
import type { Fault } from './fault.ts'

/** One change of what a provider knows: all of it happens, or nothing. */
export interface EmulatorTx {
  readonly tx: Tx
  readonly now_ms: number
  /** What the request's own header asks to go wrong. */
  readonly faults: readonly Fault[]
}
