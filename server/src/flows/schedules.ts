/** The daily schedules of the products in the box. */

import type { Clock } from '../base/clock.ts'
import type { Database } from '../base/database.ts'
import type { Logger } from '../base/log.ts'
import type { Engine } from '../engine/engine.ts'
import type { Schedule } from '../jobs/schedules.ts'
import { tradeCreditSchedules } from './trade-credit/schedules.ts'

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
