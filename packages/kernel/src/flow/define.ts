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

/**
 * `held`, `payout` and `debt` are accounts of one agreement; the others are their owner's. `debts` are the debts of a
 * person from all agreements, oldest first: what is moved there is spread over them, as a repayment is. `transit` is
 * what has left us and of which the provider has not told yet that it arrived.
 */
export type Purpose =
  | 'available'
  | 'held'
  | 'payout'
  | 'revenue'
  | 'clearing'
  | 'debt'
  | 'debts'
  | 'due'
  | 'suspense'
  | 'transit'

export type Percent = `${number}%`
export type Span = `${number} ${'minutes' | 'hours' | 'days'}`
/** Major units per currency: `'100.00 PHP, 1000 RWF'`. A currency that is not named has no such limit. */
export type Sum = `${number} ${Uppercase<string>}` | `${number} ${Uppercase<string>}, ${string}`
export type Switch = 'on' | 'off'
export type Term = Percent | Span | Sum | Switch

/** The name under which a flow knows the agreement that it is opened under stands for that one's first party. */
export type AccountName<P extends string> = `${P | Standing}.${Purpose}`

/** `[*]` is the world before the agreement exists; `[back]` is the state it was in before this one. */
export type Arrow<S extends string> = `${S | '[*]'} -> ${S | '[back]'}`
/** Of several arrows from one state, the first whose condition holds is taken; looked at after counting and working out. */
export type Condition<
  P extends string,
  A extends string,
> = `${A | 'held'} <= ${A | 'held' | '0' | AccountName<P>}`
export type ArrowIf<P extends string, S extends string, A extends string> =
  | Arrow<S>
  | `${Arrow<S>} if ${Condition<P, A>}`

/** `held` is all that the agreement holds at that moment. */
export type Part<A extends string, T extends string> = A | 'held' | `${T | Percent | 'rest'} of ${A | 'held'}`

/** How much, from which account to which, the code that each side's statement shows, and, if it is not always made, into which state. */
export type Move<
  P extends string,
  A extends string,
  T extends string,
  C extends string,
  S extends string = never,
> = readonly [
  part: Part<A, T>,
  route: `${AccountName<P>} -> ${AccountName<P>}`,
  code: C | `${C}/${C}`,
  into?: `into ${S}`,
]

/** How much of a counted amount becomes another one; `[*]` is where counting begins and ends. */
export type Count<A extends string> = readonly [amount: A, route: `${A | '[*]'} -> ${A | '[*]'}`]

/** One of the values of which an amount that is worked out is the least; below zero counts as zero. */
export type Operand<P extends string, A extends string, T extends string> =
  | A
  | 'held'
  | AccountName<P>
  | `${T | Percent} of ${A | 'held'}`
  | `${A | 'held' | AccountName<P>} less ${A | T}`

/**
 * A role that is told, with words of its own where those of the transition do not fit; with a state, only where the
 * transition leads there: `'retailer in deducted: A share of your sales paid back'`.
 */
export type Tell<P extends string, S extends string = string> =
  | P
  | Staff
  | `${P | Staff} in ${S}`
  | `${P | Staff}: ${string}`
  | `${P | Staff} in ${S}: ${string}`

/**
 * `text`, `amount`, … or a shape that the product's folder brings; `?` when it may be left out. What comes as `reference`
 * becomes the agreement's own, which no other agreement of the flow has.
 */
export type Field = string

/**
 * Who may take a transition: one party, any of several, or all of several in any order, who must then give the same
 * amounts: the first offers, and who gives others makes another offer. `child`: an agreement opened under this one.
 */
export type By<P extends string> =
  | P
  | Staff
  | 'child'
  | readonly (P | Staff | 'child')[]
  | { readonly all: readonly [P, P, ...P[]] }

interface Base<
  P extends string,
  S extends string,
  A extends string,
  T extends string,
  C extends string,
  U extends string,
> {
  readonly arrow: ArrowIf<P | U, S, A> | readonly ArrowIf<P | U, S, A>[]
  readonly says: string
  /**
   * The transition of the agreement above that this one takes with it: both, or neither. Its input are amounts of this
   * one. Where that depends on the state that this one leads to, by that state.
   */
  readonly drives?: string | { readonly [into in S]?: string }
  readonly counts?: readonly Count<A>[]
  readonly works_out?: { readonly [amount in A]?: readonly Operand<P | U, A, T>[] }
  /** Accounts that guards look at and no move names. */
  readonly looks_at?: readonly AccountName<P | U>[]
  /** What left a wallet under a code within the last so long, this transition included, stays within a sum. Given back does not count. */
  readonly within?: { readonly limit: T; readonly code: C; readonly of: P; readonly over: Span | T }
  /**
   * Money from outside is known there by a reference, which counts once over all flows: the field that is the reference
   * (`reference`: the agreement's own), and the one that names who brought it, an operator where it is left out.
   */
  readonly counts_once?: { readonly reference: string; readonly from?: string }
  /** Posted in the transition itself. */
  readonly moves?: readonly Move<P | U, A, T, C, S>[]
  /** By what name operators see the job that posts the later moves. */
  readonly job?: string
  /** Posted by a job afterwards, once; until then the money is `releasing`. */
  readonly later?: readonly Move<P | U, A, T, C>[]
  readonly tells?: readonly Tell<P, S>[]
  /** Who is told when the later moves have been posted. */
  readonly later_tells?: readonly Tell<P, S>[]
  /** Names of guards, written in code in the product's folder. */
  readonly needs?: readonly string[]
  /** Field of the agreement's data that keeps when this was taken last. */
  readonly stamps?: string
}

export interface PersonTransition<
  P extends string,
  S extends string,
  A extends string,
  T extends string,
  C extends string,
  U extends string,
> extends Base<P, S, A, T, C, U> {
  readonly by: By<P>
  /** A field with the name of a fixed amount sets it, as a quote does; that is open until money has moved. */
  readonly input?: Readonly<Record<string, Field>>
  /** Takes back the caller's own mark on a transition that needs all of several parties; any consent can be revoked without. */
  readonly undoes?: string
  /** Of an arrow to `[back]`: a clock that stood still goes on with what was left, and with this at least. */
  readonly at_least?: Span | T
  /**
   * Stops money into or out of this party's wallet (the input's `direction`), or lets it flow again. What creates stops
   * one that is not stopped yet, what does not widens its own stop.
   */
  readonly blocks?: P
  readonly unblocks?: P
  /** Money that is reserved already is on its way out of this party's wallet: refused while money out of it is stopped. */
  readonly sends_out?: P
  /** Above this sum of what is held (of the whole, where the flow holds nothing), an operator's ask waits until a second operator asks for the same. */
  readonly four_eyes_above?: T
  /** Where it differs from `POST /{noun}/{id}/{transition-in-kebab-case}`, or `POST /{noun}` where it creates. */
  readonly path?: `/${string}`
}

export interface ClockTransition<
  P extends string,
  S extends string,
  A extends string,
  T extends string,
  C extends string,
  U extends string,
> extends Base<P, S, A, T, C, U> {
  /** Counted from entering the state; a transition that stays in its state comes again after as long. */
  readonly after: Span | T
  /** Counted from this instead: a field of the agreement's data, or the first mark of a transition. Counted anew where that changes. */
  readonly since?: string
  /** Nor before this instant: a field of the agreement's data, where it has one. */
  readonly not_before?: string
  readonly remind?: { readonly before: Span | T; readonly tells: readonly Tell<P>[] }
}

export type Transition<
  P extends string = string,
  S extends string = string,
  A extends string = string,
  T extends string = string,
  C extends string = string,
  U extends string = string,
> = PersonTransition<P, S, A, T, C, U> | ClockTransition<P, S, A, T, C, U>

/** A term that the marketplace may set for one agreement, within limits. */
export interface SettableTerm {
  readonly is: Term
  readonly min: Term
  readonly max: Term
}

/** How the flow's own transitions answer the API of disputes, which is the same for all products. */
export interface DisputeWords<
  P extends string = string,
  S extends string = string,
  A extends string = string,
> {
  readonly state: S
  readonly raise: readonly string[]
  readonly withdraw: string
  /** Decisions of an operator: all to who was to be paid, all back, or a distribution. */
  readonly release: string
  readonly refund: string
  readonly split: string
  /** The sides agree on a distribution without an operator. */
  readonly settle: string
  /** Side → its amount in a distribution. */
  readonly parts: { readonly [party in P]?: A }
}

export interface Flow<
  P extends string = string,
  S extends string = string,
  A extends string = string,
  T extends string = string,
  C extends string = string,
  U extends string = string,
> {
  readonly name: string
  /** Plural noun of the URL: `POST /orders/{id}/ship`. */
  readonly noun: string
  /** Prefix of its ids: `ord_01j…`. */
  readonly id_prefix: string
  readonly about: string
  /**
   * The flow that its agreements are opened under, and the name it has here: `{ ad: 'p2p-ad' }`. The agreement above is
   * locked with them, and terms with the same name are its.
   */
  readonly under?: Readonly<Record<U, string>>
  /**
   * Within what an agreement's reference is used once, where that is not the whole flow: one party (each shop numbers its
   * own sales), or a field (each bank its own transfers).
   */
  readonly reference_per?: NoInfer<P> | (string & {})
  /** A name that ends with `?` may be left out; its shares fall to the rest. */
  readonly parties: Readonly<Record<P, string | { readonly says: string; readonly optional: true }>>
  /** Whom held money is for, as far as one can say before it moves: it shows there as pending. */
  readonly beneficiary?: NoInfer<P>
  /**
   * `fixed` when the agreement is created, `given` with a transition, `counted` from zero, or `worked_out` in a
   * transition. The first is the whole that shares are taken of.
   */
  readonly amounts: Readonly<Record<A, AmountKind>>
  readonly terms: Readonly<Record<T, Term | SettableTerm>>
  /**
   * Code → how a wallet's statement shows it: type, and a sentence in which {id} stands for the agreement. Where a
   * transfer under this code has a reference, used once, its form is the third; another name there is a field of the data.
   */
  readonly codes: Readonly<Record<C, readonly [type: string, says: string, reference?: string]>>
  readonly states: Readonly<Record<S, string>>
  readonly ends: readonly NoInfer<S>[]
  readonly dispute?: DisputeWords<NoInfer<P>, NoInfer<S>, NoInfer<A>>
  readonly transitions: Readonly<
    Record<string, Transition<NoInfer<P>, NoInfer<S>, NoInfer<A>, NoInfer<T>, NoInfer<C>, NoInfer<U>>>
  >
}

export type AmountKind = 'fixed' | 'given' | 'counted' | 'worked_out'

/** Checks the names at compile time and returns the flow unchanged. */
export function defineFlow<
  const P extends string,
  const S extends string,
  const A extends string,
  const T extends string,
  const C extends string,
  const U extends string = never,
>(flow: Flow<P, S, A, T, C, U>): Flow<P, S, A, T, C, U> {
  return flow
}
