/** Engine: amounts that are counted or worked out, and debts that are repaid with them, the oldest first. */

import { describe, expect, test } from 'vitest'
import { specimens } from '../../test/specimens/index.ts'
import { accepted, person, Town } from '../../test/walkthrough.ts'
import { defineFlow } from '../flow/define.ts'
import { debts_max } from './account-draft.ts'
import type { Ask } from './ask.ts'

const people = { lender: 'lea', borrower: 'bob' }
const bob = person('bob')

/** Bob has borrowed these, one after another, and spent all but so much. */
function borrowed(loans: readonly bigint[], left: bigint): { town: Town; line: string; loans: string[] } {
  const town = new Town(specimens, 'specimen-line')
  town.put('lea', 10_000_000n)
  const line = town.begin({ limit: 5_000_000n }, people).agreement.id
  const ids = loans.map((amount) => {
    town.tick(1_000)
    const lent = accepted(town.take(lend(town, line, amount)).verdicts[0]).agreement.id
    accepted(town.take(payOut(town, lent)).verdicts[0])
    return lent
  })
  town.put('bob', left)
  return { town, line, loans: ids }
}

function lend(town: Town, under: string, amount: bigint): Ask {
  return town.create('specimen-loan', { amount }, people, { under })
}

function payOut(town: Town, agreement: string): Ask {
  return town.ask('pay_out', bob, { flow: 'specimen-loan', agreement })
}

function repay(town: Town, under: string, amount: bigint, keep = 0n, more: Ask['input'] = {}): Ask {
  const ask = town.create('specimen-repayment', { amount, keep }, people, { under })
  return { ...ask, input: { keep, ...more } }
}

function owed(town: Town, loans: readonly string[]): bigint[] {
  const accounts = [...town.world.accounts.values()].filter(({ purpose }) => purpose === 'debt')
  return loans.map((loan) => -(accounts.find(({ agreement }) => agreement === loan)?.balance ?? 0n))
}

describe('what is repaid is the least of what is offered, owed, and can be spared', () => {
  test.each([
    // amount, owed, available, keep, repaid: at most half of what is available
    ['all that is offered', 100n, 500n, 10_000n, 0n, 100n],
    ['what is owed', 900n, 500n, 10_000n, 0n, 500n],
    ['what is above the balance to keep', 900n, 500n, 800n, 600n, 200n],
    ['half of what there is', 900n, 500n, 800n, 0n, 400n],
    ['half of an odd amount, the other half rounded up', 900n, 500n, 801n, 0n, 400n],
    ['nothing, where less is there than is kept', 900n, 500n, 100n, 200n, 0n],
    ['nothing, where nothing is owed', 900n, 0n, 800n, 0n, 0n],
  ])('%s', (_, amount, debt, available, keep, repaid) => {
    const { town, line, loans } = borrowed(debt === 0n ? [] : [debt], available)
    const { agreement, transfers } = accepted(town.take(repay(town, line, amount, keep)).verdicts[0])
    expect(agreement.amounts['repaid']).toBe(repaid)
    expect(agreement.state).toBe(repaid === 0n ? 'nothing' : 'repaid')
    expect(transfers.map((transfer) => transfer.amount)).toEqual(repaid === 0n ? [] : [repaid, repaid])
    expect(town.balance('bob', 'available')).toBe(available - repaid)
    expect(owed(town, loans)).toEqual(debt === 0n ? [] : [debt - repaid])
    expect(town.balance('lea', 'due')).toBe(debt - repaid)
  })

  test('and the row says why', () => {
    const { town, line } = borrowed([500n], 800n)
    const { agreement } = accepted(town.take(repay(town, line, 900n, 600n)).verdicts[0])
    expect(agreement.data['worked_out']).toEqual({
      repaid: {
        amount: 200,
        least_of: {
          amount: 900,
          'borrower.debts': 500,
          'borrower.available less keep': 200,
          'borrower.available less at_most': 400,
        },
      },
    })
  })
})

describe('of several debts', () => {
  test.each([
    ['a part of the oldest', 50n, [50n, 200n, 300n]],
    ['the oldest', 100n, [0n, 200n, 300n]],
    ['the oldest and a part of the next', 150n, [0n, 150n, 300n]],
    ['all', 600n, [0n, 0n, 0n]],
  ])('%s is repaid', (_, amount, left) => {
    const { town, line, loans } = borrowed([100n, 200n, 300n], 10_000n)
    accepted(town.take(repay(town, line, amount)).verdicts[0])
    expect(owed(town, loans)).toEqual(left)
    expect(town.balance('bob', 'debt')).toBe(-left.reduce((sum, one) => sum + one, 0n))
  })

  test('the one that is named, and no other', () => {
    const { town, line, loans } = borrowed([100n, 200n, 300n], 10_000n)
    const { agreement } = accepted(
      town.take(repay(town, line, 900n, 0n, { debt: loans[1] ?? '' })).verdicts[0],
    )
    expect(agreement.amounts['repaid']).toBe(200n)
    expect(owed(town, loans)).toEqual([100n, 0n, 300n])
  })

  test('another person owes for itself', () => {
    const { town, line, loans } = borrowed([100n], 10_000n)
    const others = { lender: 'lea', borrower: 'cid' }
    town.put('cid', 10_000n)
    const ask = town.create('specimen-repayment', { amount: 90n, keep: 0n }, others, { under: line })
    expect(accepted(town.take({ ...ask, input: { keep: 0n } }).verdicts[0]).agreement.state).toBe('nothing')
    expect(owed(town, loans)).toEqual([100n])
  })

  test(`more than ${debts_max} are repaid ${debts_max} at once`, () => {
    const { town, line, loans } = borrowed(
      Array.from({ length: debts_max + 5 }, () => 10n),
      1_000_000n,
    )
    const first = accepted(town.take(repay(town, line, 5_000n)).verdicts[0])
    expect(first.agreement.amounts['repaid']).toBe(10n * BigInt(debts_max))
    expect(new Set(first.transfers.map(({ id }) => id)).size).toBe(debts_max + 1)
    expect(owed(town, loans).filter((left) => left > 0n)).toHaveLength(5)
    const second = accepted(town.take(repay(town, line, 5_000n)).verdicts[0])
    expect(second.agreement.amounts['repaid']).toBe(50n)
  })
})

describe('within one batch', () => {
  test('two repayments do not pay one debt twice', () => {
    const { town, line, loans } = borrowed([100n], 10_000n)
    const { verdicts } = town.take(repay(town, line, 80n), repay(town, line, 80n), repay(town, line, 80n))
    expect(verdicts.map((verdict) => accepted(verdict).agreement.amounts['repaid'])).toEqual([80n, 20n, 0n])
    expect(owed(town, loans)).toEqual([0n])
  })

  test('a debt that has just arisen is owed', () => {
    const { town, line } = borrowed([], 10_000n)
    const loan = lend(town, line, 300n)
    const { verdicts } = town.take(loan, payOut(town, loan.id), repay(town, line, 200n))
    expect(accepted(verdicts[2]).agreement.amounts['repaid']).toBe(200n)
    expect(owed(town, [loan.id])).toEqual([100n])
  })
})

describe('counting', () => {
  const left = (town: Town, line: string) => town.world.agreements.get(line)?.amounts['left']

  test('goes down and up again with what is lent and repaid', () => {
    const { town, line } = borrowed([1_000_000n], 10_000_000n)
    expect(left(town, line)).toBe(4_000_000n)
    accepted(town.take(repay(town, line, 400_000n)).verdicts[0])
    expect(left(town, line)).toBe(4_400_000n)
  })

  test('never below zero, to the unit, and not within one batch either', () => {
    const { town, line } = borrowed([4_999_998n], 0n)
    town.put('lea', 10_000_000n)
    const { verdicts } = town.take(lend(town, line, 1n), lend(town, line, 2n), lend(town, line, 1n))
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['accepted', 'refused', 'accepted'])
    expect(verdicts[1]).toMatchObject({ problem: { code: 'limit_exceeded', details: { left: 1, asked: 2 } } })
    expect(left(town, line)).toBe(0n)
    expect(town.balance('lea', 'held')).toBe(2n)
  })
})

test('more than is owed is not repaid, whoever asks for it', () => {
  const flow = defineFlow({
    name: 'plain-repayment',
    noun: 'plain-repayments',
    id_prefix: 'prp',
    about: 'Pays back an amount as it is.',
    parties: { borrower: 'Pays back' },
    amounts: { amount: 'fixed' },
    terms: {},
    codes: { REPAY: ['Repay', 'Repaid by {id}'] },
    states: { done: 'Done' },
    ends: ['done'],
    transitions: {
      repay: {
        arrow: '[*] -> done',
        by: 'service',
        says: 'Paid back',
        moves: [['amount', 'borrower.available -> borrower.debts', 'REPAY']],
      },
    },
  })
  const town = new Town([{ flow }], 'plain-repayment')
  town.put('bob', 1_000n)
  const [verdict] = town.take(town.create('plain-repayment', { amount: 1n }, { borrower: 'bob' })).verdicts
  expect(verdict).toMatchObject({ problem: { code: 'limit_exceeded', details: { owed: 0 } } })
  expect(town.balance('bob', 'available')).toBe(1_000n)
})
