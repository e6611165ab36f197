/** Wallet pay-in: a person puts money into its own wallet through a provider; it is there when the provider says that it was paid. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

export const walletPayIn = defineFlow({
  name: 'wallet-pay-in',
  noun: 'v1/top-ups',
  id_prefix: 'tin',
  about:
    'A person tops up its own wallet through a provider. What arrived counts once, and only if it is what was asked for.',

  reference_per: 'provider',
  parties: { holder: 'Owns the wallet, and pays' },
  amounts: { amount: 'fixed', amount_paid: 'given' },
  terms: { pay_within: '24 hours', may_arrive: '90 days' },
  codes: { TOP_UP: ['TopUp', 'Top-up {id}'] },

  states: {
    pending: 'Not paid yet, or the provider has not told us',
    completed: 'The money is in the wallet',
    failed: 'The provider says that it was not paid',
    expired: 'Not paid in time; the provider may still be late in telling us',
    set_aside:
      'Money arrived that is not what was asked for: it lies in suspense, and an operator looks after it',
    closed: 'Nothing arrived',
  },
  ends: ['completed', 'set_aside', 'closed'],

  transitions: {
    create: {
      arrow: '[*] -> pending',
      by: ['holder', 'service'],
      says: 'Top-up begun',
      input: {
        method: 'method',
        mobile_number: 'mobile_number?',
        success_url: 'return_url?',
        cancel_url: 'return_url?',
      },
      path: '/v1/wallets/{party}/{currency}/top-ups',
    },
    offer: {
      arrow: 'pending -> pending',
      by: 'service',
      says: 'The provider waits for the payer',
      input: { checkout_url: 'text', provider: 'text' },
    },
    settle: {
      arrow: ['pending -> completed', 'failed -> completed', 'expired -> completed'],
      by: ['service', 'operator'],
      says: 'The provider says that it is paid',
      input: {
        amount_paid: 'amount',
        currency: 'currency',
        provider_reference: 'reference',
        provider: 'provider?',
      },
      counts_once: { reference: 'provider_reference', from: 'provider' },
      needs: ['same_currency', 'pays_what_was_asked'],
      moves: [['amount_paid', 'outside.clearing -> holder.available', 'TOP_UP']],
      stamps: 'settled_at',
      tells: ['holder: Your top-up has arrived; the money is in your wallet'],
    },
    fail: {
      arrow: 'pending -> failed',
      by: ['service', 'operator'],
      says: 'The provider says that it was not paid',
      input: { note: 'text?' },
      tells: ['holder: Your top-up did not succeed; you can try again'],
    },
    set_aside: {
      arrow: ['pending -> set_aside', 'failed -> set_aside', 'expired -> set_aside'],
      by: ['service', 'operator'],
      says: 'Money arrived that is not what was asked for, and lies in suspense',
      input: { because: 'because', suspense: 'text' },
    },
    expire: {
      arrow: 'pending -> expired',
      after: 'pay_within',
      says: 'Not paid in time',
      tells: ['holder: Your top-up was not paid in time; you can try again'],
    },
    close: {
      arrow: ['failed -> closed', 'expired -> closed'],
      after: 'may_arrive',
      says: 'Nothing arrived',
    },
  },
})
