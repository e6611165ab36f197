/** The lives that the bench knows: one file of the folder above for each product. */
import { freelanceMilestone } from '../freelance-milestone.ts'
import { marketplaceOrder } from '../marketplace-order.ts'
import { p2pTrade } from '../p2p-trade.ts'
import { serviceBooking } from '../service-booking.ts'
import { tradeCredit } from '../trade-credit.ts'
import { withdrawal } from '../withdrawal.ts'
import type { Life } from './life.ts'
import { retailers } from './retailers.ts'

export const lives: readonly Life[] = [
  marketplaceOrder,
  p2pTrade,
  serviceBooking,
  freelanceMilestone,
  tradeCredit,
  withdrawal,
]

export function lifeOf(name: string): Life {
  const life = [...lives, retailers].find((one) => one.name === name)
  if (life === undefined) throw new Error(`no life is called ${name}`)
  return life
}
