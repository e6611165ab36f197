/** The products in the box. A further one is one more folder and one more line here. */

import type { Product } from '../engine/product.ts'
import { deduction } from './credit-deduction/product.ts'
import { line } from './credit-line/product.ts'
import { repayment } from './credit-repayment/product.ts'
import { milestone } from './freelance-milestone/product.ts'
import { project } from './freelance-project/product.ts'
import { order } from './marketplace-order/product.ts'
import { ad } from './p2p-ad/product.ts'
import { trade } from './p2p-trade/product.ts'
import { payment } from './payment/product.ts'
import { refund } from './refund/product.ts'
import { booking } from './service-booking/product.ts'
import { suspenseCredit } from './suspense-credit/product.ts'
import { suspense } from './suspense/product.ts'
import { escrow } from './trade-credit/product.ts'
import { walletFreeze } from './wallet-freeze/flow.ts'
import { payIn } from './wallet-pay-in/product.ts'
import { walletSale } from './wallet-sale/flow.ts'
import { walletTopUp } from './wallet-top-up/flow.ts'
import { withdrawal } from './withdrawal/product.ts'

export const products: readonly Product[] = [
  order,
  { flow: walletTopUp },
  payIn,
  { flow: walletFreeze },
  { flow: walletSale },
  withdrawal,
  project,
  milestone,
  ad,
  trade,
  line,
  escrow,
  repayment,
  deduction,
  booking,
  payment,
  refund,
  suspense,
  suspenseCredit,
]
