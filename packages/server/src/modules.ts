/** The products in the box. A further one is one more folder and one more line here. */

import type { Product } from '@holdfast/kernel/engine/product.ts'
import { deduction } from './products/trade-credit/deduction/product.ts'
import { line } from './products/trade-credit/line/product.ts'
import { repayment } from './products/trade-credit/repayment/product.ts'
import { milestone } from './products/freelance/milestone/product.ts'
import { project } from './products/freelance/project/product.ts'
import { order } from './products/marketplace-order/product.ts'
import { ad } from './products/p2p/ad/product.ts'
import { trade } from './products/p2p/trade/product.ts'
import { payment } from './products/service-booking/payment/product.ts'
import { refund } from './products/service-booking/refund/product.ts'
import { booking } from './products/service-booking/booking/product.ts'
import { suspenseCredit } from './system-flows/suspense-credit/product.ts'
import { suspense } from './system-flows/suspense/product.ts'
import { escrow } from './products/trade-credit/escrow/product.ts'
import { walletFreeze } from './system-flows/wallet-freeze/flow.ts'
import { payIn } from './system-flows/wallet-pay-in/product.ts'
import { walletSale } from './system-flows/wallet-sale/flow.ts'
import { walletTopUp } from './system-flows/wallet-top-up/flow.ts'
import { withdrawal } from './system-flows/withdrawal/product.ts'

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
