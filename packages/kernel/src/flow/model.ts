/** What a flow is once it is read: the shapes that the check, the engine and the proof work with. */

import type { Share } from '../money/divide.ts'
import type { Flow, Purpose, Transition } from './define.ts'

/** `buyer.held`, read. */
export interface AccountRef {
  readonly party: string
  readonly purpose: Purpose
}

/** A move, read. `share` is a number of basis points, the name of a term, `rest`, or `all`. */
export interface PlannedMove {
  readonly amount: string
  readonly share: Share | 'all' | { readonly term: string }
  readonly from: AccountRef
  readonly to: AccountRef
  readonly debit_code: string
  readonly credit_code: string
  /** Made only where the transition leads into this state; null: always. */
  readonly into: string | null
}

export type MoveGroup = readonly [PlannedMove, ...PlannedMove[]]

/** Where a number of an agreement is looked up: an amount, `held`, a literal, or an account. */
export type Value = string | AccountRef

/** `deduction_percentage of sales`, `retailer.available less minimum_balance`, read. */
export interface Operand {
  /** As it is written, for whoever reads why. */
  readonly text: string
  readonly value: Value
  readonly share: bigint | { readonly term: string } | null
  readonly less: string | null
}

/** An amount that is the least of several. */
export interface WorkedOut {
  readonly amount: string
  readonly operands: readonly Operand[]
}

/** How much of one counted amount becomes another; null is where counting begins and ends. */
export interface ReadCount {
  readonly amount: string
  readonly from: string | null
  readonly to: string | null
}

/** Roles that are told, their own words where they have some, and the state in which alone they are told. */
export interface Recipient {
  readonly roles: readonly string[]
  readonly words: Readonly<Record<string, string>>
  readonly only_in?: Readonly<Record<string, string>>
}

export interface Edge {
  readonly from: string
  readonly to: string
  readonly condition: Comparison | null
}

/** `price <= buyer.available` */
export interface Comparison {
  readonly amount: string
  readonly at_most: Value
}

export interface CompiledField {
  readonly shape: string
  readonly optional: boolean
}

/** A transition of the agreement above that is taken where this one leads into a state, or wherever it leads. */
export interface Driven {
  readonly transition: string
  readonly into: string | null
}

export interface CompiledTransition {
  readonly name: string
  readonly says: string
  readonly edges: readonly Edge[]
  readonly from: ReadonlySet<string>
  readonly creates: boolean
  /** Who may take it; empty for the clock's own. */
  readonly by: readonly string[]
  readonly by_all: boolean
  readonly moves: readonly PlannedMove[]
  readonly later: readonly PlannedMove[]
  /** The moves and the later moves, those together that divide one amount of one account. */
  readonly move_groups: readonly MoveGroup[]
  readonly later_groups: readonly MoveGroup[]
  /** What operators call the job that makes the later moves. */
  readonly job: string | null
  /** Of the agreement above; `into` a state of this one, null: always. */
  readonly drives: readonly Driven[]
  readonly counts: readonly ReadCount[]
  readonly works_out: readonly WorkedOut[]
  readonly looks_at: readonly AccountRef[]
  readonly within: Transition['within'] | null
  readonly four_eyes_above: string | null
  /** All of several parties must give the same amounts. */
  readonly agreed: boolean
  readonly tells: Recipient
  readonly later_tells: Recipient
  readonly needs: readonly string[]
  readonly stamps: string | null
  /** By what money from outside is known, and the field that names who brought it; null where none comes in. */
  readonly counts_once: CountsOnce | null
  readonly input: Readonly<Record<string, CompiledField>>
  /** Fixed amounts that its input sets, as a quote does: open only while no money has moved. */
  readonly sets: readonly string[]
  /** The field that becomes the agreement's reference, which is used once under its flow. */
  readonly refers: string | null
  readonly undoes: string | null
  /** A span, or the name of a term that is one: what a stopped clock has at least when it goes on. */
  readonly at_least: string | null
  readonly blocks: string | null
  readonly unblocks: string | null
  readonly sends_out: string | null
  readonly clock: ReadClock | null
  readonly path: string
}

export interface ReadClock {
  /** A span, or the name of a term that is one. */
  readonly after: string
  readonly since: string | null
  readonly not_before: string | null
  readonly remind: { readonly before: string; readonly tells: Recipient } | null
}

export interface CompiledFlow {
  readonly flow: Flow
  readonly name: string
  readonly version: number
  readonly parties: readonly string[]
  readonly optional: ReadonlySet<string>
  readonly amounts: readonly string[]
  readonly fixed: readonly string[]
  /** Amounts that an agreement keeps: all but those given with a transition. */
  readonly kept: readonly string[]
  /** The flow that its agreements are opened under, and what it is called here. */
  readonly under: { readonly as: string; readonly flow: string } | null
  /** The amount that shares are taken of; '' in a flow that moves no money. */
  readonly whole: string
  /** What a second operator is needed for: `held`, or the whole in a flow whose agreements hold nothing themselves. */
  readonly weighed: string
  readonly ends: ReadonlySet<string>
  readonly transitions: ReadonlyMap<string, CompiledTransition>
  readonly creation: CompiledTransition
  /** State → the clock's transitions that wait there. */
  readonly clocks: ReadonlyMap<string, readonly CompiledTransition[]>
  /** States that an arrow to `[back]` leaves: entering one stops the clock. */
  readonly pausing: ReadonlySet<string>
  /** Transitions by all that a clock counts from: what was said of them stays while the clock stands still. */
  readonly reports: ReadonlySet<string>
}

/** The field and the account by which money from outside is known, so that it counts once. */
export interface CountsOnce {
  readonly reference: string
  readonly from: string
}
