/** Suspense credit: money that was set aside is put into one person's wallet. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

export const suspenseCredit = defineFlow({
  name: 'suspense-credit',
  noun: 'v1/suspense-credits',
  id_prefix: 'scr',
  about: 'An operator puts all of the money that was set aside into the wallet of one person.',
  under: { suspense: 'suspense' },
  parties: { holder: 'Owns the wallet that it comes into' },
  amounts: { amount: 'fixed' },
  terms: {},
  codes: { CREDITED: ['Credited', 'Credited by {id}'] },
  states: { credited: 'The money is in the wallet' },
  ends: ['credited'],
  transitions: {
    credit: {
      arrow: '[*] -> credited',
      by: 'operator',
      says: 'Operator credits money that was set aside',
      needs: ['is_all_of_it'],
      // By way of the outside: what comes into the wallet was paid in, and earned from nobody.
      moves: [
        ['amount', 'platform.suspense -> outside.transit', 'CREDITED'],
        ['amount', 'outside.transit -> holder.available', 'CREDITED'],
      ],
      drives: 'credited',
      tells: ['holder: Money that was set aside is in your wallet'],
      path: '/v1/suspense/{suspense}/credit',
    },
  },
})
