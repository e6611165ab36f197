/** Crash drill, from the command line: `npm run crash-drill -- --rounds 10 --seed 7 --json`, with `--rails` on payment rails. */

import { parseArgs } from 'node:util'
import { compare } from './compare.ts'
import { drill, type DrillReport } from './drill.ts'
import { drillRails } from '../rails/kill-main.ts'
import { sabotages } from './sabotage.ts'

const shown_max = 20
const usage = `npm run crash-drill -- [options]
  --rounds <n>    kills, 10 by default
  --seconds <s>   of load before each, 3 by default
  --seed <n>      repeats a run
  --rails         kills an engine that has payment providers, which live on, and compares all books
  --sabotage      falsifies the record at the end: the drill must then fail
  --json          one JSON line
  --help          this
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '3' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
    rails: { type: 'boolean', default: false },
    sabotage: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit()
}
const seed =
  values.seed === undefined ? Math.floor(performance.timeOrigin) % 2 ** 31 : Number.parseInt(values.seed, 10)
const rounds = Number.parseInt(values.rounds, 10)
const seconds = Number.parseFloat(values.seconds)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const progress = (line: string) => void process.stderr.write(`${line}\n`)
const began = performance.now()
try {
  if (values.rails) await onRails()
  else await onOrders()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  fail()
}

async function onRails(): Promise<void> {
  const { said, differences, ...found } = await drillRails(
    { seed, rounds, seconds, progress },
    values.sabotage,
  )
  const took_s = (performance.now() - began) / 1_000
  process.stdout.write(values.json ? `${JSON.stringify({ seed, ...found, differences, took_s })}\n` : said)
  if (differences.length > 0) fail()
}

async function onOrders(): Promise<void> {
  const report = await drill({ seed, rounds, seconds, progress })
  const differences = values.sabotage ? compare(sabotages.invent(report.evidence)) : report.differences
  const took_s = (performance.now() - began) / 1_000
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ ...summary(report), differences, took_s })}\n`
      : say(report, differences, took_s),
  )
  if (differences.length > 0) fail()
}

function fail(): void {
  process.stderr.write(
    `\nAgain: npm run crash-drill -- ${values.rails ? '--rails ' : ''}--seed ${seed} --rounds ${rounds} --seconds ${seconds}\n`,
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
