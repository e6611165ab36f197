/** A specimen like a freelance milestone: 85/10/5 with an optional broker, partial releases, and a split by shares. */

import type { Product } from '../../src/engine/product.ts'
import { defineFlow } from '../../src/flow/define.ts'

/** Shares count on over all partial releases; together they are the shares of the whole. */
const release = (amount: 'held' | 'part') =>
  [
    [`rest of ${amount}`, 'client.held -> developer.available', 'ESCROW_RELEASE'],
    [`platform_share of ${amount}`, 'client.held -> platform.revenue', 'ESCROW_RELEASE/FEE_DEDUCTION'],
    [`broker_share of ${amount}`, 'client.held -> broker.available', 'ESCROW_RELEASE'],
  ] as const
const give_back = [['held', 'client.held -> client.available', 'REFUND']] as const

const flow = defineFlow({
  name: 'specimen-milestone',
  noun: 'specimen-milestones',
  id_prefix: 'smst',
  about: 'The client funds a milestone and approves it; developer, platform and broker share.',
  parties: {
    client: 'Funds and approves',
    developer: 'Works',
    broker: { says: 'Brought them together', optional: true },
  },
  beneficiary: 'developer',
  amounts: { price: 'fixed', part: 'given', to_client: 'given' },
  terms: {
    platform_share: '10%',
    broker_share: '5%',
    approve_within: '7 days',
    late: '30 days',
    review: '3 days',
  },
  codes: {
    ESCROW_HOLD: ['ESCROW_HOLD', 'Held for milestone {id}'],
    ESCROW_RELEASE: ['ESCROW_RELEASE', 'Released by milestone {id}'],
    FEE_DEDUCTION: ['FEE_DEDUCTION', 'Fee of milestone {id}'],
    REFUND: ['REFUND', 'Refund of milestone {id}'],
  },
  states: {
    pending: 'Not funded yet',
    funded: 'Funded; the developer works',
    completed: 'The developer says that it is done',
    changes_requested: 'The client wants changes',
    disputed: 'An operator decides',
    paid: 'All is paid',
    refunded: 'Ended; the client has the rest back',
    cancelled: 'Ended before any money',
  },
  ends: ['paid', 'refunded', 'cancelled'],
  transitions: {
    create: {
      arrow: '[*] -> pending',
      by: ['client', 'service'],
      says: 'Milestone agreed',
    },
    fund: {
      arrow: 'pending -> funded',
      by: 'client',
      says: 'Client funds it',
      moves: [['price', 'client.available -> client.held', 'ESCROW_HOLD']],
      tells: ['developer'],
    },
    complete: {
      arrow: ['funded -> completed', 'changes_requested -> completed'],
      by: 'developer',
      says: 'Developer says that it is done',
      tells: ['client'],
    },
    request_changes: {
      arrow: 'completed -> changes_requested',
      by: 'client',
      says: 'Client wants changes',
      input: { change: 'text' },
      tells: ['developer'],
    },
    release_part: {
      arrow: ['funded -> paid if price <= part', 'funded -> funded'],
      by: 'client',
      says: 'Client releases a part',
      input: { part: 'amount' },
      moves: release('part'),
      tells: ['developer', 'broker'],
    },
    approve: {
      arrow: 'completed -> paid',
      by: 'client',
      says: 'Client approves',
      moves: release('held'),
      tells: ['developer', 'broker'],
    },
    cancel_pending: {
      arrow: 'pending -> cancelled',
      by: ['client', 'developer', 'operator'],
      says: 'Cancelled before funding',
    },
    cancel: {
      arrow: ['funded -> refunded', 'changes_requested -> refunded'],
      by: ['client', 'operator'],
      says: 'Cancelled',
      moves: give_back,
      tells: ['developer'],
    },
    cancel_together: {
      arrow: 'completed -> refunded',
      by: { all: ['client', 'developer'] },
      says: 'Both cancel',
      moves: give_back,
    },
    dispute: {
      arrow: ['funded -> disputed', 'completed -> disputed', 'changes_requested -> disputed'],
      by: ['client', 'developer', 'operator'],
      says: 'Dispute raised',
      tells: ['operator'],
    },
    withdraw_dispute: {
      arrow: 'disputed -> [back]',
      by: ['client', 'developer', 'operator'],
      says: 'Dispute withdrawn',
      at_least: '24 hours',
    },
    win_freelancer: {
      arrow: 'disputed -> paid',
      by: 'operator',
      says: 'WIN_FREELANCER',
      moves: release('held'),
    },
    win_client: { arrow: 'disputed -> refunded', by: 'operator', says: 'WIN_CLIENT', moves: give_back },
    split: {
      arrow: 'disputed -> paid',
      by: 'operator',
      says: 'SPLIT',
      input: { to_client: 'amount_or_zero' },
      moves: [['to_client', 'client.held -> client.available', 'REFUND'], ...release('held')],
    },
    forget: { arrow: 'pending -> cancelled', after: '30 days', says: 'Never funded' },
    approve_unanswered: {
      arrow: 'completed -> paid',
      after: 'approve_within',
      says: 'No answer in time',
      moves: release('held'),
      remind: { before: '2 days', tells: ['client'] },
    },
    escalate_late: {
      arrow: ['funded -> funded', 'changes_requested -> changes_requested'],
      after: 'late',
      says: 'Late',
      tells: ['operator'],
    },
    escalate_dispute: {
      arrow: 'disputed -> disputed',
      after: 'review',
      says: 'The dispute still waits',
      tells: ['operator'],
    },
  },
})

export const milestone: Product = { flow }
