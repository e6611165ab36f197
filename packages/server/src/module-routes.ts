/** The routes that products bring themselves, beside those that come from their flows. */

import type { FastifyInstance } from 'fastify'
import type { Context } from './http/context.ts'
import { freelanceRoutes } from './products/freelance/milestone/routes.ts'
import { paymentMethodRoutes } from './products/p2p/ad/routes-payment-methods.ts'
import { adRoutes } from './products/p2p/ad/routes.ts'
import { messageRoutes } from './products/p2p/trade/routes-messages.ts'
import { orderRoutes } from './products/p2p/trade/routes.ts'
import { paymentRoutes } from './products/service-booking/payment/routes.ts'
import { refundRoutes } from './products/service-booking/refund/routes.ts'
import { vendorWalletRoutes } from './products/service-booking/booking/routes-wallet.ts'
import { bookingRoutes } from './products/service-booking/booking/routes.ts'
import { suspenseRoutes } from './system-flows/suspense/routes.ts'
import { tradeCreditRoutes } from './products/trade-credit/escrow/routes.ts'
import { walletPayInRoutes } from './system-flows/wallet-pay-in/routes.ts'
import { withdrawalRoutes } from './system-flows/withdrawal/routes.ts'

export type Routes = (app: FastifyInstance, context: Context) => void

export const product_routes: readonly Routes[] = [
  withdrawalRoutes,
  walletPayInRoutes,
  freelanceRoutes,
  adRoutes,
  paymentMethodRoutes,
  orderRoutes,
  messageRoutes,
  tradeCreditRoutes,
  bookingRoutes,
  paymentRoutes,
  vendorWalletRoutes,
  refundRoutes,
  suspenseRoutes,
]
