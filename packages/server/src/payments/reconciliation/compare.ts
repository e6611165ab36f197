/** Payments, reconciliation: a provider's list and our rows, held against each other. Pure. */

import type { Payment, PaymentKind, Place } from '../providers/port.ts'
import type { ProcessorState } from '../processor/provider-payment.ts'

/** A row of ours, and what the ledger booked for it. Amounts are minor units. */
export interface Ours {
  readonly id: string
  readonly kind: PaymentKind
  readonly agreement: string | null
  readonly token: string
  readonly our_reference: string
  readonly place: Place | null
  readonly provider_id: string | null
  readonly settled_id: string | null
  /** Of a refund: the settled id of what it gives back. */
  readonly refunds_settled_id: string | null
  /** What the provider told last. */
  readonly state: ProcessorState
  readonly told_amount: bigint | null
  readonly called: boolean
  readonly created_ms: number
  readonly settled_ms: number | null
  /** What moved through clearing in the direction of its kind, and what is left of that after what came back. */
  readonly gross: bigint
  readonly net: bigint
  readonly booked_currency: string | null
}

/** One movement as both know it; one of the two may know nothing of it. */
export interface Pair {
  readonly theirs: Payment | null
  readonly ours: Ours | null
  /** The agreement here that it must have been for, where this database has lost the row. */
  readonly meant?: string | null
}

export type What = 'missing_here' | 'missing_there' | 'different'

/** `nothing`: no money moved, and none was booked. */
export type Judgement = 'matched' | 'nothing' | What

/**
 * Every payment of theirs and every row of ours in exactly one pair. Ids come first. By our reference alone a pay-in
 * is found only if it moved money and its row has none yet: who pays twice pays two.
 */
export function pairUp(theirs: readonly Payment[], ours: readonly Ours[]): Pair[] {
  const free = new Set(ours)
  const [by_id, by_reference] = [indexOf(ours, idsOf), indexOf(ours, (row) => [row.our_reference])]
  const take = (found: readonly Ours[], fits: (row: Ours) => boolean = () => true) => {
    const row = found.find((one) => free.has(one) && fits(one))
    if (row !== undefined) free.delete(row)
    return row ?? null
  }
  const told = onceEach(theirs)
  const exact = told.map((payment) => {
    const { kind, provider_id, settled_id } = payment
    const ids = settled_id === null ? [provider_id] : [provider_id, settled_id]
    return { theirs: payment, ours: take(ids.flatMap((id) => by_id.get(`${kind} ${id}`) ?? [])) }
  })
  const paired = exact.map((pair): Pair => {
    const { kind, our_reference } = pair.theirs
    if (pair.ours !== null || our_reference === null) return pair
    if (kind === 'pay_in' && !hasMoved(pair.theirs)) return pair
    const found = by_reference.get(`${kind} ${our_reference}`) ?? []
    return { ...pair, ours: take(found, (row) => kind !== 'pay_in' || row.settled_id === null) }
  })
  return [...paired, ...[...free].map((row) => ({ theirs: null, ours: row }))]
}

export function judge({ theirs, ours }: Pair): Judgement {
  const here = ours?.net ?? 0n
  if (theirs === null) return here === 0n ? 'nothing' : 'missing_there'
  if (ours === null && isLeaving(theirs)) return 'missing_here'
  if (!hasMoved(theirs)) return here === 0n ? 'nothing' : 'different'
  const there = netOf(theirs)
  if (ours === null || (ours.gross === 0n && there !== 0n)) return 'missing_here'
  const same_currency = here === 0n || ours.booked_currency === theirs.currency
  return here === there && same_currency ? 'matched' : 'different'
}

/** The row remembers what the provider says no more. Whatever the ledger booked, the desk is to ask again. */
export function isOutdated({ theirs, ours }: Pair): boolean {
  if (theirs === null || ours === null || !hasMoved(theirs)) return false
  return theirs.state !== ours.state || theirs.amount !== ours.told_amount
}

/** What the provider has moved and not given back. */
export function netOf({ state, amount }: Payment): bigint {
  return state === 'succeeded' ? amount : 0n
}

/** On its way out: nothing goes out that no row of ours had wanted first. */
export function isLeaving({ kind, state }: Payment): boolean {
  return kind !== 'pay_in' && state === 'pending'
}

export function hasMoved({ state }: Payment): boolean {
  return state === 'succeeded' || state === 'returned'
}

/** One movement of money has one, under whichever of its ids it is told. */
export function keyOf({ kind, settled_id, provider_id }: Payment): string {
  return `${kind} ${settled_id ?? provider_id}`
}

/** Theirs once each, under whichever of its ids: what came back has the last word, then what moved. */
function onceEach(theirs: readonly Payment[]): Payment[] {
  const rank = ({ state }: Payment) => (state === 'returned' ? 2 : state === 'succeeded' ? 1 : 0)
  const kept = new Map<string, Payment>()
  for (const payment of theirs) {
    const key = keyOf(payment)
    const known = kept.get(key)
    if (known === undefined || rank(payment) > rank(known)) kept.set(key, payment)
  }
  return [...kept.values()]
}

function idsOf({ provider_id, settled_id, token }: Ours): string[] {
  return [...new Set([provider_id, settled_id, token])].filter((id) => id !== null)
}

function indexOf(rows: readonly Ours[], keysOf: (row: Ours) => readonly string[]): Map<string, Ours[]> {
  const index = new Map<string, Ours[]>()
  for (const row of rows) {
    for (const id of keysOf(row)) {
      const key = `${row.kind} ${id}`
      const known = index.get(key)
      if (known === undefined) index.set(key, [row])
      else known.push(row)
    }
  }
  return index
}
