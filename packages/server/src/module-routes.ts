/** The routes that products bring themselves, beside those that come from their flows. */

import type { Routes } from './http/context.ts'
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

import { systemRoutes } from './operations/routes.ts'
import { walletRoutes } from './wallets/routes.ts'
import { eventRoutes } from './event-log/routes.ts'
import { notificationRoutes } from './notifications/routes.ts'
import { contactRoutes } from './notifications/email/contacts.ts'
import { emailRoutes } from './notifications/email/routes.ts'
import { disputeRoutes } from './disputes/routes.ts'
import { fileRoutes } from './files/routes.ts'
import { feeScheduleRoutes } from './operations/fee-schedules.ts'
import { jobRoutes } from './jobs/routes.ts'
import { providerPaymentRoutes } from './payments/processor/routes.ts'
import { providerEventListRoutes } from './payments/webhooks/list.ts'
import { providerEventRoutes } from './payments/webhooks/routes.ts'
import { manualPaymentRoutes } from './payments/providers/manual/routes.ts'
import { reconciliationRoutes } from './payments/reconciliation/routes.ts'
import { scheduleRoutes } from './scheduling/routes.ts'

/** Of the rooms, which every product shares. */
export const room_routes: readonly Routes[] = [
  systemRoutes,
  walletRoutes,
  eventRoutes,
  notificationRoutes,
  contactRoutes,
  emailRoutes,
  disputeRoutes,
  fileRoutes,
  feeScheduleRoutes,
  jobRoutes,
  providerPaymentRoutes,
  providerEventListRoutes,
  providerEventRoutes,
  manualPaymentRoutes,
  reconciliationRoutes,
  scheduleRoutes,
]

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
