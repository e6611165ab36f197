/** Wallet sale: what a shop sold is put into its wallet, where the day's deduction finds it. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

export const walletSale = defineFlow({
  name: 'wallet-sale',
  noun: 'sales',
  id_prefix: 'sal',
  about: 'The marketplace says that a shop sold something; its reference counts once in that shop.',
  reference_per: 'holder',
  parties: { holder: 'Owns the wallet' },
  amounts: { amount: 'fixed' },
  terms: {},
  codes: { SALE: ['Sale', 'Sale {id}'] },
  states: { completed: 'The money is in the wallet' },
  ends: ['completed'],
  transitions: {
    sell: {
      arrow: '[*] -> completed',
      by: ['service', 'operator'],
      says: 'Something was sold',
      moves: [['amount', 'outside.clearing -> holder.available', 'SALE']],
      tells: ['holder'],
      path: '/v1/wallets/{party}/{currency}/sales',
    },
  },
})
