/** A short crash drill: an engine, a backend, and an engine with its PostgreSQL are killed; then canaries, each of which must be noticed. */

import { beforeAll, expect, test } from 'vitest'
import { compare } from './compare.ts'
import { drill, type DrillReport } from './drill.ts'
import { sabotages, type Sabotage } from './sabotage.ts'

const rounds = 3
const seconds = 1.5
const drill_ms_max = 180_000
// Another one every day; HOLDFAST_SEED repeats one.
const today = String(Math.floor(performance.timeOrigin / 86_400_000))
const seed = Number.parseInt(process.env['HOLDFAST_SEED'] ?? today, 10)

let report: DrillReport
beforeAll(async () => void (report = await drill({ seed, rounds, seconds })), drill_ms_max)

test(`seed ${seed}: everything acknowledged is there once, and nothing else`, () => {
  expect(report.differences).toEqual([])
  expect(report.evidence.integrity.clean).toBe(true)
  expect(report.rounds).toHaveLength(rounds)
})

test('the load was one that could have lost something', () => {
  for (const { acknowledged } of report.rounds) expect(acknowledged).toBeGreaterThan(20)
  expect(report.rounds.reduce((sum, { unanswered }) => sum + unanswered, 0)).toBeGreaterThan(5)
  expect(report.evidence.repeats.length).toBeGreaterThan(20)
})

const noticed: Readonly<Record<Sabotage, RegExp>> = {
  forget: /was never answered$/m,
  invent: /version 77 was acknowledged and is not in the log$/m,
  lose: /was acknowledged and is not there$/m,
  double: /happened twice$/m,
  steal: /by the client's book/,
}

test.each(Object.entries(noticed))('notices when the record is falsified: %s', (name, sentence) => {
  const differences = compare(sabotages[name as Sabotage](report.evidence))
  expect(differences.join('\n')).toMatch(sentence)
})
