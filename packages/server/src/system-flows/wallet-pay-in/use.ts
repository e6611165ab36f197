/** Wallet pay-in: how it uses providers: it is paid with one, and the money is in the wallet when that one says so. */

import { showId } from '@holdfast/kernel/ids.ts'
import { amountOf } from '@holdfast/kernel/engine/agreement.ts'
import type { ProviderBinding } from '../../payments/processor/binding.ts'
import {
  detailsOf,
  methodOf,
  pay_in_says,
  type HowToPay,
} from '../../products/service-booking/payment/use.ts'
import { walletPayIn as flow } from './flow.ts'

export const walletPayInUse: ProviderBinding = {
  flow: flow.name,
  kind: 'pay_in',
  on: { flow: flow.name, transitions: ['create'] },
  wants: ({ body }, pay_in) => {
    const asked = body.input as unknown as HowToPay
    const wanted = {
      agreement: pay_in.id,
      method: methodOf(asked),
      amount: amountOf(pay_in, 'amount'),
      currency: pay_in.currency,
      details: detailsOf(
        asked,
        pay_in.parties['holder'] ?? '',
        `Top-up ${showId(flow.id_prefix, pay_in.id)}`,
      ),
    }
    return Promise.resolve([wanted])
  },
  while: ['pending'],
  says: pay_in_says,
  closes: ['expire'],
}
