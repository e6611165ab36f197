/** Credit repayment: how it uses providers: whoever names a mobile number is asked on it to pay. */

import { showId } from '@holdfast/kernel/ids.ts'
import { amountOf } from '@holdfast/kernel/engine/agreement.ts'
import type { ProviderBinding } from '../../../payments/processor/binding.ts'
import { internationalNumber } from '../../../system-flows/accounts/mobile-numbers.ts'
import { creditRepayment as flow } from './flow.ts'

export const repaymentUse: ProviderBinding = {
  flow: flow.name,
  kind: 'pay_in',
  on: { flow: flow.name, transitions: ['repay'] },
  wants: ({ body }, repayment) => {
    const number = body.input?.['mobile_number']
    if (body.to !== 'pending' || typeof number !== 'string') return Promise.resolve([])
    const wanted = {
      agreement: repayment.id,
      method: 'mobile_money',
      amount: amountOf(repayment, 'amount'),
      currency: repayment.currency,
      details: {
        description: `Repayment ${showId(flow.id_prefix, repayment.id)}`,
        party: repayment.parties['retailer'] ?? '',
        payer_number: internationalNumber(number),
      },
    } as const
    return Promise.resolve([wanted])
  },
  while: ['pending'],
  says: {
    succeeded: ({ provider, settled_id }) => ({
      transition: 'confirm',
      input: { payment_reference: settled_id, provider },
    }),
    failed: () => ({ transition: 'reject', input: {} }),
  },
  closes: ['reject', 'withdraw', 'expire'],
}
