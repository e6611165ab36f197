/** Wallet pay-in: how it uses providers: it is paid with one, and the money is in the wallet when that one says so. */

import { showId } from '../../base/ids.ts'
import { amountOf } from '../../engine/agreement.ts'
import type { ProviderUse } from '../../payments/desk/use.ts'
import { detailsOf, methodOf, pay_in_says, type HowToPay } from '../payment/use.ts'
import { walletPayIn as flow } from './flow.ts'

export const walletPayInUse: ProviderUse = {
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
