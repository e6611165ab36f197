/** Payments, reconciliation: what a run came to, in numbers, for its row. Pure. */

import { toJson } from '@holdfast/kernel/money/amount.ts'
import { judge, netOf, type Pair, type What } from './compare.ts'
import { isFinding } from './finding.ts'
import type { Asked } from './theirs.ts'

export interface Summary {
  /** How many the provider listed, and how many were asked for one by one. */
  readonly listed: number
  readonly asked: number
  /** Left out, since the place where they were made is not set up any more. */
  readonly elsewhere: number
  readonly matched: readonly Matched[]
  readonly found: Readonly<Record<What, number>>
}

interface Matched {
  readonly kind: string
  readonly currency: string
  readonly count: number
  readonly amount: number
}

export function summaryOf(pairs: readonly Pair[], { listed, found: asked, elsewhere }: Asked): Summary {
  const found = { missing_here: 0, missing_there: 0, different: 0 }
  const sums = new Map<string, { kind: string; currency: string; count: number; amount: bigint }>()
  for (const pair of pairs) {
    const judgement = judge(pair)
    if (isFinding(judgement)) found[judgement] += 1
    if (judgement !== 'matched' || pair.theirs === null) continue
    const { kind, currency } = pair.theirs
    const sum = sums.get(`${kind} ${currency}`) ?? { kind, currency, count: 0, amount: 0n }
    sums.set(`${kind} ${currency}`, { ...sum, count: sum.count + 1, amount: sum.amount + netOf(pair.theirs) })
  }
  const matched = [...sums.values()].map((sum) => ({ ...sum, amount: toJson(sum.amount) }))
  return { listed, asked, elsewhere, matched, found }
}
