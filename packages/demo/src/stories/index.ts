/** Demo: the stories. A further one is one more file and one more line here. */

import type { Story } from '../story.ts'
import { freelanceMilestone } from './freelance-milestone.ts'
import { marketplaceOrder } from './marketplace-order.ts'
import { p2pTrade } from './p2p-trade.ts'
import { serviceBooking } from './service-booking.ts'
import { withdrawal } from './withdrawal.ts'
import { tradeCredit } from './trade-credit.ts'

export const stories: readonly Story[] = [
  marketplaceOrder,
  p2pTrade,
  serviceBooking,
  withdrawal,
  freelanceMilestone,
  tradeCredit,
]
