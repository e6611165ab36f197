// The harness room of what is wanted of providers: one of each kind, with a token of its own, to be changed by the test.
import { randomUUID } from 'node:crypto'
import type {
  PaymentKind,
  Sought,
  WantedPayIn,
  WantedPayOut,
  WantedRefund,
} from '../../src/payments/providers/port.ts'

let counted = 0

function ids(): { token: string; our_reference: string } {
  counted += 1
  return { token: randomUUID(), our_reference: `ref_${counted}` }
}

export function payIn(change: Partial<WantedPayIn> = {}): WantedPayIn {
  return {
    ...ids(),
    amount: 5_000_000n,
    currency: 'PHP',
    method: 'gcash',
    description: 'Booking of a photographer',
    return_urls: { paid: 'https://shop.test/paid', cancelled: 'https://shop.test/cancelled' },
    payer_number: null,
    ...change,
  }
}

export function refund(settled_id: string, change: Partial<WantedRefund> = {}): WantedRefund {
  return { ...ids(), amount: 1_000n, currency: 'PHP', settled_id, notes: 'Booking cancelled', ...change }
}

export function payOut(change: Partial<WantedPayOut> = {}): WantedPayOut {
  return {
    ...ids(),
    amount: 100_000n,
    currency: 'PHP',
    method: 'bank_transfer',
    description: 'Withdrawal',
    destination: { number: '999999990001', name: 'Test Seller', institution: 'BNORPHMMXXX' },
    ...change,
  }
}

/** As somebody seeks who never got an answer. */
export function unanswered(wanted: { token: string; our_reference: string; settled_id?: string }): Sought {
  const { token, our_reference, settled_id = null } = wanted
  return { provider_id: null, token, our_reference, settled_id }
}

export const kinds: readonly PaymentKind[] = ['pay_in', 'refund', 'pay_out']
