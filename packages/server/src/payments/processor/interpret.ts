/** Payments, the desk: what an answer makes of a row, and when to come back. Pure. */

import type { Payment, Reply } from '../providers/port.ts'
import type { ProcessorState, ProviderPayment } from './provider-payment.ts'

/** Between one look and the next; each time twice as long. An event brings the next look forward. */
export const ask_again_ms_min = 5_000
export const ask_again_ms_max = 86_400_000
/** A payment that its provider leaves pending for longer is not asked about any more; reconciliation names it. */
export const asked_for_ms_max = 120 * 86_400_000

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
  }
}

function unclear(state: ProcessorState): ProcessorState {
  return state === 'wanted' ? 'unknown' : state
}

/**
 * Whether a create that was never answered may be repeated with its token: as long as the provider keeps tokens, less
 * the time that the repeat itself may take. A checkout always may: nobody has the address of the one before.
 */
export function mayRepeat(
  { kind, called_ms }: ProviderPayment,
  tokens_kept_ms: number | null,
  now_ms: number,
): boolean {
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
  const { state, attempts, created_ms } = payment
  if (is.told && !open.has(state)) return null
  const isLongPending = now_ms - created_ms > asked_for_ms_max
  if (state === 'pending' && is.told && (isLongPending || !is.changes_alone)) return null
  return now_ms + Math.min(ask_again_ms_max, ask_again_ms_min * 2 ** Math.min(attempts, doublings_max))
}

const doublings_max = 20
