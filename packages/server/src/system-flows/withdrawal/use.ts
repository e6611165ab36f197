/** Withdrawal: how it uses providers: where an operator lets a provider pay it, and what that one says becomes of it. */

import type { Verbs } from '../../platform/postgres/database.ts'
import { firstIdAt } from '@holdfast/kernel/ids.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { ProviderPayment } from '../../payments/processor/provider-payment.ts'
import type { MayWant, ProviderBinding, EngineCommand } from '../../payments/processor/binding.ts'
import type { Destination, Method } from '../../payments/providers/port.ts'
import type { Details } from '../accounts/account-details.ts'
import { internationalNumber } from '../accounts/mobile-numbers.ts'
import { withdrawal as flow } from './flow.ts'
import { withdrawalNumber } from './product.ts'

/** Our kinds of account in the words of the port; one that is not named here is for no provider, and falls back. */
const methods: Readonly<Record<string, Method>> = {
  gcash: 'gcash',
  paymaya: 'maya',
  bank_transfer: 'bank_transfer',
  mobile_money: 'mobile_money',
}

export const withdrawalUse: ProviderBinding = {
  flow: flow.name,
  kind: 'pay_out',
  on: { flow: flow.name, transitions: ['approve'] },
  wants: ({ body }, withdrawal) => {
    // What one operator of two has said is not approved yet.
    const is_wanted = body.kind === 'transition' && body.input?.['pay_by'] === 'provider'
    if (!is_wanted) return Promise.resolve([])
    const wanted = {
      agreement: withdrawal.id,
      method: methods[String(withdrawal.data['method'])] ?? 'by_hand',
      amount: amountOf(withdrawal, 'amount'),
      currency: withdrawal.currency,
      details: {
        description: `Withdrawal ${withdrawalNumber(withdrawal.id)}`,
        // Who has the money, should it come back when the withdrawal is long settled.
        party: withdrawal.parties['holder'] ?? '',
        destination: destinationOf(withdrawal),
      },
    }
    return Promise.resolve([wanted])
  },
  mayWant,
  while: ['sent'],
  before: () => ({ transition: 'send', input: {} }),
  says: {
    succeeded: ({ settled_id, provider_id }) => ({
      transition: 'arrived',
      input: { payout_reference: settled_id ?? provider_id },
    }),
    failed: (payment) => noted('bounced', payment),
    refused: () => ({ transition: 'fall_back', input: { pay_by: 'manual_transfer' } }),
    returned: (payment) => noted('mark_returned', payment),
    unclear: (payment) => noted('deny', payment),
  },
}

/** Those that are not with a provider here: approved later, each would be asked for under the token that it has now. */
async function mayWant(db: Verbs, _: string, since_ms: number): Promise<readonly MayWant[]> {
  const rows = await db.any<{ id: string; method: string; currency: string }>(
    `select a.id, a.data ->> 'method' as method, a.currency
     from withdrawals w
     join agreements a on a.id = w.agreement_id
     where w.state in ('pending', 'processing')
     or (w.agreement_id >= $1 and a.entered_at >= $2)
     order by a.id`,
    [firstIdAt(Math.max(0, since_ms - pending_ms_max)), new Date(since_ms)],
  )
  return rows.map(({ id, method, currency }) => ({
    agreement: id,
    method: methods[method] ?? 'by_hand',
    currency,
  }))
}

/** Nobody leaves one undecided for longer. */
const pending_ms_max = 92 * 86_400_000

/** In the words of the provider, where it gave any. */
function noted(transition: string, { reason }: ProviderPayment): EngineCommand {
  return { transition, input: reason ? { note: reason } : {} }
}

/** E-wallets are known by their number; where the owner gave no name, it stands for it. */
function destinationOf({ data }: Agreement): Destination {
  const details = data['account_details'] as Details
  const { mobile_number, account_number, iban } = details
  const number =
    mobile_number === undefined ? (account_number ?? iban ?? '') : asCalled(data['method'], mobile_number)
  return { number, name: details['account_name'] ?? number, institution: details['bank_code'] ?? null }
}

function asCalled(method: unknown, number: string): string {
  return method === 'mobile_money' ? internationalNumber(number) : number
}
