/** Suspense: what it needs beside its flow: nobody but operators acts in it over HTTP. */

import type { Product } from '@holdfast/kernel/engine/product.ts'
import { suspense as flow } from './flow.ts'
import { OutsideReference, Override, ProviderName } from '../outside-reference.ts'
import { Because } from './shapes.ts'

/** The provider's word is said by the desk; over HTTP it is an operator's. */
export const by_operators: readonly string[] = [
  'refund',
  'refund_arrived',
  'refund_failed',
  'refunded_by_hand',
  'refund_returned',
]

export const suspense: Product = {
  flow,
  shapes: {
    because: Because,
    provider: ProviderName,
    refund_reference: OutsideReference,
    override: Override,
  },
  own_routes: ['set_aside', 'refund_denied', ...by_operators, 'list'],
  // Whether it may still come back is not the payer's concern.
  view: ({ state }) => ({ status: state === 'settled' ? 'refunded' : state }),
}
