/**
 * Payments, the desk: how a flow uses providers: which of its events make a payment wanted, and which of its transitions
 * say what became of it. One value per flow and kind, beside the flow; the desk knows no product.
 */

import type { Tx, Verbs } from '../../platform/postgres/database.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Creation } from '@holdfast/kernel/engine/ask.ts'
import type { LoggedEvent } from '../../event-log/log.ts'
import type { Method, PaymentKind } from '../providers/port.ts'
import type { Details, ProviderPayment } from './provider-payment.ts'

export interface ProviderBinding {
  /** The flow whose agreements hear what became of it. */
  readonly flow: string
  readonly kind: PaymentKind
  /** The events that may make one wanted: the flow they belong to, and their transitions. */
  readonly on: { readonly flow: string; readonly transitions: readonly string[] }
  /**
   * What such an event makes wanted. `agreement` is the event's own; what is read of it, and through `tx`, must be
   * final by then, since the event may be read late.
   */
  wants(event: LoggedEvent, agreement: Agreement, tx: Tx): Promise<readonly PaymentRequest[]>
  /**
   * Asked of the engine before a provider is called, once. Where it is refused, the provider is not called. A creation
   * makes the agreement, under the id that the payment already has.
   */
  readonly before?: (payment: ProviderPayment) => EngineCommand
  /** The states of the agreement, after that, in which a provider may be called. In any other nobody is called any more. */
  readonly while: readonly string[]
  /**
   * What is said to the agreement, by what the provider told; nothing where there is no word for it. A pay-in that has
   * succeeded, and of which the agreement does not hear, is set aside in suspense.
   */
  readonly says: { readonly [told in ProviderOutcome]?: (payment: ProviderPayment) => EngineCommand }
  /**
   * What the agreements that are here may have wanted of this provider in a copy of the database that has gone on
   * further, changed since then: of a payment that is wanted later the token is known now.
   */
  mayWant?(db: Verbs, provider: string, since_ms: number): Promise<readonly MayWant[]>
  /** Transitions of its own flow after which a pay-in that nobody has paid is closed with the provider. */
  readonly closes?: readonly string[]
}

/**
 * `offered`: a pay-in waits for its payer, whose address stands in `checkout_url`. `refused`: nothing has happened, nor
 * will. `unclear`: it is lost, and an operator decides. The others as in the port.
 */
export type ProviderOutcome =
  | 'offered'
  | 'succeeded'
  | 'failed'
  | 'expired'
  | 'refused'
  | 'returned'
  | 'unclear'

/** A transition, by the service, with its input. Amounts in it are bigint. */
export interface EngineCommand {
  readonly transition: string
  readonly input: Readonly<Record<string, unknown>>
  readonly creation?: Creation
}

export interface MayWant extends Pick<PaymentRequest, 'agreement' | 'of' | 'method' | 'currency'> {
  /** Of a refund: what it would give back. */
  readonly settled_id?: string
}

export interface PaymentRequest {
  /** The agreement that hears of it; new where `before` creates it. */
  readonly agreement: string
  /**
   * What its token derives from, in words that are the same in every copy of the database, also in one from before the
   * agreement was made. By default the agreement; a refund derives from what it gives back.
   */
  readonly of?: string
  /** Given where only one can do it: a refund goes through the provider of its pay-in. */
  readonly provider?: string
  /** Null for any that the provider offers. */
  readonly method: Method | null
  /** Minor units. */
  readonly amount: bigint
  readonly currency: string
  readonly details: Details
}
