// Which days a run looks at: all of them, some twice, none never.
import { describe, expect, test } from 'vitest'
import { isProblem } from '@holdfast/kernel/problem.ts'
import { isWithin, window_days_back_max, window_days_max, windowGiven, windowSince } from './window.ts'

const day = (text: string) => Date.parse(`${text}T00:00:00Z`)
const shown = ({ from_ms, to_ms }: { from_ms: number; to_ms: number }) =>
  [from_ms, to_ms].map((ms) => new Date(ms).toISOString().slice(0, 10))
const now_ms = day('2026-03-15') + 12_600_000

test.each([
  ['never before', null, ['2026-03-13', '2026-03-15']],
  ['yesterday', day('2026-03-14'), ['2026-03-13', '2026-03-15']],
  ['a moment ago', now_ms, ['2026-03-13', '2026-03-15']],
  ['five days ago', day('2026-03-10') + 1, ['2026-03-10', '2026-03-15']],
  ['a year ago', day('2025-03-15'), ['2026-02-12', '2026-03-15']],
])('covered until %s', (_, covered, days) => {
  expect(shown(windowSince(covered, now_ms))).toEqual(days)
  expect(window_days_back_max).toBe(31)
})

test('day after day leaves no gap', () => {
  let covered = day('2026-01-01')
  for (const text of ['2026-01-02', '2026-01-03', '2026-01-09', '2026-02-01']) {
    const { from_ms, to_ms } = windowSince(covered, day(text) + 1)
    expect(from_ms).toBeLessThanOrEqual(covered)
    covered = to_ms
  }
})

describe('given by an operator', () => {
  const usual = windowSince(null, now_ms)
  test('one end or both', () => {
    const given = (window: { from_ms?: number; to_ms?: number }) => {
      const found = windowGiven(window, usual, now_ms)
      return isProblem(found) ? found : shown(found)
    }
    expect(given({})).toEqual(shown(usual))
    expect(given({ from_ms: day('2026-03-01') })).toEqual(['2026-03-01', '2026-03-15'])
    expect(given({ to_ms: day('2026-02-01') })).toEqual(['2026-01-30', '2026-02-01'])
  })

  test.each([
    { from_ms: Number.NaN },
    { to_ms: Number.NaN },
    { to_ms: now_ms + 1 },
    { from_ms: now_ms },
    { from_ms: day('2026-03-15') - window_days_max * 86_400_000 - 1 },
  ])('%j is none', (window) => {
    expect(windowGiven(window, usual, now_ms)).toMatchObject({ code: 'invalid_request' })
  })
})

test('the last instant is outside, and what has none is inside', () => {
  const window = { from_ms: 10, to_ms: 20 }
  expect([10, 19, 9, 20].map((ms) => isWithin(window, ms))).toEqual([true, true, false, false])
  expect(isWithin(window, null, 9)).toBe(false)
  expect(isWithin(window, 9, 19)).toBe(true)
  expect(isWithin(window, null, null)).toBe(true)
})
