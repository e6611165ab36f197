/** Freelance milestone: the client puts its price into escrow, the developer completes it, approval divides it between developer, broker and platform. */

import { defineFlow } from '@holdfast/kernel/flow/define.ts'

/**
 * Shares are rounded half up in this order and the developer has the rest; a broker who is not there has none. Over
 * partial releases they count on, so that together they are the shares of the whole.
 */
const release = (amount: 'held' | 'part' | 'to_release' | 'to_developer') =>
  [
    [`broker_share of ${amount}`, 'client.held -> broker.available', 'ESCROW_RELEASE'],
    [`platform_share of ${amount}`, 'client.held -> platform.revenue', 'ESCROW_RELEASE/FEE_DEDUCTION'],
    [`rest of ${amount}`, 'client.held -> developer.available', 'ESCROW_RELEASE'],
  ] as const
/** Free of fees. */
const give_back = [['held', 'client.held -> client.available', 'REFUND']] as const
const divide_between = [
  ['to_client', 'client.held -> client.available', 'REFUND'],
  ...release('to_developer'),
] as const

const paid = ['developer: You have been paid for the milestone', 'broker: Your share has been paid'] as const
const reviewed = [
  'client: You have approved the milestone, and its price was released',
  'developer: The milestone is approved, and you have been paid',
  'broker: A milestone is approved, and your share has been paid',
] as const
const given_back = [
  'client: The milestone is cancelled; what was held is in your wallet again',
  'developer: The milestone is cancelled',
  'broker: The milestone is cancelled',
] as const

export const freelanceMilestone = defineFlow({
  name: 'freelance-milestone',
  noun: 'milestone',
  id_prefix: 'mst',
  about:
    'The client puts the price of a milestone into escrow and approves the work; developer, broker and platform have their shares.',
  under: { project: 'freelance-project' },

  parties: {
    client: 'Puts the price into escrow, and approves',
    developer: 'Does the work, and says when it is done',
    broker: { says: 'Has a share of what is released', optional: true },
  },
  beneficiary: 'developer',
  amounts: {
    amount: 'fixed',
    to_release: 'worked_out',
    part: 'given',
    to_client: 'given',
    to_developer: 'given',
  },
  terms: {
    platform_share: '5%',
    broker_share: '10%',
    approve_within: '7 days',
    retention: '0%',
    retention_period: '30 days',
    late_after: '30 days',
    dispute_review: '3 days',
    evidence_within: '7 days',
    time_after_dispute: '24 hours',
    second_operator_above:
      '1000000.00 PKR, 200000.00 PHP, 5000000.00 NGN, 5000.00 USD, 5000.00 EUR, 5000.00 GBP, 5000.00 CAD, 100000000 VND, 5000000 RWF, 5000.000000 USDT, 5000.000000 USDC, 0.05000000 BTC',
  },
  codes: {
    ESCROW_HOLD: ['ESCROW_HOLD', 'Put into escrow for milestone {id}'],
    ESCROW_RELEASE: ['ESCROW_RELEASE', 'Released from the escrow of milestone {id}'],
    FEE_DEDUCTION: ['FEE_DEDUCTION', 'Fee of milestone {id}'],
    REFUND: ['REFUND', 'Given back from the escrow of milestone {id}'],
  },

  states: {
    pending: 'Agreed; its price is not in escrow yet',
    funded: 'In escrow; the developer works',
    completed: 'The developer says that it is done; the client approves, or wants changes',
    changes_requested: 'The client wants changes; the developer works on',
    retained: 'Approved and paid but for what is retained for a while',
    disputed: 'An operator decides, or the sides agree; the clock stands still',
    paid: 'Nothing is held any more: developer, broker and platform have their shares',
    refunded: 'Ended; what was held is back with the client',
  },
  ends: ['paid', 'refunded'],
  dispute: {
    state: 'disputed',
    raise: ['dispute'],
    withdraw: 'withdraw_dispute',
    release: 'release',
    refund: 'refund',
    split: 'split',
    settle: 'settle',
    parts: { client: 'to_client', developer: 'to_developer' },
  },

  transitions: {
    create: {
      arrow: '[*] -> pending',
      by: ['client', 'service'],
      says: 'Milestone agreed',
      input: { title: 'text?', description: 'text?', due_date: 'instant' },
      drives: 'add_milestone',
      tells: ['developer: A milestone was added to your project', 'client: A milestone waits for its price'],
      path: '/projects/{project}/milestones',
    },
    fund: {
      arrow: 'pending -> funded',
      by: 'client',
      says: 'Client puts the price into escrow',
      moves: [['amount', 'client.available -> client.held', 'ESCROW_HOLD']],
      stamps: 'funded_at',
      tells: ['developer: The price is in escrow; you can begin', 'client: The price is in escrow'],
      path: '/escrow/fund/{id}',
    },
    complete: {
      arrow: ['funded -> completed', 'changes_requested -> completed'],
      by: 'developer',
      says: 'Developer says that it is done',
      tells: ['client: The milestone is done; approve it, or ask for changes'],
    },
    request_changes: {
      arrow: 'completed -> changes_requested',
      by: 'client',
      says: 'Client wants changes',
      input: { change_reason: 'text' },
      tells: ['developer: The client asks for changes'],
    },
    release_part: {
      arrow: [
        'funded -> paid if held <= part',
        'funded -> funded',
        'completed -> paid if held <= part',
        'completed -> completed',
        'changes_requested -> paid if held <= part',
        'changes_requested -> changes_requested',
      ],
      by: 'client',
      says: 'Client releases a part',
      input: { part: 'amount' },
      moves: release('part'),
      stamps: 'part_released_at',
      tells: [
        'developer: A part of the milestone has been paid',
        'broker: Your share of a part has been paid',
      ],
    },
    approve: {
      arrow: ['completed -> paid if held <= to_release', 'completed -> retained'],
      by: 'client',
      says: 'Client approves: what is held is released, but for what is retained',
      works_out: { to_release: ['held less retention'] },
      moves: release('to_release'),
      stamps: 'client_approved_at',
      tells: reviewed,
    },
    release_retained: {
      arrow: 'retained -> paid',
      by: ['client', 'operator'],
      says: 'What was retained is released before its time',
      moves: release('held'),
      four_eyes_above: 'second_operator_above',
      tells: paid,
    },

    cancel_alone: {
      arrow: ['pending -> refunded', 'funded -> refunded', 'changes_requested -> refunded'],
      by: 'client',
      says: 'Client cancels what is not completed',
      moves: give_back,
      tells: given_back,
    },
    cancel_together: {
      arrow: ['completed -> refunded', 'retained -> refunded'],
      by: { all: ['client', 'developer'] },
      says: 'Client and developer cancel together',
      moves: give_back,
      tells: given_back,
    },
    cancel_by_operator: {
      arrow: [
        'pending -> refunded',
        'funded -> refunded',
        'completed -> refunded',
        'changes_requested -> refunded',
        'retained -> refunded',
      ],
      by: 'operator',
      says: 'Operator cancels',
      moves: give_back,
      four_eyes_above: 'second_operator_above',
      tells: given_back,
    },

    dispute: {
      arrow: [
        'funded -> disputed',
        'completed -> disputed',
        'changes_requested -> disputed',
        'retained -> disputed',
      ],
      by: ['client', 'developer'],
      says: 'Dispute raised',
      input: { dispute_reason: 'dispute_reason', dispute_text: 'text' },
      tells: ['client', 'developer', 'operator'],
    },
    withdraw_dispute: {
      arrow: 'disputed -> [back]',
      by: ['client', 'developer'],
      says: 'Dispute withdrawn by who raised it',
      at_least: 'time_after_dispute',
      tells: ['client', 'developer', 'operator'],
    },
    release: {
      arrow: 'disputed -> paid',
      by: 'operator',
      says: 'Operator decides for the developer',
      moves: release('held'),
      four_eyes_above: 'second_operator_above',
      tells: ['client', 'developer', 'broker: Your share has been paid'],
    },
    refund: {
      arrow: 'disputed -> refunded',
      by: 'operator',
      says: 'Operator decides for the client',
      moves: give_back,
      four_eyes_above: 'second_operator_above',
      tells: ['client', 'developer', 'broker'],
    },
    split: {
      arrow: ['disputed -> refunded if held <= to_client', 'disputed -> paid'],
      by: 'operator',
      says: 'Operator divides what is held',
      input: { to_client: 'amount_or_zero', to_developer: 'amount_or_zero' },
      moves: divide_between,
      four_eyes_above: 'second_operator_above',
      tells: ['client', 'developer', 'broker'],
    },
    settle: {
      arrow: ['disputed -> refunded if held <= to_client', 'disputed -> paid'],
      by: { all: ['client', 'developer'] },
      says: 'Client and developer agree on a distribution',
      input: { to_client: 'amount_or_zero', to_developer: 'amount_or_zero' },
      moves: divide_between,
      tells: ['client', 'developer', 'broker', 'operator'],
    },

    approve_unanswered: {
      arrow: ['completed -> paid if held <= to_release', 'completed -> retained'],
      after: 'approve_within',
      says: 'No answer of the client in time: taken as approved',
      works_out: { to_release: ['held less retention'] },
      moves: release('to_release'),
      tells: [
        'client: You did not answer in time, so the price was released',
        'developer: The client did not answer in time; you have been paid',
        'broker: Your share has been paid',
      ],
      remind: {
        before: '2 days',
        tells: ['client: Without your answer the price will be released in 2 days'],
      },
    },
    retention_over: {
      arrow: 'retained -> paid',
      after: 'retention_period',
      says: 'The time of the retention is over: it is released',
      moves: release('held'),
      tells: paid,
      remind: { before: '2 days', tells: ['client: What you retain will be released in 2 days'] },
    },
    escalate_late: {
      arrow: ['funded -> funded', 'changes_requested -> changes_requested'],
      after: 'late_after',
      since: 'due_date',
      says: 'Not completed long after it was due',
      tells: ['operator', 'client', 'developer'],
    },
    escalate_dispute: {
      arrow: 'disputed -> disputed',
      after: 'dispute_review',
      says: 'The dispute still waits for a decision',
      tells: ['operator'],
    },
  },
})
