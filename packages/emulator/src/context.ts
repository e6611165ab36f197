/** Emulator: what every part of it is given. */

import type { Clock } from './clock.ts'
import type { Database } from './db.ts'
import type { Logger } from './log.ts'
import type { Schedule } from './schedule.ts'
import type { Faults } from './faults.ts'

export interface EmulatorContext {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly due: Schedule
  readonly faults: Faults
  readonly settings: EmulatorSettings
  /** Where it listens; it does so before anybody can ask. */
  address(): string
  /** Ends what is on its way when the emulator stops. */
  readonly ending: AbortSignal
}

export interface EmulatorSettings {
  /** How long a refund, an InstaPay transfer or a mobile payment stays pending, on the emulator's clock. */
  readonly pending_ms: number
  /** What a webhook's receiver may take to answer, in real time. */
  readonly webhook_answer_ms_max: number
  /** PayMongo's limit; 0 for none. */
  readonly requests_per_second_max: number
  /** MTN's newer platform: a token is asked for with the environment too, else the answer is 400. Switched by an admin call. */
  momo_strict: boolean
}

export const default_settings: EmulatorSettings = {
  pending_ms: 5_000,
  webhook_answer_ms_max: 30_000,
  requests_per_second_max: 100,
  momo_strict: false,
}
