/** Wallet freeze: an operator stops money into a wallet, out of it, or both, and lets it flow again. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

export const walletFreeze = defineFlow({
  name: 'wallet-freeze',
  noun: 'wallet-freezes',
  id_prefix: 'frz',
  about:
    'An operator stops money into a wallet, out of it, or both, until the freeze is lifted. It moves nothing.',
  parties: { holder: 'Owns the wallet' },
  amounts: {},
  terms: {},
  codes: {},
  states: { frozen: 'Money is stopped', lifted: 'Money flows again' },
  ends: ['lifted'],
  transitions: {
    freeze: {
      arrow: '[*] -> frozen',
      by: 'operator',
      says: 'Operator freezes the wallet',
      input: { direction: 'direction' },
      blocks: 'holder',
      tells: ['holder'],
      path: '/v1/wallets/{party}/{currency}/freezes',
    },
    widen: {
      arrow: 'frozen -> frozen',
      by: 'operator',
      says: 'Operator freezes the wallet in the other direction as well',
      input: { direction: 'wider' },
      blocks: 'holder',
      tells: ['holder'],
    },
    lift: {
      arrow: 'frozen -> lifted',
      by: 'operator',
      says: 'Operator lifts the freeze',
      unblocks: 'holder',
      tells: ['holder'],
    },
  },
})
