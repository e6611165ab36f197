/** PayMongo: refunds and transfers as payments of ours. Null where what must be there is not. */

import { at, idAt, instantAt, minorAt, textAt } from '../json.ts'
import type { Payment, PaymentState } from '../port.ts'
import { referenceIn } from './metadata.ts'
import { readV1 } from './read-v1.ts'

export function readRefund(refund: unknown): Payment | null {
  const attributes = at(refund, 'attributes')
  return readV1('refund', refund, {
    state: movement_states[(textAt(attributes, 'status') ?? '').toLowerCase()] ?? 'unknown',
    reason: textAt(attributes, 'failed_code') ?? textAt(attributes, 'failure_code'),
    settled_id: null,
    settled_ms: instantAt(attributes, 'refunded_at'),
  })
}

/** Flat, as money movement is; wrapped like the older resources is read as well. */
export function readTransfer(given: unknown): Payment | null {
  const transfer = at(given, 'attributes') ?? given
  const id = idAt(given, 'id')
  const amount = minorAt(transfer, 'amount')
  const currency = textAt(transfer, 'currency')
  if (id === null || amount === null || currency === null) return null
  const status = textAt(transfer, 'status') ?? ''
  const state = movement_states[status.toLowerCase()] ?? 'unknown'
  return {
    kind: 'pay_out',
    provider_id: id,
    our_reference: referenceIn(transfer),
    state,
    amount,
    currency,
    fee: minorAt(transfer, 'fee'),
    status,
    reason: firstText(transfer, ['provider_error_code', 'failure_code', 'provider_error', 'failure_message']),
    checkout_url: null,
    settled_id: state === 'succeeded' || state === 'returned' ? id : null,
    created_ms: instantAt(transfer, 'created_at'),
    settled_ms: state === 'pending' ? null : instantAt(transfer, 'updated_at'),
  }
}

const movement_states: Readonly<Record<string, PaymentState>> = {
  pending: 'pending',
  processing: 'pending',
  succeeded: 'succeeded',
  failed: 'failed',
  returned: 'returned',
}

function firstText(value: unknown, names: readonly string[]): string | null {
  return names.map((name) => textAt(value, name)).find((text) => text !== null) ?? null
}
