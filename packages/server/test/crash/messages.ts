/** Crash drill: what the drill and its client say to each other. */

export interface Door {
  readonly address: string
  readonly service_key: string
  readonly operator_key: string
}

/** What came of the requests since the client was last told to go. */
export interface Tally {
  acknowledged: number
  refused: number
  /** Requests that lost an answer at least once, and what their repeats came to. */
  unanswered: number
  replayed: number
  anew: number
  refused_later: number
  /** The longest time in which nobody was answered. */
  silence_ms: number
}

export type ToClient =
  | { readonly say: 'go' | 'moved'; readonly door: Door }
  /** Something was killed: tell of the first answer to a request that is sent from now on. */
  | { readonly say: 'watch' }
  /** Ask nothing new; repeat until everything is answered. */
  | { readonly say: 'rest' }
  | { readonly say: 'end' }

export type FromClient =
  | { readonly say: 'answered' }
  | { readonly say: 'rested'; readonly tally: Tally; readonly faults: readonly string[] }
