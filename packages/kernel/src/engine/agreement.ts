/** Engine: an agreement is one run of a flow. Instants are milliseconds of UTC, amounts minor units. */

export type Money = 'none' | 'held' | 'releasing' | 'released' | 'refunded' | 'split'

/** A transition that the clock takes at an instant, or the reminder before it. */
export interface Timer {
  readonly transition: string
  readonly kind: 'transition' | 'reminder'
  readonly at_ms: number
  /** When it was due first, where it was refused then and `at_ms` is the next try. */
  readonly first_due_ms?: number
}

/**
 * What a stopped clock remembers: where to go back to, who stopped it, which reports stay, what time was spent there and
 * what was left. Consents are not among it: they end with the state that they spoke of.
 */
export interface Paused {
  readonly state: string
  readonly by: string
  readonly marks: Marks
  readonly spent_ms: number
  readonly left: readonly { readonly transition: string; readonly kind: Timer['kind']; readonly ms: number }[]
}

/** Transition that needs all of several parties → party → when it said so. */
export type Marks = Readonly<Record<string, Readonly<Record<string, number>>>>

/**
 * The amounts that the flow names, and four that the engine keeps: `held` now; `released` to others and
 * `refunded` to where it came from, ever; `shared`, how much was divided by shares so far.
 */
export type Amounts = Readonly<Record<string, bigint>>
export const total_amounts = ['held', 'released', 'refunded', 'shared'] as const

/** What somebody asked for that waits until others ask for the same; kept in the agreement's data. */
export interface Proposal {
  readonly id: string
  readonly role: string
  readonly by: string
  readonly input: Readonly<Record<string, unknown>>
  readonly reason?: string
  readonly at: string
}

export function proposalsOf({ data }: Agreement): Readonly<Record<string, Proposal>> {
  return (data['proposals'] ?? {}) as Record<string, Proposal>
}

export interface Agreement {
  readonly id: string
  readonly flow: string
  readonly flow_version: number
  /** The agreement that this one was opened under. */
  readonly under: string | null
  readonly state: string
  readonly money: Money
  readonly currency: string
  readonly parties: Readonly<Record<string, string>>
  readonly amounts: Amounts
  /** Percentages and spans, as they were when it was created. */
  readonly terms: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, unknown>>
  readonly marks: Marks
  readonly timers: readonly Timer[]
  readonly paused: Paused | null
  /** The transition whose later postings a job still has to make. */
  readonly later: string | null
  readonly reference: string | null
  /** Within what it is used once, see `reference_per` in a flow; null within the whole flow. */
  readonly reference_scope: string | null
  /** Counts its events. */
  readonly version: number
  /** When the first of the timers is due. */
  readonly due_ms: number | null
  readonly created_ms: number
  /** When it entered the state; after a withdrawn dispute, when it came back. */
  readonly entered_ms: number
  readonly ended_ms: number | null
}

export function amountOf(agreement: Agreement, name: string): bigint {
  return agreement.amounts[name] ?? 0n
}

/** Whether this agreement ever held, moved or divided anything. */
export function hasMoved({ amounts }: Agreement): boolean {
  return total_amounts.some((name) => (amounts[name] ?? 0n) !== 0n)
}

/** The second axis. Derived, so that it cannot disagree with what was posted. */
export function moneyOf(amounts: Amounts, later: string | null): Money {
  const { held = 0n, released = 0n, refunded = 0n } = amounts
  if (later !== null) return 'releasing'
  if (held > 0n) return 'held'
  if (released > 0n && refunded > 0n) return 'split'
  if (released > 0n) return 'released'
  return refunded > 0n ? 'refunded' : 'none'
}
