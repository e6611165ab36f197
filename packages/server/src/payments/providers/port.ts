/** Payments: the port. What a provider can do for us, in our words; one adapter for each, one suite for all. */

import type { Place } from '../../platform/config/provider-settings.ts'

export type { Place }

export type PaymentKind = 'pay_in' | 'refund' | 'pay_out'

export type Method =
  | 'card'
  | 'gcash'
  | 'maya'
  | 'grab_pay'
  | 'qr_ph'
  | 'mobile_money'
  | 'bank_transfer'
  | 'by_hand'

/**
 * `expired`: nobody has paid. Should money come all the same, it is told as succeeded.
 * `unknown`: the provider says something that we have no word for. Never taken for a failure.
 * `returned`: it had succeeded, and the money came back later.
 */
export type PaymentState = 'pending' | 'succeeded' | 'failed' | 'expired' | 'unknown' | 'returned'

/** One movement of money as its provider tells of it. Nothing in here was worked out by us. */
export interface Payment {
  readonly kind: PaymentKind
  readonly provider_id: string
  /** Ours, as we gave it when we asked; null where the provider does not repeat it. */
  readonly our_reference: string | null
  readonly state: PaymentState
  /** Minor units. */
  readonly amount: bigint
  readonly currency: string
  /** Minor units; null where the provider does not tell. */
  readonly fee: bigint | null
  /** The provider's own words. */
  readonly status: string
  readonly reason: string | null
  /** Where a person pays; null where nobody need go anywhere, or where the address given is not safe to pass on. */
  readonly checkout_url: string | null
  /**
   * What the money that came is known by: count a pay-in once for each of these. A refund names it. A pay-in that was
   * found by its checkout, and by its payment, has the same. Null until it succeeds.
   */
  readonly settled_id: string | null
  readonly created_ms: number | null
  readonly settled_ms: number | null
}

interface Wanted {
  /** A UUID of version 4, stored before the call is made. The same again never has a second effect. */
  readonly token: string
  /** New for each attempt: what comes back later is told apart by it. Letters, digits and `_` only. */
  readonly our_reference: string
  readonly amount: bigint
  readonly currency: string
}

export interface WantedPayIn extends Wanted {
  /** Null for whichever the payer chooses of those that the provider has. */
  readonly method: Method | null
  /** What the payer reads: plain words. */
  readonly description: string
  /** Where the payer goes back to. Neither proves anything. */
  readonly return_urls: { readonly paid: string; readonly cancelled: string } | null
  /** Of a mobile wallet, with its country's digits and without +. */
  readonly payer_number: string | null
}

export interface WantedRefund extends Wanted {
  /** The `settled_id` of the pay-in. */
  readonly settled_id: string
  readonly notes: string
}

export interface WantedPayOut extends Wanted {
  readonly method: Method
  readonly description: string
  readonly destination: Destination
}

export interface Destination {
  readonly number: string
  readonly name: string
  /** The code of the bank, for a bank transfer. */
  readonly institution: string | null
}

/**
 * What a call came to.
 * - `refused`: a clear no; nothing has happened, and the same again comes to the same.
 * - `unavailable`: nothing has happened, or nothing was learned; the same again may come to something else.
 * - `unknown`: it may have happened. Only `find` says, with the same token.
 * - `not_found`: the provider does not know it. The create may be repeated with the same token as long as the provider
 *   keeps tokens; after that it is for an operator.
 */
export type Reply<T> =
  | { readonly outcome: 'told'; readonly value: T }
  | {
      readonly outcome: 'refused' | 'unavailable' | 'unknown' | 'not_found'
      /** The provider's code where it gave one, else one of ours. */
      readonly code: string
      readonly reason: string
    }

export interface Sought {
  /** Null where the create was never answered. */
  readonly provider_id: string | null
  readonly token: string
  readonly our_reference: string
  /** Of a refund: what it gives back. */
  readonly settled_id?: string | null
  /** Where it was asked for; null where that is not known: then every place is asked. */
  readonly place?: Place | null
}

export interface Page {
  readonly payments: readonly Payment[]
  /** Null at the end. */
  readonly cursor: string | null
}

/** An event as it came in: nothing of it is believed before it is verified. */
export interface Incoming {
  /** The bytes as they were sent: signatures are over bytes. */
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** What follows the address of the provider's webhook in the path, without the first slash. */
  readonly path: string
}

export interface About {
  readonly kind: PaymentKind
  readonly provider_id: string
  readonly our_reference: string | null
}

/** An event only says what to ask about. What has happened to the money, `find` says. */
export type Verified =
  | { readonly event_id: string; readonly type: string; readonly about: readonly About[] }
  | { readonly refused: 'forged' | 'stale' | 'malformed' }

export interface Service {
  readonly kind: PaymentKind
  readonly methods: readonly Method[]
  /** Codes of money/currency.ts. */
  readonly currencies: readonly string[]
}

export interface Institution {
  readonly code: string
  readonly name: string
  readonly rails: readonly string[]
}

export interface Provider {
  readonly name: string
  /** Where it is asked: what is created is created at the first; the others are asked about what was made there before. */
  readonly places: readonly [Place, ...Place[]]
  readonly services: readonly Service[]
  /** The kinds that `list` can tell; the others are asked for one by one. */
  readonly lists: readonly PaymentKind[]
  /** False where nothing changes but by an operator's word here, so that nobody need ask in between. */
  readonly changes_alone: boolean
  /** For how long a repeat with the same token has no second effect; null for always. */
  readonly tokens_kept_ms: number | null
  createPayIn(wanted: WantedPayIn): Promise<Reply<Payment>>
  /** Closes a pay-in that nobody has paid. One that was paid meanwhile is told as it is. */
  expirePayIn(sought: Sought): Promise<Reply<Payment>>
  createRefund(wanted: WantedRefund): Promise<Reply<Payment>>
  createPayOut(wanted: WantedPayOut): Promise<Reply<Payment>>
  find(kind: PaymentKind, sought: Sought): Promise<Reply<Payment>>
  /**
   * What was made from `from_ms` on and before `to_ms`, a page at a time. A pay-out that came back in that time may
   * stand there once more, as `returned`.
   */
  list(kind: PaymentKind, from_ms: number, to_ms: number, cursor: string | null): Promise<Reply<Page>>
  /** Where a bank transfer can go. */
  institutions(): Promise<Reply<readonly Institution[]>>
  verify(incoming: Incoming, now_ms: number): Verified
}
