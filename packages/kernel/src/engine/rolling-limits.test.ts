/** Engine: what left a wallet within the last so long stays within a sum, whoever asks, and in one batch too. */

import { expect, test } from 'vitest'
import { specimens } from '../../test/specimens/index.ts'
import { accepted, clock, person, Town } from '../../test/walkthrough.ts'
import type { Ask, Verdict } from './ask.ts'

// 60,000.00 in 90 days.
const limit = 6_000_000n
const day_ms = 86_400_000
const people = { lender: 'lea', borrower: 'bob' }

function lender(currency = 'PHP'): { town: Town; line: string } {
  const town = new Town(specimens, 'specimen-line')
  town.put('lea', 100_000_000n)
  const line = town.begin({ limit: 50_000_000n }, people, { currency }).agreement.id
  return { town, line }
}

function lend(town: Town, under: string, amount: bigint, more: object = {}): Ask {
  return town.create('specimen-loan', { amount }, people, { under, ...more })
}

function outcomes(verdicts: readonly Verdict[]): string[] {
  return verdicts.map((verdict) => (verdict.outcome === 'refused' ? verdict.problem.code : verdict.outcome))
}

test('up to the unit, and not one more', () => {
  const { town, line } = lender()
  expect(outcomes(town.take(lend(town, line, limit + 1n)).verdicts)).toEqual(['limit_exceeded'])
  expect(outcomes(town.take(lend(town, line, limit - 1n)).verdicts)).toEqual(['accepted'])
  const [refused] = town.take(lend(town, line, 2n)).verdicts
  expect(refused).toMatchObject({
    problem: {
      details: { limit: 'lent_at_most', at_most: 6_000_000, already: 5_999_999, over: 'lent_within' },
    },
  })
  expect(outcomes(town.take(lend(town, line, 1n)).verdicts)).toEqual(['accepted'])
  expect(town.balance('lea', 'held')).toBe(limit)
})

test('within one batch', () => {
  const { town, line } = lender()
  const half = limit / 2n
  const asks = [half, half + 1n, half, 1n].map((amount) => lend(town, line, amount))
  expect(outcomes(town.take(...asks).verdicts)).toEqual([
    'accepted',
    'limit_exceeded',
    'accepted',
    'limit_exceeded',
  ])
})

test('what is paid on from what was put aside is not counted again', () => {
  const { town, line } = lender()
  const first = accepted(town.take(lend(town, line, limit / 2n)).verdicts[0]).agreement.id
  town.take(town.ask('pay_out', person('bob'), { flow: 'specimen-loan', agreement: first }))
  expect(town.balance('bob', 'available')).toBe(limit / 2n)
  expect(outcomes(town.take(lend(town, line, limit / 2n)).verdicts)).toEqual(['accepted'])
})

test('nor within one batch', () => {
  const { town, line } = lender()
  const loan = lend(town, line, limit / 2n)
  const pay_out = town.ask('pay_out', person('bob'), { flow: 'specimen-loan', agreement: loan.id })
  const { verdicts } = town.take(loan, pay_out, lend(town, line, limit / 2n), lend(town, line, 1n))
  expect(outcomes(verdicts)).toEqual(['accepted', 'accepted', 'accepted', 'limit_exceeded'])
})

test('what was given back does not count, not even in the batch that gives it back', () => {
  const { town, line } = lender()
  const first = accepted(town.take(lend(town, line, limit)).verdicts[0]).agreement.id
  town.tick(day_ms)
  const back = town.ask('forget', clock, { kind: 'timer', flow: 'specimen-loan', agreement: first })
  const { verdicts } = town.take(lend(town, line, 1n), back, lend(town, line, limit))
  expect(outcomes(verdicts)).toEqual(['limit_exceeded', 'accepted', 'accepted'])
  expect(outcomes(town.take(lend(town, line, 1n)).verdicts)).toEqual(['limit_exceeded'])
})

test('until the span is over, to the millisecond', () => {
  const { town, line } = lender()
  const first = accepted(town.take(lend(town, line, limit)).verdicts[0]).agreement.id
  town.take(town.ask('pay_out', person('bob'), { flow: 'specimen-loan', agreement: first }))
  town.tick(90 * day_ms - 1)
  expect(outcomes(town.take(lend(town, line, 1n)).verdicts)).toEqual(['limit_exceeded'])
  town.tick(1)
  expect(outcomes(town.take(lend(town, line, limit)).verdicts)).toEqual(['accepted'])
})

test('another wallet has a limit of its own', () => {
  const { town, line } = lender()
  town.put('les', 100_000_000n)
  const others = { lender: 'les', borrower: 'bob' }
  const asks = [
    lend(town, line, limit),
    { ...town.create('specimen-loan', { amount: limit }, others, { under: line }) },
  ]
  expect(outcomes(town.take(...asks).verdicts)).toEqual(['accepted', 'accepted'])
})

test('a currency that the sum does not name has no limit', () => {
  const { town, line } = lender('USD')
  const verdicts = town.take(lend(town, line, 40_000_000n, { currency: 'USD' })).verdicts
  // Nobody has dollars here: the limit would have been looked at before the money.
  expect(outcomes(verdicts)).toEqual(['insufficient_funds'])
})
