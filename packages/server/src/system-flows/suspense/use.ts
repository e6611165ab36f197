/** Suspense: how it uses providers: money goes back through the one that brought it, or by hand where none did. */

import type { Tx, Verbs } from '../../platform/postgres/database.ts'
import { showId } from '@holdfast/kernel/ids.ts'
import { amountOf } from '@holdfast/kernel/engine/agreement.ts'
import { payInWords } from '../../payments/processor/derive.ts'
import type { MayWant, ProviderBinding, PaymentRequest } from '../../payments/processor/binding.ts'
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
    const wanted = { agreement, method: null, amount, currency, details }
    if (pay_in === undefined) return [{ ...wanted, provider: 'manual' }]
    // Not from the suspense: the same money set aside once more after a backup was restored would lie in another.
    return [{ ...wanted, provider: pay_in.provider, of: payInWords(pay_in) }]
  },
  mayWant,
  while: ['refunding'],
  says: {
    succeeded: () => ({ transition: 'refund_arrived', input: {} }),
    failed: ({ reason }) => ({ transition: 'refund_failed', input: noteOf(reason) }),
    refused: ({ reason }) => ({ transition: 'refund_failed', input: noteOf(reason) }),
    // It lies in suspense again, until an operator knows better.
    returned: ({ reason }) => ({ transition: 'refund_returned', input: noteOf(reason) }),
    unclear: ({ reason }) => ({ transition: 'refund_denied', input: noteOf(reason) }),
  },
}

/** Of whatever this provider has brought that lies here, or has since gone on. */
async function mayWant(db: Verbs, provider: string, since_ms: number): Promise<readonly MayWant[]> {
  const rows = await db.any<{ suspense_id: string; settled_id: string; currency: string }>(
    `select p.suspense_id, p.settled_id, s.currency
     from provider_payments p
     join agreements s on s.id = p.suspense_id
     where p.provider = $1
     and p.kind = 'pay_in'
     and p.suspense_id is not null
     and p.settled_id is not null
     and (s.ended_at is null or s.entered_at >= $2)
     order by p.id`,
    [provider, new Date(since_ms)],
  )
  return rows.map(({ suspense_id, settled_id, currency }) => ({
    agreement: suspense_id,
    of: payInWords({ provider, settled_id }),
    settled_id,
    method: null,
    currency,
  }))
}

interface PayIn {
  readonly id: string
  readonly provider: string
  readonly settled_id: string
}

/** What a provider had brought; nothing where an operator saw the money on a statement. */
function payInOf(tx: Tx, suspense: string): Promise<PayIn | undefined> {
  return tx.maybeOne<PayIn>(
    `select id, provider, settled_id
     from provider_payments
     where suspense_id = $1 and kind = 'pay_in' and settled_id is not null`,
    [suspense],
  )
}

function noteOf(reason: string | null): { note?: string } {
  return reason ? { note: reason } : {}
}
