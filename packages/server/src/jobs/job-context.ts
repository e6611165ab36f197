/** Jobs: what the work of a job may use. */

import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/log.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { Engine } from '../engine/engine.ts'

export interface JobContext {
  readonly db: Database
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
}
