/** Trade credit: what it needs beside its flow: the switch, the shape of a dispute, and the columns of its document. */

import { Type } from 'typebox'
import { derivedId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { problem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { Product } from '@holdfast/kernel/engine/product.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { tradeCredit } from './flow.ts'

export const escrow: Product = {
  flow: tradeCredit,
  shapes: {
    dispute_reason: Type.Enum(['not_received', 'wrong_items', 'damaged', 'other']),
  },
  guards: {
    switched_on: ({ agreement }) =>
      agreement.terms['escrow'] === 'off'
        ? problem('transition_not_open', { reason: 'escrow is switched off', setting: 'escrow_enabled' })
        : null,
  },
  own_routes: ['create'],
  view: escrowColumns,
}

/** A row of escrow_transactions, but for what is still owed: that is the balance of a debt. */
export function escrowColumns(escrow: Agreement) {
  const { id, reference, parties, state, timers } = escrow
  const amount = toJson(amountOf(escrow, 'amount'))
  const release = timers.find(
    ({ transition, kind }) => transition === 'auto_release' && kind === 'transition',
  )
  return {
    order_id: reference,
    retailer_id: parties['retailer'] ?? null,
    wholesaler_id: parties['wholesaler'] ?? null,
    order_amount: amount,
    escrow_amount: amount,
    status: state,
    auto_release_at: release === undefined ? null : instant(release.at_ms),
    // The first posting of the creation: the transfer that holds the money.
    blnk_transaction_ref: derivedId(id, 1),
    released_amount: toJson(amountOf(escrow, 'released')),
    refunded_amount: toJson(amountOf(escrow, 'refunded')),
  }
}
