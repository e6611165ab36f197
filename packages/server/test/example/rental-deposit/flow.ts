/** Rental deposit: the tenant's money waits until the rent ends; the landlord gives it back, or claims it. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

const give_back = [['held', 'tenant.held -> tenant.available', 'RETURN']] as const
const pay_landlord = [
  ['rest of held', 'tenant.held -> landlord.available', 'CLAIM'],
  ['fee of held', 'tenant.held -> platform.revenue', 'CLAIM/FEE'],
] as const

export const rentalDeposit = defineFlow({
  name: 'rental-deposit',
  noun: 'deposits',
  id_prefix: 'dep',
  about: 'The deposit of the tenant waits until the rent ends; the landlord gives it back, or claims it.',
  parties: { tenant: 'Pays the deposit', landlord: 'Gives it back, or claims it' },
  beneficiary: 'tenant',
  amounts: { deposit: 'fixed', to_tenant: 'given' },
  terms: { fee: '0%', claim_within: { is: '14 days', min: '7 days', max: '60 days' }, review: '3 days' },
  codes: {
    DEPOSIT: ['Deposit', 'Deposit {id}'],
    RETURN: ['Return', 'Deposit returned, {id}'],
    CLAIM: ['Claim', 'Deposit claimed, {id}'],
    FEE: ['Fee', 'Fee of deposit {id}'],
  },
  states: {
    agreed: 'Not paid yet',
    secured: 'The money waits',
    claimed: 'The landlord claims it; the tenant accepts, or an operator decides',
    returned: 'The tenant has it back',
    settled: 'Paid out as decided',
    cancelled: 'Never paid',
  },
  ends: ['returned', 'settled', 'cancelled'],
  transitions: {
    create: {
      arrow: '[*] -> agreed',
      by: ['landlord', 'service'],
      says: 'Deposit agreed',
      input: { rent_ends: 'instant', home: 'home' },
      tells: ['tenant'],
    },
    pay: {
      arrow: 'agreed -> secured',
      by: 'tenant',
      says: 'Tenant pays the deposit',
      moves: [['deposit', 'tenant.available -> tenant.held', 'DEPOSIT']],
      tells: ['landlord'],
    },
    give_back: {
      arrow: 'secured -> returned',
      by: ['landlord', 'operator'],
      says: 'The deposit is given back',
      moves: give_back,
      tells: ['tenant'],
    },
    claim: {
      arrow: 'secured -> claimed',
      by: 'landlord',
      says: 'Landlord claims the deposit',
      needs: ['rent_has_ended'],
      input: { damage: 'text' },
      tells: ['tenant', 'operator'],
    },
    withdraw_claim: {
      arrow: 'claimed -> [back]',
      by: 'landlord',
      says: 'Claim withdrawn',
      at_least: '3 days',
      tells: ['tenant'],
    },
    accept: {
      arrow: 'claimed -> settled',
      by: 'tenant',
      says: 'Tenant accepts the claim',
      moves: pay_landlord,
      tells: ['landlord'],
    },
    decide: {
      arrow: 'claimed -> settled',
      by: 'operator',
      says: 'Operator decides',
      input: { to_tenant: 'amount_or_zero' },
      moves: [['to_tenant', 'tenant.held -> tenant.available', 'RETURN'], ...pay_landlord],
      tells: ['tenant', 'landlord'],
    },
    cancel: { arrow: 'agreed -> cancelled', by: ['tenant', 'landlord'], says: 'Cancelled before payment' },

    forget: { arrow: 'agreed -> cancelled', after: '30 days', says: 'Not paid in time' },
    return_unclaimed: {
      arrow: 'secured -> returned',
      after: 'claim_within',
      since: 'rent_ends',
      says: 'No claim in time: the tenant has it back',
      moves: give_back,
      tells: ['tenant', 'landlord'],
      remind: { before: '3 days', tells: ['landlord'] },
    },
    look_after: {
      arrow: 'secured -> secured',
      after: '365 days',
      says: 'The deposit still waits, whenever the rent ends',
      tells: ['operator'],
    },
    escalate: {
      arrow: 'claimed -> claimed',
      after: 'review',
      says: 'The claim still waits',
      tells: ['operator'],
    },
  },
})
