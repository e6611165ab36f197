/** Suspense: how it uses providers: money goes back through the one that brought it, or by hand where none did. */

import type { Tx } from '../../platform/postgres/database.ts'
import { showId } from '@holdfast/kernel/ids.ts'
import { amountOf } from '@holdfast/kernel/engine/agreement.ts'
import type { ProviderBinding, PaymentRequest } from '../../payments/processor/binding.ts'
import { suspense as flow } from './flow.ts'

export const suspenseUse: ProviderBinding = {
  flow: flow.name,
  kind: 'refund',
  on: { flow: flow.name, transitions: ['refund'] },
  async wants({ body }, suspense, tx): Promise<readonly PaymentRequest[]> {
    // Of two refunds, one after the other and both read late, only the second is under way.
    if (suspense.entered_ms !== Date.parse(body.at)) return []
    const pay_in = await payInOf(tx, suspense.id)
    const { payer } = suspense.parties
    const details = {
      description: `Refund of ${showId(flow.id_prefix, suspense.id)}`,
      ...(payer === undefined ? {} : { party: payer }),
      ...(pay_in === undefined ? {} : { refunds: pay_in.id }),
    }
    const amount = amountOf(suspense, 'amount')
    const { id: agreement, currency } = suspense
    return [{ agreement, provider: pay_in?.provider ?? 'manual', method: null, amount, currency, details }]
  },
  while: ['refunding'],
  says: {
    succeeded: () => ({ transition: 'refund_arrived', input: {} }),
    failed: ({ reason }) => ({ transition: 'refund_failed', input: noteOf(reason) }),
    refused: ({ reason }) => ({ transition: 'refund_failed', input: noteOf(reason) }),
    // It lies in suspense again, until an operator knows better.
    returned: ({ reason }) => ({ transition: 'refund_returned', input: noteOf(reason) }),
  },
}

/** What a provider had brought; nothing where an operator saw the money on a statement. */
function payInOf(tx: Tx, suspense: string): Promise<{ id: string; provider: string } | undefined> {
  return tx.maybeOne<{ id: string; provider: string }>(
    `select id, provider
     from provider_payments
     where suspense_id = $1 and kind = 'pay_in' and settled_id is not null`,
    [suspense],
  )
}

function noteOf(reason: string | null): { note?: string } {
  return reason ? { note: reason } : {}
}
