/**
 * Jobs: the postings that a transition left for later. Each has a job of its own, which is tried again and shown when it
 * fails; but whoever comes first takes along those that wait as well, so that they share a batch of the engine and its
 * commit. The jobs of the others then find nothing left to post, and are content.
 */

import { newId } from '@holdfast/kernel/ids.ts'
import type { Verdict } from '@holdfast/kernel/engine/ask.ts'
import { batch_asks_max } from '../engine/engine.ts'
import type { JobContext } from './job-context.ts'

/** Only what was left lately is taken along: what fails again and again is its own job's to try. */
export const taken_along_ms_max = 10_000

interface Waiting {
  readonly id: string
  readonly flow: string
  readonly later: string | null
}

export class DeferredPostings {
  readonly #queue: Pick<JobContext, 'db' | 'engine' | 'clock' | 'log'>
  /** Those that are being posted by this process now, each with what it comes to. */
  readonly #under_way = new Map<string, Promise<Verdict>>()

  constructor(queue: Pick<JobContext, 'db' | 'engine' | 'clock' | 'log'>) {
    this.#queue = queue
  }

  /** Resolves when nothing is left to post for this agreement; throws why it could not be posted. */
  async post(agreement: string): Promise<void> {
    const { db, clock, log } = this.#queue
    const known = this.#under_way.get(agreement)
    if (known === undefined) {
      const now_ms = clock.now()
      const waiting = await db.any<Waiting>(waiting_sql, [
        agreement,
        new Date(now_ms - taken_along_ms_max),
        batch_asks_max,
      ])
      for (const one of waiting) this.#ask(one, now_ms)
    }
    const verdict = await (known ?? this.#under_way.get(agreement))
    if (verdict === undefined || verdict.outcome !== 'refused') return
    if (verdict.problem.code === 'transition_not_open') log.info({ agreement }, 'already posted')
    else throw new Error(`${verdict.problem.code} ${JSON.stringify(verdict.problem.details)}`)
  }

  #ask({ id, flow, later }: Waiting, now_ms: number): void {
    if (later === null || this.#under_way.has(id)) return
    const asked = this.#queue.engine.ask({
      id: newId(now_ms),
      kind: 'later',
      flow,
      agreement: id,
      creation: null,
      transition: later,
      actor: { kind: 'clock', id: 'post-later', party: null },
      input: {},
      reason: null,
      key: null,
      now_ms,
    })
    this.#under_way.set(id, asked)
    // Who waits for it hears of its failure; nobody may be waiting.
    asked.catch(() => undefined).finally(() => this.#under_way.delete(id))
  }
}

/** This one, and others that wait, the oldest of the last seconds first. */
const waiting_sql = `
  (select id, flow, later from agreements where id = $1)
  union all
  (select id, flow, later
   from agreements
   where later is not null and entered_at > $2 and id <> $1
   order by entered_at
   limit $3)`
