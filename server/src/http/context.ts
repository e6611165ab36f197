/** HTTP: what every room of routes is given. */

import type { Logger } from '../base/log.ts'
import type { Access } from '../access/caller.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Clock, SandboxClock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import type { Database } from '../base/database.ts'
import type { Engine } from '../engine/engine.ts'
import type { Catalogue } from '../engine/product.ts'
import type { Followers } from '../events/follow.ts'
import type { Schedules } from '../jobs/schedules.ts'
import type { Timers } from '../jobs/timers.ts'
import type { Rails } from '../payments/rails.ts'

export interface Context {
  readonly config: Config
  readonly db: Database
  readonly engine: Engine
  readonly catalogue: Catalogue
  readonly access: Access
  readonly tokens: Tokens
  readonly clock: Clock
  /** Null in production. */
  readonly sandbox: SandboxClock | null
  readonly timers: Timers
  /** To be caught up with before their rows are read. */
  readonly followers: Followers
  readonly schedules: Schedules
  /** Payment providers, and what works on payments. */
  readonly rails: Rails
  readonly log: Logger
  /** How often each problem was answered. */
  readonly refusals: Map<string, number>
}
