/** Demo: the event log, read as a consumer reads it: page by page, keeping only the number of the last. */

import type { Answer, Api } from './api.ts'

export interface Posting {
  readonly from: string
  readonly to: string
  readonly amount: number
}

export interface LogEvent {
  readonly seq: number
  readonly agreement: string
  readonly kind: string
  readonly transition: string
  readonly from: string
  readonly by: { readonly kind: string; readonly id: string }
  readonly currency: string
  readonly parties: Readonly<Record<string, string>>
  readonly postings: readonly Posting[]
  readonly tells: readonly string[]
  readonly at: string
}

export async function readLog(scene: {
  readonly api: Api
  did(what: string, asked: Promise<Answer>): Promise<Answer>
}): Promise<LogEvent[]> {
  const events: LogEvent[] = []
  for (let more = true; more;) {
    const path = `/v1/events?limit=100&after=${events.at(-1)?.seq ?? 0}`
    const { text } = await scene.did('events', scene.api.service.get(path))
    const page: { data: LogEvent[]; has_more: boolean } = JSON.parse(text)
    events.push(...page.data)
    more = page.has_more
  }
  return events
}

/** The sum of what was posted to accounts whose name ends so (`.revenue`), less what was posted from them. */
export function netOf(events: readonly LogEvent[], currency: string, ending: string): bigint {
  const postings = events.filter((event) => event.currency === currency).flatMap((event) => event.postings)
  const into = postings.filter(({ to }) => to.endsWith(ending))
  const out = postings.filter(({ from }) => from.endsWith(ending))
  return sum(into) - sum(out)
}

function sum(postings: readonly Posting[]): bigint {
  return postings.reduce((total, { amount }) => total + BigInt(amount), 0n)
}
