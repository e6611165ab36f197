/** HTTP: what every room of routes is given. */

import type { FastifyInstance } from 'fastify'
import type { Logger } from '../platform/log.ts'
import type { Access } from '../access/caller.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Clock, SandboxClock } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { Engine } from '../engine/engine.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'
import type { Projections } from '../event-log/projections.ts'
import type { Schedules } from '../scheduling/schedules.ts'
import type { Timers } from '../scheduling/timers.ts'
import type { PaymentsModule } from '../payments/module.ts'

export interface Context {
  readonly config: Config
  readonly db: Database
  /** Connections of their own for answers that wait for long work, see once.ts. */
  readonly waiting: Database
  readonly engine: Engine
  readonly registry: FlowRegistry
  readonly access: Access
  readonly tokens: Tokens
  readonly clock: Clock
  /** Null in production. */
  readonly sandbox: SandboxClock | null
  readonly timers: Timers
  /** To be caught up with before their rows are read. */
  readonly projections: Projections
  readonly schedules: Schedules
  /** Payment providers, and what works on payments. */
  readonly payments: PaymentsModule
  readonly log: Logger
  /** How often each problem was answered. */
  readonly refusals: Map<string, number>
}

/** Registers what one room or one product answers. */
export type Routes = (app: FastifyInstance, context: Context) => void
