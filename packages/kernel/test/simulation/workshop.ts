/** Simulation: a flow that puts side by side what the others have one by one: parts, marks, jobs, dates, ways back. */

import type { Product } from '../../src/engine/product.ts'
import { defineFlow } from '../../src/flow/define.ts'

const shared = [
  ['rest of held', 'client.held -> maker.available', 'PAY'],
  ['agent_cut of held', 'client.held -> agent.available', 'PAY'],
  ['fee of held', 'client.held -> platform.revenue', 'FEE'],
] as const
const back = [['held', 'client.held -> client.available', 'BACK']] as const

export const workshop: Product = {
  flow: defineFlow({
    name: 'workshop',
    noun: 'workshops',
    id_prefix: 'wrk',
    about: 'Every word of the vocabulary once.',
    parties: { client: 'Pays', maker: 'Works', agent: { says: 'Brought them together', optional: true } },
    beneficiary: 'maker',
    amounts: { price: 'fixed', part: 'given', to_client: 'given', to_maker: 'given' },
    terms: {
      agent_cut: { is: '10%', min: '0%', max: '20%' },
      fee: '5%',
      after_dispute: '36 hours',
      window: { is: '7 days', min: '2 days', max: '30 days' },
    },
    codes: { HOLD: ['Hold', '{id}'], PAY: ['Pay', '{id}'], FEE: ['Fee', '{id}'], BACK: ['Back', '{id}'] },
    states: {
      affordable: 'The client could fund it',
      dear: 'The client has too little',
      funded: 'The client holds the price',
      disputed: 'An operator decides',
      settling: 'Approved; a job pays',
      done: 'Paid',
      cancelled: 'Ended without',
    },
    ends: ['done', 'cancelled'],
    transitions: {
      create: {
        arrow: ['[*] -> affordable if price <= client.available', '[*] -> dear'],
        by: ['client', 'maker', 'service'],
        says: 'Created',
        input: { due: 'instant?' },
      },
      fund: {
        arrow: ['affordable -> funded', 'dear -> funded'],
        by: 'client',
        says: 'Funded',
        moves: [['price', 'client.available -> client.held', 'HOLD']],
      },
      cancel: {
        arrow: ['affordable -> cancelled', 'dear -> cancelled'],
        by: ['client', 'maker', 'operator'],
        says: 'Cancelled',
      },
      pay_part: {
        arrow: 'funded -> funded',
        by: ['client', 'operator'],
        says: 'Part paid',
        input: { part: 'amount' },
        moves: [
          ['rest of part', 'client.held -> maker.available', 'PAY'],
          ['agent_cut of part', 'client.held -> agent.available', 'PAY'],
          ['fee of part', 'client.held -> platform.revenue', 'FEE'],
        ],
      },
      give_back_part: {
        arrow: 'funded -> funded',
        by: 'maker',
        says: 'Part given back',
        input: { part: 'amount' },
        moves: [['part', 'client.held -> client.available', 'BACK']],
      },
      finish: {
        arrow: 'funded -> done',
        by: { all: ['client', 'maker'] },
        says: 'Both say so',
        moves: shared,
      },
      unfinish: { arrow: 'funded -> funded', by: ['client', 'maker'], says: 'Taken back', undoes: 'finish' },
      share_early: {
        arrow: 'funded -> funded',
        by: { all: ['client', 'maker'] },
        says: 'Both agree on a part in advance',
        moves: [['20% of held', 'client.held -> maker.available', 'PAY']],
      },
      unshare: {
        arrow: 'funded -> funded',
        by: ['client', 'maker'],
        says: 'Taken back',
        undoes: 'share_early',
      },
      approve: { arrow: 'funded -> settling', by: 'client', says: 'Approved', later: shared },
      drop: { arrow: 'funded -> cancelled', by: ['maker', 'operator'], says: 'Dropped', moves: back },
      dispute: {
        arrow: 'funded -> disputed',
        by: ['client', 'maker', 'operator'],
        says: 'Disputed',
        input: { why: 'text' },
      },
      withdraw: {
        arrow: 'disputed -> [back]',
        by: ['client', 'maker', 'operator'],
        says: 'Withdrawn',
        at_least: 'after_dispute',
      },
      split: {
        arrow: 'disputed -> done',
        by: 'operator',
        says: 'Divided',
        input: { to_client: 'amount_or_zero', to_maker: 'amount_or_zero' },
        moves: [
          ['to_client', 'client.held -> client.available', 'BACK'],
          ['rest of to_maker', 'client.held -> maker.available', 'PAY'],
          ['agent_cut of to_maker', 'client.held -> agent.available', 'PAY'],
          ['fee of to_maker', 'client.held -> platform.revenue', 'FEE'],
        ],
      },
      refund_outside: {
        arrow: 'disputed -> cancelled',
        by: 'operator',
        says: 'Refunded to where it came from',
        moves: [['held', 'client.held -> outside.clearing', 'BACK']],
      },
      lapse: { arrow: ['affordable -> cancelled', 'dear -> cancelled'], after: '2 days', says: 'Lapsed' },
      approve_unanswered: {
        arrow: 'funded -> done',
        after: 'window',
        says: 'No answer',
        moves: shared,
        remind: { before: '1 days', tells: ['client'] },
      },
      close: { arrow: 'settling -> done', after: '1 days', says: 'Paid long enough' },
      nag: {
        arrow: 'funded -> funded',
        after: '1 days',
        since: 'finish',
        says: 'One waits for the other',
        tells: ['operator'],
      },
      late: {
        arrow: 'funded -> disputed',
        after: '3 days',
        since: 'due',
        says: 'Past the due date',
        tells: ['operator'],
      },
      escalate: { arrow: 'disputed -> disputed', after: '3 days', says: 'Still waits', tells: ['operator'] },
    },
  }),
}
