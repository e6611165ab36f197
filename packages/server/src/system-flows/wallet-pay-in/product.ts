/** Wallet pay-in: what it needs beside its flow: the shapes of its fields, what must arrive, and the words of its answer. */

import type { Product } from '@holdfast/kernel/engine/product.ts'
import { arrival_guards, pay_in_shapes, payInView } from '../../products/service-booking/payment/product.ts'
import { walletPayIn as flow } from './flow.ts'

/** Of what became of the money: in live mode the marketplace's word alone does not count. */
export const told_by_operators: readonly string[] = ['settle', 'fail', 'set_aside']

export const payIn: Product = {
  flow,
  shapes: pay_in_shapes,
  // Where the holder pays, the provider says.
  own_routes: [...told_by_operators, 'offer'],
  guards: arrival_guards,
  view: payInView,
}
