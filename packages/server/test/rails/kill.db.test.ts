// A short kill drill on the rails: the engine dies with -9 between asking a provider and hearing of it, and no money is lost or moved twice.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../fixtures/database.ts'
import { compare, movedAt } from './kill-compare.ts'
import { drill, type DrillReport } from './kill-drill.ts'
import { currencies } from './kill-people.ts'
import { sabotages, type Sabotage } from './kill-sabotage.ts'

const rounds = 4
const seconds = 1
const drill_ms_max = 180_000
// Another one every day; HOLDFAST_SEED repeats one.
const today = String(Math.floor(performance.timeOrigin / 86_400_000))
const seed = Number.parseInt(process.env['HOLDFAST_SEED'] ?? today, 10)

let fresh: FreshDatabase
let report: DrillReport
beforeAll(async () => {
  fresh = await freshDatabase()
  report = await drill({ database_url: fresh.url, seed, rounds, seconds })
}, drill_ms_max)
afterAll(() => fresh.drop())

test(`seed ${seed}: the ledger, the providers and the people have the same books`, () => {
  expect(report.differences).toEqual([])
})

test('the engine died while providers had done what it had asked for, and it had not heard', () => {
  for (const kind of ['pay_in', 'refund', 'pay_out'] as const)
    expect([kind, report.rounds.some(({ cut }) => cut[kind] > 0)]).toEqual([kind, true])
  expect(report.rounds.reduce((sum, { unanswered }) => sum + unanswered, 0)).toBeGreaterThan(5)
  const { paid, given_back, paid_out } = movedAt(report.evidence.books)
  for (const currency of currencies) expect(Math.min(paid[currency], paid_out[currency])).toBeGreaterThan(0)
  expect(given_back.PHP).toBeGreaterThan(0)
})

const noticed: Readonly<Record<Sabotage, RegExp>> = {
  'told twice': /^PHP: clearing has/m,
  'never told': /^PHP: 1 are in transit/m,
  'asked twice': /of token .* is at the provider twice$/m,
  'asked anew':
    /of reference .* is at the provider twice\n.* of token another is at the provider, and we know/m,
  forgotten: /is at the provider, and we know nothing of it$/m,
  unknown: /is still unknown/,
  lost: /was acknowledged and is not there$/m,
  doubled: /^pay_another is there, and nobody was told of it$/m,
  'paid out twice': /^RWF: paid_out is/m,
}

test.each(Object.entries(noticed))('notices when the evidence is falsified: %s', (name, sentence) => {
  const differences = compare(sabotages[name as Sabotage](report.evidence))
  expect(differences.join('\n')).toMatch(sentence)
})
