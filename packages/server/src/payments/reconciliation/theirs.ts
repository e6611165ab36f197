/** Payments, reconciliation: what a provider tells of a time: its list, or one payment after another. */

import { canAskAt, made_elsewhere } from '../providers/places.ts'
import type { Page, Payment, PaymentKind, Place, Provider, Reply } from '../providers/port.ts'
import type { Ours } from './compare.ts'
import type { Window } from './window.ts'

/** One by one, in one run. */
export const finds_max = 50_000
export const finds_at_once_max = 4
/** Of one kind, in one run. */
export const listed_max = 200_000
/** A run that takes longer ends without a result. */
export const run_ms_max = 1_200_000

/** The provider did not answer, or the run became too large: nothing can be said of what is missing. */
export class NotTold extends Error {
  override name = 'NotTold'
}

/** How far a run has come: kept also where it fails. */
export interface Asked {
  listed: number
  found: number
  /** Rows of ours that nobody can be asked about where they were made. */
  elsewhere: number
  readonly until_ms: number
}

export function beginAsking(): Asked {
  return { listed: 0, found: 0, elsewhere: 0, until_ms: performance.now() + run_ms_max }
}

export async function listAll(
  provider: Provider,
  kind: PaymentKind,
  { from_ms, to_ms }: Window,
  asked: Asked,
): Promise<Payment[]> {
  const payments: Payment[] = []
  let cursor: string | null = null
  do {
    inTime(asked)
    // oxlint-disable-next-line no-await-in-loop -- a page names where the next begins
    const page: Page = toldBy(await provider.list(kind, from_ms, to_ms, cursor), `its list of ${kind}`)
    payments.push(...page.payments)
    asked.listed += page.payments.length
    if (payments.length > listed_max) throw new NotTold(`more than ${listed_max} of ${kind}: take less time`)
    cursor = page.cursor
  } while (cursor !== null)
  return payments
}

/** What each of them has come to; null where the provider knows nothing of it. Those that nobody can be asked about are left out. */
export async function findEach(
  provider: Provider,
  wanted: readonly Wanted[],
  asked: Asked,
): Promise<Map<string, Payment | null>> {
  if (asked.found + wanted.length > finds_max)
    throw new NotTold(`more than ${finds_max} to ask for one by one: take less time`)
  const found = new Map<string, Payment | null>()
  const left = wanted.filter(({ place }) => canAskAt(provider, place))
  const asker = async () => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) {
      try {
        inTime(asked)
        // oxlint-disable-next-line no-await-in-loop -- so many side by side, and no more
        const reply = await provider.find(one.kind, one)
        asked.found += 1
        if (reply.outcome !== 'told' && reply.code === made_elsewhere) continue
        found.set(one.id, reply.outcome === 'not_found' ? null : toldBy(reply, one.our_reference))
      } catch (error) {
        // The others ask for no more either.
        left.length = 0
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: finds_at_once_max }, asker))
  return found
}

/** Whom to ask for; found again by `id`. */
export interface Wanted {
  readonly id: string
  readonly kind: PaymentKind
  readonly provider_id: string | null
  readonly token: string
  readonly our_reference: string
  readonly settled_id: string | null
  readonly place: Place | null
}

export function wantedOf(ours: Ours): Wanted {
  const { id, kind, provider_id, token, our_reference, refunds_settled_id, place } = ours
  return { id, kind, provider_id, token, our_reference, settled_id: refunds_settled_id, place }
}

function toldBy<T>(reply: Reply<T>, what: string): T {
  if (reply.outcome === 'told') return reply.value
  throw new NotTold(`${what}: ${reply.outcome}, ${reply.code}: ${reply.reason}`)
}

function inTime({ until_ms }: Asked): void {
  if (performance.now() > until_ms) throw new NotTold(`not done within ${run_ms_max} ms: take less time`)
}
