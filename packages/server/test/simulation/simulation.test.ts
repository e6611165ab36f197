/** The simulator finds nothing in the engine, the same thing every time, and everything in a broken one. */

import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { mutants } from '@holdfast/kernel/test/simulation/mutants.ts'
import { simulated as products } from './products.ts'
import { simulate, SimulationFailure } from '@holdfast/kernel/test/simulation/simulate.ts'

const asks_per_seed = 40_000
const mutant_asks_max = 20_000

test.each([1, 2, 3, 4, 5, 6])('seed %i: every invariant holds', (seed) => {
  const report = simulate({ seed, asks: asks_per_seed, products })
  expect(Object.keys(report.by_flow).toSorted()).toEqual(products.map(({ flow }) => flow.name).toSorted())
  // Not only sunshine: each of these was met, and often enough to mean something.
  const { replayed, deferred, crashes, conflicts, refused, met } = report
  expect(Math.min(met.driven, met.repaid, met.seconded, met.limited)).toBeGreaterThan(40)
  expect(met.agreed).toBeGreaterThan(5)
  expect(met.revoked).toBeGreaterThan(20)
  // What was on its way back to where it came from: brought there, or not.
  expect(Math.min(met.sent_back, met.not_sent)).toBeGreaterThan(10)
  expect(
    Math.min(replayed, deferred, crashes, refused['insufficient_funds'] ?? 0, refused['wallet_frozen'] ?? 0),
  ).toBeGreaterThan(20)
  expect(conflicts).toBeGreaterThan(0)
  expect(report.accepted).toBeGreaterThan(report.asks / 3)
})

test('the same seed gives the same log, another seed another', () => {
  const [one, same, other] = [7, 7, 8].map((seed) => simulate({ seed, asks: 5_000, products }))
  expect(same).toEqual(one)
  expect(other?.checksum).not.toBe(one?.checksum)
})

test.each(mutants)('notices when $name', ({ decide, caught }) => {
  const failure = failureOf(() => simulate({ seed: 1, asks: mutant_asks_max, products, decide }))
  expect(failure.message.split('\n')[0]).toMatch(caught)
})

test('notices when a flow takes what is on its way for somebody else', () => {
  const twice = products.map((product) => {
    const { refund_failed } = product.flow.transitions
    if (product.flow.name !== 'suspense' || refund_failed === undefined) return product
    const moves = [...(refund_failed.moves ?? []), ...(refund_failed.moves ?? [])]
    const transitions = { ...product.flow.transitions, refund_failed: { ...refund_failed, moves } }
    return { ...product, flow: { ...product.flow, transitions } }
  })
  const failure = failureOf(() => simulate({ seed: 1, asks: mutant_asks_max, products: twice }))
  expect(failure.message.split('\n')[0]).toMatch(/what was on its way is gone/)
})

test('a failure names the seed, the step and the story of the agreement', () => {
  const [mutant] = mutants
  assert(mutant)
  const { message } = failureOf(() =>
    simulate({ seed: 1, asks: mutant_asks_max, products, decide: mutant.decide }),
  )
  expect(message).toMatch(/^seed 1, ask \d+: /)
  expect(message).toMatch(/^agreement [0-9a-f-]{36}$/m)
})

function failureOf(run: () => unknown): SimulationFailure {
  try {
    run()
  } catch (error) {
    if (error instanceof SimulationFailure) return error
    throw error
  }
  throw new Error('the auditor noticed nothing')
}
