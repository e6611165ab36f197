/** The followers of the event log that products bring. */

import type { Follower } from '../events/follow.ts'
import { followAds } from './p2p-ad/market.ts'
import { followProofs } from './p2p-trade/proofs.ts'
import { followReceipts } from './service-booking/receipts.ts'
import { followWithdrawals } from './withdrawal/destinations.ts'

export const product_followers: readonly Follower[] = [
  followWithdrawals,
  followAds,
  followProofs,
  followReceipts,
]
