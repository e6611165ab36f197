/** The routes that products bring themselves, beside those that come from their flows. */

import type { FastifyInstance } from 'fastify'
import type { Context } from '../http/context.ts'
import { freelanceRoutes } from './freelance-milestone/routes.ts'
import { paymentMethodRoutes } from './p2p-ad/routes-payment-methods.ts'
import { adRoutes } from './p2p-ad/routes.ts'
import { messageRoutes } from './p2p-trade/routes-messages.ts'
import { orderRoutes } from './p2p-trade/routes.ts'
import { paymentRoutes } from './payment/routes.ts'
import { refundRoutes } from './refund/routes.ts'
import { vendorWalletRoutes } from './service-booking/routes-wallet.ts'
import { bookingRoutes } from './service-booking/routes.ts'
import { suspenseRoutes } from './suspense/routes.ts'
import { tradeCreditRoutes } from './trade-credit/routes.ts'
import { walletPayInRoutes } from './wallet-pay-in/routes.ts'
import { withdrawalRoutes } from './withdrawal/routes.ts'

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
