/** The projections of the event log that products bring. */

import type { Projection } from './event-log/projections.ts'
import { projectAds } from './products/p2p/ad/market.ts'
import { projectProofs } from './products/p2p/trade/proofs.ts'
import { projectReceipts } from './products/service-booking/booking/receipts.ts'
import { projectWithdrawals } from './system-flows/withdrawal/destinations.ts'

export const product_projections: readonly Projection[] = [
  projectWithdrawals,
  projectAds,
  projectProofs,
  projectReceipts,
]
