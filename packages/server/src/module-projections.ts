/** The followers of the event log that products bring. */

import type { Follower } from './event-log/projections.ts'
import { followAds } from './products/p2p/ad/market.ts'
import { followProofs } from './products/p2p/trade/proofs.ts'
import { followReceipts } from './products/service-booking/booking/receipts.ts'
import { followWithdrawals } from './system-flows/withdrawal/destinations.ts'

export const product_followers: readonly Follower[] = [
  followWithdrawals,
  followAds,
  followProofs,
  followReceipts,
]
