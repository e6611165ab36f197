/** The daily schedules of the products in the box. */

import type { Clock } from './platform/clock.ts'
import type { Database } from './platform/postgres/database.ts'
import type { Logger } from './platform/log.ts'
import type { Engine } from './engine/engine.ts'
import type { Schedule } from './scheduling/schedules.ts'
import { tradeCreditSchedules } from './products/trade-credit/escrow/schedules.ts'

/** What a schedule's work may use. */
export interface ScheduleContext {
  readonly db: Database
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
}

export function schedulesOf(context: ScheduleContext): Schedule[] {
  return [...tradeCreditSchedules(context)]
}
