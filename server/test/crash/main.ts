/** Crash drill, from the command line: `npm run crash-drill -- --rounds 10 --seed 7 --json`. */

import { parseArgs } from 'node:util'
import { compare } from './compare.ts'
import { drill, type DrillReport } from './drill.ts'
import { sabotages } from './sabotage.ts'

const shown_max = 20

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '3' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
    /** Falsifies the record at the end: the drill must then fail. */
    sabotage: { type: 'boolean', default: false },
  },
})
const seed =
  values.seed === undefined ? Math.floor(performance.timeOrigin) % 2 ** 31 : Number.parseInt(values.seed, 10)
const rounds = Number.parseInt(values.rounds, 10)
const seconds = Number.parseFloat(values.seconds)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const began = performance.now()
try {
  const report = await drill({ seed, rounds, seconds, progress: (line) => process.stderr.write(`${line}\n`) })
  const differences = values.sabotage ? compare(sabotages.invent(report.evidence)) : report.differences
  const took_s = (performance.now() - began) / 1_000
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ ...summary(report), differences, took_s })}\n`
      : say(report, differences, took_s),
  )
  if (differences.length > 0) fail()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  fail()
}

function fail(): void {
  process.stderr.write(
    `\nAgain: npm run crash-drill -- --seed ${seed} --rounds ${rounds} --seconds ${seconds}\n`,
  )
  process.exitCode = 1
}

function summary({ rounds: played, evidence, failed_starts }: DrillReport): object {
  const { events, agreements, repeats, integrity } = evidence
  return {
    seed,
    rounds: played,
    events: events.length,
    agreements: agreements.size,
    repeats: repeats.length,
    integrity: integrity.clean,
    failed_starts,
  }
}

function say(report: DrillReport, differences: readonly string[], took_s: number): string {
  const { events, agreements, repeats, integrity } = report.evidence
  const head = [
    'killed with -9',
    'after',
    'acknowledged',
    'unanswered',
    'replayed',
    'anew',
    'refused',
    'restart',
    'silence',
  ]
  const rows = report.rounds.map((round) =>
    [
      round.killed,
      `${round.at_s.toFixed(1)} s`,
      round.acknowledged,
      round.unanswered,
      round.replayed,
      round.anew,
      round.refused_later,
      round.restart_ms === null ? 'none' : `${Math.round(round.restart_ms)} ms`,
      `${Math.round(round.silence_ms)} ms`,
    ].map(String),
  )
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')
  return [
    line(head),
    ...rows.map(line),
    '',
    `seed ${seed}, ${took_s.toFixed(0)} s: ${agreements.size} agreements, ${events.length} events, ${repeats.length} keys repeated, integrity ${integrity.clean ? 'clean' : 'BROKEN'}`,
    ...report.failed_starts.map((why) => `a start was tried again: ${why.split('\n').at(-1)}`),
    ...(differences.length === 0
      ? ['everything acknowledged is there once, and nothing else']
      : [`${differences.length} differences`, ...differences.slice(0, shown_max)]),
    '',
  ].join('\n')
}
