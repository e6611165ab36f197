/** Small flows that use every word of the vocabulary: the examination is tried on them as on the flows in the box. */

import type { Product } from '../../src/engine/product.ts'
import { ad, adOrder } from './ad.ts'
import { booking } from './booking.ts'
import { credit } from './credit.ts'
import { line, loan, repayment } from './line.ts'
import { milestone } from './milestone.ts'
import { trade } from './trade.ts'
import { withdrawal } from './withdrawal.ts'

export const specimens: readonly Product[] = [
  trade,
  booking,
  milestone,
  credit,
  withdrawal,
  ad,
  adOrder,
  line,
  loan,
  repayment,
]
