/** Payments, the inbox: what follows from one thing that an event is about. Pure. */

import type { ProcessorState } from '../processor/provider-payment.ts'
import type { About, PaymentKind } from '../providers/port.ts'

/** A row of provider_payments that it may mean. */
export interface MatchedPayment {
  readonly id: string
  readonly kind: PaymentKind
  readonly state: ProcessorState
  readonly token: string
  readonly provider_id: string | null
  readonly settled_id: string | null
  /** Nobody asks about it any more, or whoever asks just now finds what the engine has heard already. */
  readonly rests: boolean
}

export interface FollowUp {
  /** Due at once, so that the desk asks. */
  readonly due: readonly MatchedPayment[]
  /** Money that came, and that no row stands for. */
  readonly isNews: boolean
}

export function followUpOf(about: About, rows: readonly MatchedPayment[]): FollowUp {
  return {
    due: rows.filter((row) => !isOver(row, isNamed(row, about))),
    isNews: newsOf[about.kind](about, rows),
  }
}

/**
 * A pay-in is, where none of ours waits for it. A pay-out that came back is told of by an id of its own, which leads the
 * provider to ours. A refund is always of ours.
 */
const newsOf: Readonly<Record<PaymentKind, (about: About, rows: readonly MatchedPayment[]) => boolean>> = {
  pay_in: (about, rows) => rows.every((row) => !isNamed(row, about) && row.settled_id !== null),
  pay_out: (_, rows) => rows.length === 0,
  refund: () => false,
}

/** By an id of its own, and not only by our reference, which another payment may repeat. */
function isNamed({ token, provider_id, settled_id }: MatchedPayment, about: About): boolean {
  return [token, provider_id, settled_id].includes(about.provider_id)
}

/** However often they are told of, these are not asked about again. A pay-out can come back weeks later. */
function isOver({ kind, state, settled_id, rests }: MatchedPayment, named: boolean): boolean {
  if (kind === 'pay_out') return false
  if (kind === 'pay_in' && !named) return settled_id !== null
  return rests && ended[kind].has(state)
}

const ended: Readonly<Record<'pay_in' | 'refund', ReadonlySet<ProcessorState>>> = {
  pay_in: new Set<ProcessorState>(['succeeded', 'merged']),
  refund: new Set<ProcessorState>(['succeeded', 'failed', 'returned']),
}
