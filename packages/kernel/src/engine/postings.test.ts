/** Engine: which postings moves are, where money loops, is owed, divided beyond the whole, or meant for somebody absent. */

import { expect, test } from 'vitest'
import { ana, ben, service, Town } from '../../test/walkthrough.ts'
import { defineFlow } from '../flow/define.ts'
import { amount_max } from '../money/amount.ts'

const bazaar = defineFlow({
  name: 'bazaar',
  noun: 'bazaars',
  id_prefix: 'baz',
  about: 'Money goes round as often as one likes.',
  parties: { payer: 'Pays', payee: 'Is paid', agent: { says: 'Brings them together', optional: true } },
  amounts: { price: 'fixed', part: 'given' },
  terms: { fee: '5%' },
  codes: { GO: ['Go', '{id}'] },
  states: { open: 'Open', closed: 'Closed' },
  ends: ['closed'],
  transitions: {
    create: { arrow: '[*] -> open', by: 'service', says: 'Created' },
    pay: {
      arrow: 'open -> open',
      by: 'payer',
      says: 'Paid',
      input: { part: 'amount' },
      moves: [['part', 'payer.available -> payee.available', 'GO']],
    },
    repay: {
      arrow: 'open -> open',
      by: 'payee',
      says: 'Paid back',
      input: { part: 'amount' },
      moves: [['part', 'payee.available -> payer.available', 'GO']],
    },
    hold: {
      arrow: 'open -> open',
      by: 'payer',
      says: 'Held',
      input: { part: 'amount' },
      moves: [['part', 'payer.available -> payer.held', 'GO']],
    },
    give_back: {
      arrow: 'open -> open',
      by: 'payee',
      says: 'Given back',
      moves: [['held', 'payer.held -> payer.available', 'GO']],
    },
    share: {
      arrow: 'open -> open',
      by: 'payer',
      says: 'Shared',
      input: { part: 'amount' },
      moves: [
        ['rest of part', 'payer.held -> payee.available', 'GO'],
        ['fee of part', 'payer.held -> platform.revenue', 'GO'],
      ],
    },
    thank: {
      arrow: 'open -> open',
      by: 'payer',
      says: 'The agent is thanked',
      moves: [['10% of held', 'payer.held -> agent.available', 'GO']],
    },
    borrow: {
      arrow: 'open -> open',
      by: 'payer',
      says: 'Held on credit',
      input: { part: 'amount' },
      moves: [['part', 'payer.debt -> payer.held', 'GO']],
    },
    settle: {
      arrow: 'open -> closed',
      by: 'payer',
      says: 'The debt is paid with what is held',
      moves: [['held', 'payer.held -> payer.debt', 'GO']],
    },
  },
})

const given = (part: bigint) => ({ input: { part } })

function town(balance: bigint, people: Record<string, string> = {}): Town {
  const town = new Town([{ flow: bazaar }], 'bazaar')
  town.put('ana', balance)
  town.begin({ price: 100n }, { payer: 'ana', payee: 'ben', ...people })
  return town
}

test.each([
  ['released', 'pay', 'repay', ana, ben],
  ['refunded', 'hold', 'give_back', ana, ben],
] as const)('what was %s, summed over a loop, stays within the range', (sum, there, back, first, second) => {
  const t = town(amount_max)
  t.go(there, first, given(amount_max))
  const before = t.world.accounts
  if (sum === 'refunded') {
    t.go(back, second)
    t.go(there, first, given(1n))
    expect(t.refused(back, second).code).toBe('amount_out_of_range')
    return
  }
  expect(t.refused(back, second, given(1n)).code).toBe('amount_out_of_range')
  expect([t.world.accounts, t.agreement?.amounts[sum]]).toEqual([before, amount_max])
})

test('what a wallet earned stays within the range, whoever paid', () => {
  const t = town(2n)
  t.put('ben', 0n, { earned: amount_max })
  expect(t.refused('pay', ana, given(1n))).toMatchObject({
    code: 'amount_out_of_range',
    details: { reason: expect.stringContaining('lifetime sum') },
  })
})

test('what is owed is not released, but held where it is held', () => {
  const t = town(0n)
  const held = t.go('borrow', ana, given(30n)).agreement
  expect([held.money, held.amounts]).toMatchObject(['held', { held: 30n, released: 0n }])
  const settled = t.go('settle', ana).agreement
  expect([settled.money, settled.amounts]).toMatchObject(['none', { held: 0n, released: 0n, refunded: 0n }])
})

test('more than the whole is not divided', () => {
  const t = town(500n)
  t.go('hold', ana, given(150n))
  t.go('share', ana, given(60n))
  expect(t.refused('share', ana, given(41n))).toMatchObject({
    code: 'amount_out_of_range',
    details: { left: 40, reason: 'more than the price would be divided' },
  })
  expect(t.go('share', ana, given(40n)).agreement.amounts).toMatchObject({
    shared: 100n,
    released: 100n,
    held: 50n,
  })
})

test.each([
  ['somebody absent has no share: what is held stays', {}, 0n, 50n],
  ['somebody present has it', { agent: 'zoe' }, 5n, 45n],
])('a percentage alone: %s', (_name, people, paid, held) => {
  const t = town(50n, people)
  t.go('hold', ana, given(50n))
  t.go('thank', ana)
  expect([t.balance('zoe', 'available'), t.balance('ana', 'held')]).toEqual([paid, held])
})

test('a service that acts for nobody has no part in it', () => {
  expect(town(1n).refused('pay', service, given(1n)).details).toMatchObject({ you_are: 'service' })
})
