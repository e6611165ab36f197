/** Trade credit: releases whatever is due, besides each order's own timer: whoever comes first pays, the other finds it done. */

import { newId } from '@holdfast/kernel/ids.ts'
import type { Timer } from '@holdfast/kernel/engine/agreement.ts'
import type { Ask } from '@holdfast/kernel/engine/ask.ts'
import type { Needs } from './auto-deductions.ts'
import { tradeCredit } from './flow.ts'

/** Orders released side by side. */
export const releases_page_max = 500

export interface Releases {
  readonly due: number
  readonly released: number
  /** By their own timers, or disputed, in the meantime. */
  readonly done_before: number
  /** Refused, a frozen wallet say: their own timers go on trying, and tell an operator. */
  readonly refused: number
}

interface Due {
  readonly id: string
  readonly timers: readonly Timer[]
}

/** Ids of orders count up with time, so the pages come to an end whatever becomes of the orders. */
const due_sql = `
  select id, timers
  from agreements
  where due_at <= $1
  and flow = $2
  and state = 'held'
  and id > $3
  order by id
  limit $4`

export async function releaseDue({ db, engine, clock }: Needs): Promise<Releases> {
  const now_ms = clock.now()
  const tally = { due: 0, released: 0, done_before: 0, refused: 0 }
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const page = await db.any<Due>(due_sql, [new Date(now_ms), tradeCredit.name, after, releases_page_max])
    const due = page.filter(({ timers }) => timers.some((timer) => isRelease(timer) && timer.at_ms <= now_ms))
    const verdicts = await Promise.all(due.map(({ id }) => engine.ask(releaseAsk(id, now_ms))))
    for (const verdict of verdicts) {
      tally.due += 1
      if (verdict.outcome !== 'refused') tally.released += 1
      else if (verdict.problem.code === 'transition_not_open') tally.done_before += 1
      else tally.refused += 1
    }
    const last = page.at(-1)
    if (last === undefined || page.length < releases_page_max) return tally
    after = last.id
  }
}

function isRelease({ transition, kind }: Timer): boolean {
  return transition === 'auto_release' && kind === 'transition'
}

function releaseAsk(agreement: string, now_ms: number): Ask {
  return {
    id: newId(now_ms),
    kind: 'timer',
    flow: tradeCredit.name,
    agreement,
    creation: null,
    transition: 'auto_release',
    actor: { kind: 'clock', id: 'escrow-auto-release', party: null },
    input: {},
    reason: null,
    key: null,
    now_ms,
  }
}
