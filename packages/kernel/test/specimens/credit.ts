/** A specimen like trade credit: the company pays the wholesaler, and the retailer owes the company what was paid. */

import type { Product } from '../../src/engine/product.ts'
import { defineFlow } from '../../src/flow/define.ts'

const pay_and_lend = [
  ['held', 'company.held -> wholesaler.available', 'ESCROW_RELEASE'],
  ['amount', 'retailer.debt -> company.due', 'CREDIT_GIVEN'],
] as const
const give_back = [['held', 'company.held -> company.available', 'ESCROW_REFUND']] as const

const flow = defineFlow({
  name: 'specimen-credit',
  noun: 'specimen-credits',
  id_prefix: 'scrd',
  about: 'The company pays the wholesaler for the retailer, who owes the company.',
  parties: { company: 'Pays first', retailer: 'Orders, and owes', wholesaler: 'Delivers, and is paid' },
  beneficiary: 'wholesaler',
  amounts: { amount: 'fixed', to_company: 'given', to_wholesaler: 'given' },
  terms: { auto_release_days: { is: '7 days', min: '1 days', max: '30 days' }, review: '3 days' },
  codes: {
    ESCROW_HOLD: ['Escrow hold', 'Held for order {id}'],
    ESCROW_RELEASE: ['Escrow release', 'Paid for order {id}'],
    ESCROW_REFUND: ['Escrow refund', 'Returned from order {id}'],
    CREDIT_GIVEN: ['Credit', 'Owed for order {id}'],
  },
  states: {
    held: 'The money of the company is held',
    disputed: 'An operator decides',
    released: 'The wholesaler is paid',
    expired: 'The wholesaler is paid, since nobody disputed',
    refunded: 'The company has its money back',
  },
  ends: ['released', 'expired', 'refunded'],
  transitions: {
    create: {
      arrow: '[*] -> held',
      by: ['service', 'operator'],
      says: 'Company funds are held',
      moves: [['amount', 'company.available -> company.held', 'ESCROW_HOLD']],
    },
    confirm_delivery: {
      arrow: 'held -> released',
      by: ['wholesaler', 'retailer', 'operator'],
      says: 'Delivered',
      moves: pay_and_lend,
    },
    cancel: {
      arrow: 'held -> refunded',
      by: ['service', 'operator'],
      says: 'Order cancelled',
      moves: give_back,
    },
    dispute: {
      arrow: 'held -> disputed',
      by: 'retailer',
      says: 'Retailer disputes',
      input: { why: 'text' },
      tells: ['operator'],
    },
    withdraw_dispute: {
      arrow: 'disputed -> [back]',
      by: 'retailer',
      says: 'Dispute withdrawn',
      at_least: '24 hours',
    },
    release: {
      arrow: 'disputed -> released',
      by: 'operator',
      says: 'Operator decides for the wholesaler',
      moves: pay_and_lend,
    },
    refund: {
      arrow: 'disputed -> refunded',
      by: 'operator',
      says: 'Operator decides for the company',
      moves: give_back,
    },
    split: {
      arrow: 'disputed -> released',
      by: 'operator',
      says: 'Partial refund',
      input: { to_company: 'amount_or_zero', to_wholesaler: 'amount_or_zero' },
      moves: [
        ['to_company', 'company.held -> company.available', 'ESCROW_REFUND'],
        ['to_wholesaler', 'company.held -> wholesaler.available', 'ESCROW_RELEASE'],
        ['to_wholesaler', 'retailer.debt -> company.due', 'CREDIT_GIVEN'],
      ],
    },
    auto_release: {
      arrow: 'held -> expired',
      after: 'auto_release_days',
      says: 'No dispute in time',
      moves: pay_and_lend,
      remind: { before: '1 days', tells: ['retailer'] },
    },
    escalate_dispute: {
      arrow: 'disputed -> disputed',
      after: 'review',
      says: 'The dispute still waits',
      tells: ['operator'],
    },
  },
})

export const credit: Product = { flow }
