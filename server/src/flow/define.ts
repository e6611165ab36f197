/**
 * The vocabulary a flow is written in. See docs/adding-a-flow.md.
 *
 * A flow is data: no functions, no clock, no database. All of it survives `JSON.stringify`, so it is
 * hashed, stored with a version, sent to the console and drawn.
 *
 * - party:      someone who acts in an agreement or holds money there ("buyer")
 * - account:    one ledger account of one party ("buyer.held")
 * - state:      where an agreement stands ("shipped")
 * - transition: the only way to leave a state; one arrow of the diagram
 * - move:       a planned posting: how much, from where to where, under which code
 * - term:       a percentage or a span, frozen into the agreement when it is created
 */

/** Owners that every flow knows: the marketplace itself, and the world outside (a provider's settlement account). */
export type Standing = 'platform' | 'outside'
/** Actors that every flow knows: a person of the marketplace's staff, and its own backend. */
export type Staff = 'operator' | 'service'

export type Purpose = 'available' | 'held' | 'payout' | 'revenue' | 'clearing' | 'debt' | 'due' | 'suspense'

export type Percent = `${number}%`
export type Span = `${number} ${'minutes' | 'hours' | 'days'}`
export type Term = Percent | Span

export type AccountName<P extends string> = `${P | Standing}.${Purpose}`

/** `[*]` is the world before the agreement exists; `[back]` is the state it was in before this one. */
export type Arrow<S extends string> = `${S | '[*]'} -> ${S | '[back]'}`
/** Of several arrows from one state, the first whose condition holds is taken. */
export type Condition<P extends string, A extends string> = `${A} <= ${A | AccountName<P>}`
export type ArrowIf<P extends string, S extends string, A extends string> =
  | Arrow<S>
  | `${Arrow<S>} if ${Condition<P, A>}`

/** `held` is all that the agreement holds at that moment. */
export type Part<A extends string, T extends string> = A | 'held' | `${T | Percent | 'rest'} of ${A | 'held'}`

/** How much, from which account to which, and the code that each side's statement shows. */
export type Move<P extends string, A extends string, T extends string, C extends string> = readonly [
  part: Part<A, T>,
  route: `${AccountName<P>} -> ${AccountName<P>}`,
  code: C | `${C}/${C}`,
]

/** `text`, `amount`, … or a shape that the product's folder brings; `?` when it may be left out. */
export type Field = string

/** Who may take a transition: one party, any of several, or all of several in any order. */
export type By<P extends string> =
  | P
  | Staff
  | readonly (P | Staff)[]
  | { readonly all: readonly [P, P, ...P[]] }

interface Base<P extends string, S extends string, A extends string, T extends string, C extends string> {
  readonly arrow: ArrowIf<P, S, A> | readonly ArrowIf<P, S, A>[]
  readonly says: string
  /** Posted in the transition itself. */
  readonly moves?: readonly Move<P, A, T, C>[]
  /** Posted by a job afterwards, once; until then the money is `releasing`. */
  readonly later?: readonly Move<P, A, T, C>[]
  readonly tells?: readonly (P | Staff)[]
  /** Names of guards, written in code in the product's folder. */
  readonly needs?: readonly string[]
}

export interface PersonTransition<
  P extends string,
  S extends string,
  A extends string,
  T extends string,
  C extends string,
> extends Base<P, S, A, T, C> {
  readonly by: By<P>
  /** A field with the name of a fixed amount sets it, as a quote does; that is open until money has moved. */
  readonly input?: Readonly<Record<string, Field>>
  /** Takes back the caller's own mark on a transition that needs all of several parties. */
  readonly undoes?: string
  /** Stops money into or out of this party's wallet (the input's `direction`) unless it is stopped already, or lets it flow again. */
  readonly blocks?: P
  readonly unblocks?: P
  /** Where it differs from `POST /{noun}/{id}/{transition-in-kebab-case}`, or `POST /{noun}` where it creates. */
  readonly path?: `/${string}`
}

export interface ClockTransition<
  P extends string,
  S extends string,
  A extends string,
  T extends string,
  C extends string,
> extends Base<P, S, A, T, C> {
  /** Counted from entering the state; a transition that stays in its state comes again after as long. */
  readonly after: Span | T
  /** Counted from this instead: a field of the agreement's data, or the first mark of a transition. Counted anew where that changes. */
  readonly since?: string
  readonly remind?: { readonly before: Span | T; readonly tells: readonly (P | Staff)[] }
}

export type Transition<
  P extends string = string,
  S extends string = string,
  A extends string = string,
  T extends string = string,
  C extends string = string,
> = PersonTransition<P, S, A, T, C> | ClockTransition<P, S, A, T, C>

/** A term that the marketplace may set for one agreement, within limits. */
export interface SettableTerm {
  readonly is: Term
  readonly min: Term
  readonly max: Term
}

export interface Flow<
  P extends string = string,
  S extends string = string,
  A extends string = string,
  T extends string = string,
  C extends string = string,
> {
  readonly name: string
  /** Plural noun of the URL: `POST /orders/{id}/ship`. */
  readonly noun: string
  /** Prefix of its ids: `ord_01j…`. */
  readonly id_prefix: string
  readonly about: string
  /** A name that ends with `?` may be left out; its shares fall to the rest. */
  readonly parties: Readonly<Record<P, string | { readonly says: string; readonly optional: true }>>
  /** Whom held money is for, as far as one can say before it moves: it shows there as pending. */
  readonly beneficiary?: NoInfer<P>
  /** `fixed` when the agreement is created, or `given` with a transition. The first is the whole that shares are taken of. */
  readonly amounts: Readonly<Record<A, 'fixed' | 'given'>>
  readonly terms: Readonly<Record<T, Term | SettableTerm>>
  /** Code → how a wallet's statement shows it: type, and a sentence in which {id} stands for the agreement. */
  readonly codes: Readonly<Record<C, readonly [type: string, says: string]>>
  readonly states: Readonly<Record<S, string>>
  readonly ends: readonly NoInfer<S>[]
  readonly transitions: Readonly<
    Record<string, Transition<NoInfer<P>, NoInfer<S>, NoInfer<A>, NoInfer<T>, NoInfer<C>>>
  >
}

/** Checks the names at compile time and returns the flow unchanged. */
export function defineFlow<
  const P extends string,
  const S extends string,
  const A extends string,
  const T extends string,
  const C extends string,
>(flow: Flow<P, S, A, T, C>): Flow<P, S, A, T, C> {
  return flow
}
