/** Wallet top-up: money that came in from outside is put into a wallet. */

import { defineFlow } from '../../src/flow/define.ts'

export const walletTopUp = defineFlow({
  name: 'wallet-top-up',
  noun: 'top-ups',
  id_prefix: 'top',
  about: 'An operator says that money came in from outside; its reference counts once.',
  parties: { holder: 'Owns the wallet' },
  amounts: { amount: 'fixed' },
  terms: {},
  codes: { TOP_UP: ['TopUp', 'Top-up {id}'] },
  states: { completed: 'The money is in the wallet' },
  ends: ['completed'],
  transitions: {
    top_up: {
      arrow: '[*] -> completed',
      by: 'operator',
      says: 'Money came in',
      moves: [['amount', 'outside.clearing -> holder.available', 'TOP_UP']],
      tells: ['holder'],
      path: '/v1/wallets/{party}/{currency}/top-ups',
    },
  },
})
