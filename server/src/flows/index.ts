/** The products in the box. A further one is one more folder and one more line here. */

import type { Product } from '../engine/product.ts'
import { order } from './marketplace-order/product.ts'
import { walletFreeze } from './wallet-freeze/flow.ts'
import { walletTopUp } from './wallet-top-up/flow.ts'

export const products: readonly Product[] = [order, { flow: walletTopUp }, { flow: walletFreeze }]
