/** The histogram's quantiles are right to the width of a bucket. */
import { expect, test } from 'vitest'
import { histogram } from './histogram.ts'

test('percentiles are right to one per cent, the maximum exactly', () => {
  const latencies = histogram()
  for (let ms = 1; ms <= 1000; ms += 1) latencies.record(ms)
  expect(latencies.count).toBe(1000)
  expect(latencies.max_ms).toBe(1000)
  for (const [share, ms] of [
    [0.5, 500],
    [0.99, 990],
    [1, 1000],
  ] as const) {
    expect(Math.abs(latencies.percentile(share) - ms) / ms).toBeLessThan(0.011)
  }
})

test('without latencies every percentile is zero', () => {
  expect(histogram().percentile(0.99)).toBe(0)
})
