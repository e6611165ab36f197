/** Payments, reconciliation: what differs, in the words of its row. Pure. */

import { isLeaving, judge, netOf, type Judgement, type Pair, type What } from './compare.ts'
import type { Found } from './exceptions.ts'

/** None where the two agree, or where no money moved. */
export function foundOf(pair: Pair): Found[] {
  const what = judge(pair)
  if (!isFinding(what)) return []
  const { theirs, ours, meant = null } = pair
  const their_id = theirs?.settled_id ?? theirs?.provider_id ?? ours?.settled_id ?? ours?.provider_id ?? null
  const isBooked = ours !== null && ours.gross !== 0n
  return [
    {
      kind: theirs?.kind ?? ours?.kind ?? '',
      what,
      subject: (what === 'missing_here' ? their_id : ours?.id) ?? '',
      their_id,
      payment_id: ours?.id ?? null,
      agreement_id: ours?.agreement ?? meant,
      amount_there: theirs === null ? null : isLeaving(theirs) ? theirs.amount : netOf(theirs),
      amount_here: isBooked ? ours.net : null,
      currency: theirs?.currency ?? ours?.booked_currency ?? '',
      currency_here: isBooked ? ours.booked_currency : null,
      state_there: theirs?.state ?? null,
      state_here: ours === null ? null : stateHere(isBooked, ours.net),
      line: null,
      happened_ms: theirs?.settled_ms ?? theirs?.created_ms ?? ours?.settled_ms ?? ours?.created_ms ?? null,
    },
  ]
}

export function isFinding(judgement: Judgement): judgement is What {
  return judgement !== 'matched' && judgement !== 'nothing'
}

/** In the words that a provider has for the same. */
function stateHere(isBooked: boolean, net: bigint): string {
  if (!isBooked) return 'not_booked'
  return net === 0n ? 'returned' : 'succeeded'
}
