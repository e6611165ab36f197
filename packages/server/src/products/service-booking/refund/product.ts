/** Refund: what it needs beside its flow. */

import type { Product } from '@holdfast/kernel/engine/product.ts'
import { OutsideReference, Override } from '../../../system-flows/outside-reference.ts'
import { refund as flow } from './flow.ts'

/**
 * A refund moves money that its booking has put in transit: one that came from anywhere else would take another's. So
 * nobody creates one over HTTP, and what a provider does is the provider's word alone.
 */
const by_the_desk = ['create', 'complete', 'fail', 'deny'] as const

/** Over HTTP an operator's word alone. */
export const by_operators: readonly string[] = ['complete_by_hand', 'credit_by_hand', 'come_back']

export const refund: Product = {
  flow,
  shapes: { refund_reference: OutsideReference, override: Override },
  own_routes: [...by_the_desk, ...by_operators],
  // Whether it may still come back is not the payer's concern.
  view: ({ state }) => ({ status: state === 'settled' ? 'completed' : state }),
}
