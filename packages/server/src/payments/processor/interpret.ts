/** Payments, the desk: what an answer makes of a row, and when to come back. Pure. */

import { isMadeHere, made_elsewhere } from '../providers/places.ts'
import type { Payment, Provider, Reply } from '../providers/port.ts'
import type { ProcessorState, ProviderPayment } from './provider-payment.ts'

/** Between one look and the next; each time twice as long. An event brings the next look forward. */
export const ask_again_ms_min = 5_000
export const ask_again_ms_max = 86_400_000
/** A payment that its provider leaves pending for longer is not asked about any more; reconciliation names it. */
export const asked_for_ms_max = 120 * 86_400_000
/** For so long a provider may deny what it had taken, as its own books may lag; then it is an operator's to decide. */
export const denied_ms_max = 3_600_000

export function interpreted(
  payment: ProviderPayment,
  reply: Reply<Payment>,
  now_ms: number,
): ProviderPayment {
  if (reply.outcome === 'told') return toldOf(payment, reply.value, now_ms)
  const { code, reason } = reply
  const said = { ...payment, reason: `${code}: ${reason}`.slice(0, reason_length_max) }
  // Only a create is refused: whoever is asked about what it knows refuses nothing.
  if (reply.outcome === 'refused') return { ...said, state: 'refused', told_ms: now_ms }
  return said
}

const reason_length_max = 300

/** The provider's no to a create that certainly never arrived leaves it to be asked for again. */
export function afterCreate(
  payment: ProviderPayment,
  reply: Reply<Payment>,
  now_ms: number,
): ProviderPayment {
  const after = interpreted(payment, reply, now_ms)
  return reply.outcome === 'unavailable' && payment.state === 'wanted'
    ? { ...after, state: 'wanted' }
    : reply.outcome === 'told' || reply.outcome === 'refused'
      ? after
      : { ...after, state: 'unknown' }
}

function toldOf(payment: ProviderPayment, told: Payment, now_ms: number): ProviderPayment {
  return {
    ...payment,
    // A word that we do not know changes nothing.
    state: told.state === 'unknown' ? unclear(payment.state) : told.state,
    provider_id: payment.provider_id ?? told.provider_id,
    settled_id: payment.settled_id ?? told.settled_id,
    told_amount: told.amount,
    told_currency: told.currency,
    fee: told.fee ?? payment.fee,
    status: told.status,
    reason: told.reason,
    checkout_url: told.checkout_url ?? payment.checkout_url,
    settled_ms: told.settled_ms ?? payment.settled_ms,
    told_ms: now_ms,
    denied_ms: null,
  }
}

/**
 * Whether this denies what may have happened: the provider knows nothing of what it had taken, or nobody can be asked
 * where it was made. That nothing happened is not said by either.
 */
export function isDenied({ state, flow }: ProviderPayment, reply: Reply<Payment>): boolean {
  if (flow === null || (state !== 'pending' && state !== 'unknown')) return false
  return reply.outcome === 'not_found' || (reply.outcome !== 'told' && reply.code === made_elsewhere)
}

/** Asked again soon, since it may pass; after `denied_ms_max` it is lost. */
export function denied(payment: ProviderPayment, reply: Reply<Payment>, now_ms: number): ProviderPayment {
  const said = interpreted(payment, reply, now_ms)
  if (payment.denied_ms === null) return { ...said, denied_ms: now_ms, attempts: 1 }
  return now_ms - payment.denied_ms < denied_ms_max ? said : { ...said, state: 'lost' }
}

function unclear(state: ProcessorState): ProcessorState {
  return state === 'wanted' ? 'unknown' : state
}

/**
 * Whether a create that was never answered may be repeated with its token: where it was made, as long as the provider
 * keeps tokens, less the time that the repeat itself may take. A checkout always may: nobody has the address of the one
 * before.
 */
export function mayRepeat(
  { kind, place, called_ms }: ProviderPayment,
  provider: Pick<Provider, 'places' | 'tokens_kept_ms'>,
  now_ms: number,
): boolean {
  const { tokens_kept_ms } = provider
  if (!isMadeHere(provider, place)) return false
  if (kind === 'pay_in' || called_ms === null || tokens_kept_ms === null) return true
  return now_ms - called_ms < tokens_kept_ms - repeat_takes_ms_max
}

const repeat_takes_ms_max = 3_600_000

const open: ReadonlySet<ProcessorState> = new Set<ProcessorState>(['wanted', 'unknown', 'pending'])

/** When to look at it next; null where it rests. `told`: the engine has heard all that there is to say. */
export function nextLook(
  payment: ProviderPayment,
  is: { readonly told: boolean; readonly changes_alone: boolean },
  now_ms: number,
): number | null {
  const { state, attempts, created_ms, flow } = payment
  if (is.told && state === 'lost' && flow !== null && now_ms - created_ms <= asked_for_ms_max)
    return now_ms + ask_again_ms_max
  if (is.told && !open.has(state)) return null
  const isLongPending = now_ms - created_ms > asked_for_ms_max
  if (state === 'pending' && is.told && (isLongPending || !is.changes_alone)) return null
  return now_ms + Math.min(ask_again_ms_max, ask_again_ms_min * 2 ** Math.min(attempts, doublings_max))
}

const doublings_max = 20
