/** Demo: what agreements, boards and the log need of the scene that they are part of. */

import type { Answer, Api } from './api.ts'
import type { Check } from './check.ts'
import type { LogEvent } from './log.ts'
import type { Page } from './page.ts'

export interface Stage {
  readonly api: Api
  readonly page: Page
  readonly checks: Check[]
  quiet(what: string, expected: unknown, got: unknown): void
  keep(check: Check, prints: boolean): void
  did(what: string, asked: Promise<Answer>, status?: number): Promise<Answer>
  log(): Promise<LogEvent[]>
}
