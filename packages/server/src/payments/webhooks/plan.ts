/** Payments, the inbox: what follows from a page of events, put together: each payment is due once, whoever tells of it. Pure. */

import type { Providers } from '../providers/index.ts'
import { followUpOf, type MatchedPayment } from './follow-up.ts'
import type { DuePayment, UnsolicitedPayment, ReportedPayment } from './match.ts'
import type { EventOutcome } from './provider-event.ts'

export interface EventPlan {
  readonly due: DuePayment
  /** By provider and its id. */
  readonly news: ReadonlyMap<string, UnsolicitedPayment>
  readonly outcomes: ReadonlyMap<string, EventOutcome>
}

/** The worst that can be said of an event that is about several. */
const outcomes_ranked: readonly EventOutcome[] = ['nothing', 'asked', 'told_of', 'unknown']

export function planFor(
  told: readonly (ReportedPayment & { event: string })[],
  meant: readonly (readonly MatchedPayment[])[],
  providers: Providers,
): EventPlan {
  const due = new Map<string, string | null>()
  const given = new Set<string>()
  const news = new Map<string, UnsolicitedPayment>()
  const outcomes = new Map<string, EventOutcome>()
  for (const [place, one] of told.entries()) {
    const rows = meant[place] ?? []
    const follows = followUpOf(one, rows)
    const key = [one.provider, one.kind, one.provider_id].join(' ')
    for (const row of follows.due) {
      // One id is one row's. Whoever was never answered learns here by which id to ask.
      const isFree = !given.has(key) && rows.every(({ provider_id }) => provider_id !== one.provider_id)
      const gives = isFree && row.provider_id === null && (due.get(row.id) ?? null) === null
      if (gives) given.add(key)
      due.set(row.id, gives ? one.provider_id : (due.get(row.id) ?? null))
    }
    const provider = providers.get(one.provider)
    const isNews = follows.isNews && provider !== undefined
    if (isNews) news.set(key, { provider, kind: one.kind, provider_id: one.provider_id })
    const outcome = outcomeOf(rows, follows.due.length > 0, isNews)
    const before = outcomes.get(one.event) ?? 'nothing'
    const worse = outcomes_ranked.indexOf(outcome) > outcomes_ranked.indexOf(before)
    outcomes.set(one.event, worse ? outcome : before)
  }
  return { due, news, outcomes }
}

function outcomeOf(rows: readonly MatchedPayment[], isDue: boolean, isNews: boolean): EventOutcome {
  if (isNews) return 'told_of'
  if (isDue) return 'asked'
  return rows.length === 0 ? 'unknown' : 'nothing'
}
