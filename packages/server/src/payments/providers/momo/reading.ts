/** MTN MoMo: its status resources as payments of ours. Texts may come as numbers, reasons as objects. */

import { fromDecimal } from '../decimal.ts'
import { at, textAt } from '../json.ts'
import type { Payment, PaymentKind, PaymentState } from '../port.ts'

/** Null where the amount cannot be read exactly. The resource does not name itself: its id is ours. */
export function readStatus(kind: PaymentKind, provider_id: string, resource: unknown): Payment | null {
  const currency = textAt(resource, 'currency')
  const amount = currency === null ? null : fromDecimal(textOf(at(resource, 'amount')), currency)
  if (currency === null || amount === null) return null
  const status = textAt(resource, 'status') ?? ''
  const reason = textAt(resource, 'reason') ?? textAt(resource, 'reason', 'code')
  const state = stateOf(kind, status, reason)
  return {
    kind,
    provider_id,
    our_reference: textAt(resource, 'payeeNote'),
    state,
    amount,
    currency,
    fee: null,
    status,
    reason,
    checkout_url: null,
    // A refund names the request that it pays back, and statements name the same.
    settled_id: state === 'succeeded' || state === 'returned' ? provider_id : null,
    created_ms: null,
    settled_ms: null,
  }
}

const states: Readonly<Record<string, PaymentState>> = {
  CREATED: 'pending',
  PENDING: 'pending',
  ONGOING: 'pending',
  DELAYED: 'pending',
  SUCCESSFUL: 'succeeded',
  FAILED: 'failed',
  REJECTED: 'failed',
  EXPIRED: 'expired',
}

/** Only what a person had to approve can expire; a pay-out that ran out has failed. */
function stateOf(kind: PaymentKind, status: string, reason: string | null): PaymentState {
  const state = states[status.toUpperCase()] ?? 'unknown'
  if (kind !== 'pay_in') return state === 'expired' ? 'failed' : state
  return state === 'failed' && reason === 'EXPIRED' ? 'expired' : state
}

function textOf(amount: unknown): string {
  return typeof amount === 'string' || typeof amount === 'number' ? String(amount) : ''
}
