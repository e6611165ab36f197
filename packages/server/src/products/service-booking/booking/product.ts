/** Service booking: what it needs beside its flow: its fields, what its amounts must come to, and the words of its answer. */

import { Type } from 'typebox'
import { instant } from '@holdfast/kernel/instant.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { GuardFacts, Product } from '@holdfast/kernel/engine/product.ts'
import { fromJson, toJson } from '@holdfast/kernel/money/amount.ts'
import { dueOf, notDue } from './due.ts'
import { serviceBooking } from './flow.ts'
import { BookingDetails, QuoteItems, RequestBody, requestOf } from './request.ts'

export const booking: Product = {
  flow: serviceBooking,
  shapes: {
    booking_details: BookingDetails,
    quote_items: QuoteItems,
    dispute_reason: Type.Enum(['not_delivered', 'not_as_agreed', 'no_answer', 'other']),
  },
  opening: { body: RequestBody, open: requestOf },
  guards: {
    deposit_is_a_part: ({ input }) =>
      typeof input['deposit'] !== 'bigint' || input['deposit'] < priceIn(input)
        ? null
        : problem('amount_out_of_range', { pointer: '/deposit', reason: 'less than the price' }),
    items_make_the_price: itemsMakeThePrice,
    pays_what_is_due: ({ agreement, input }) => notDue(agreement, input['amount_paid']),
    parts_make_what_is_held: partsMakeWhatIsHeld,
  },
  view,
}

function priceIn(input: GuardFacts['input']): bigint {
  const { price } = input
  return typeof price === 'bigint' ? price : 0n
}

function itemsMakeThePrice({ input }: GuardFacts): Problem | null {
  const { items } = input
  if (!Array.isArray(items)) return null
  const sum = items.reduce((total: bigint, { amount }: { amount: number }) => total + fromJson(amount), 0n)
  return sum === priceIn(input)
    ? null
    : problem('distribution_mismatch', { pointer: '/items', reason: 'their amounts must sum to the price' })
}

/** Also of an offer, so that nobody is asked to agree to what cannot be. */
function partsMakeWhatIsHeld({ agreement, input }: GuardFacts): Problem | null {
  const { to_couple, to_vendor } = input
  const held = amountOf(agreement, 'held')
  const sum = typeof to_couple === 'bigint' && typeof to_vendor === 'bigint' ? to_couple + to_vendor : 0n
  return sum === held
    ? null
    : problem('distribution_mismatch', { held: toJson(held), reason: 'the parts must sum to what is held' })
}

function view(agreement: Agreement): Record<string, unknown> {
  const { state, data, marks, paused, ended_ms } = agreement
  const { both_completed_at = null, details = {} } = data
  // Marks go with their state, so what both have said is kept beside; a dispute puts those of one aside.
  const said = (paused?.marks ?? marks)['mark_complete'] ?? {}
  const hasSaid = (role: string) => both_completed_at !== null || said[role] !== undefined
  return {
    status: state,
    event_date: (details as BookingDetails).event_date ?? null,
    due: dueOf(agreement).map(({ part, amount }) => ({ part, amount: toJson(amount) })),
    vendor_completed: hasSaid('vendor'),
    couple_completed: hasSaid('couple'),
    fully_completed: both_completed_at !== null,
    completed_at: state === 'completed' && ended_ms !== null ? instant(ended_ms) : null,
  }
}
