/** Engine: an ask is who wants which transition of which agreement, with what input, under which key, at what time. */

import type { Problem } from '../problem.ts'
import type { Transfer } from '../ledger/post.ts'
import type { Agreement, Timer } from './agreement.ts'

/** Who asks. A service may name the party it acts for; then it may do what that party may. */
export interface Actor {
  readonly kind: 'party' | 'service' | 'operator' | 'clock' | 'child'
  readonly id: string
  /** The party acted for, where the actor is a party or a service that names one. */
  readonly party: string | null
}

export interface Creation {
  readonly parties: Readonly<Record<string, string>>
  readonly currency: string
  readonly amounts: Readonly<Record<string, bigint>>
  readonly terms: Readonly<Record<string, string>>
  readonly reference: string | null
  /** The agreement that it is opened under, where its flow says so. */
  readonly under?: string | null
}

export interface Ask {
  /** Unique; the ids of what it writes derive from it, and a created agreement has it as its own. */
  readonly id: string
  /**
   * `revoke`: the caller takes back its own consent to the transition. `later`: the postings that a job makes. `timer` and
   * `reminder`: the clock's.
   */
  readonly kind: 'transition' | 'revoke' | 'later' | 'timer' | 'reminder'
  readonly flow: string
  /** Null for a creation. */
  readonly agreement: string | null
  readonly creation: Creation | null
  readonly transition: string
  readonly actor: Actor
  /** Checked against the transition's schema. Amounts are bigint. */
  readonly input: Readonly<Record<string, unknown>>
  readonly reason: string | null
  readonly key: { readonly id: string; readonly body_hash: string } | null
  readonly now_ms: number
}

export type EventKind = 'transition' | 'mark' | 'revoked' | 'later' | 'reminder' | 'deferred'

/** What happened to an agreement. `body` is the JSON that the log keeps to the letter, since its hash is chained. */
export interface AgreementEvent {
  readonly agreement: string
  readonly version: number
  readonly flow: string
  readonly kind: EventKind
  readonly transition: string
  readonly at_ms: number
  readonly body: string
}

/** A stored answer: what the caller was told, for as long as its key is kept. */
export interface StoredAnswer {
  readonly body_hash: string
  readonly status: number
  readonly body: string
}

export interface Accepted {
  readonly outcome: 'accepted'
  readonly status: number
  readonly body: string
  readonly before: Agreement | null
  readonly agreement: Agreement
  readonly transfers: readonly Transfer[]
  /** As the log tells of it. */
  readonly event: AgreementEvent
  readonly timers: readonly Timer[]
  readonly tells: readonly string[]
}

export type Verdict =
  | Accepted
  | { readonly outcome: 'replayed'; readonly status: number; readonly body: string }
  | { readonly outcome: 'refused'; readonly problem: Problem }
