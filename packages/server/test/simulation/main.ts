/** Simulation, from the command line: `npm run simulate -- --asks 5000000 --seed 7 --json`. */

import { parseArgs } from 'node:util'
import { simulated } from './products.ts'
import { simulate, SimulationFailure, type Report } from '@holdfast/kernel/test/simulation/simulate.ts'

const progress_ms = 2_000

const { values } = parseArgs({
  options: {
    asks: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const asks = Number.parseInt(values.asks, 10)
// Another seed every time: whoever wants the same run again names it.
const seed =
  values.seed === undefined ? Math.floor(performance.timeOrigin) % 2 ** 31 : Number.parseInt(values.seed, 10)
const began = performance.now()
let told = began

try {
  const report = simulate({ seed, asks, products: simulated, progress })
  const seconds = (performance.now() - began) / 1_000
  process.stderr.write('\n')
  process.stdout.write(values.json ? `${JSON.stringify({ ...report, seconds })}\n` : say(report, seconds))
} catch (error) {
  if (!(error instanceof SimulationFailure)) throw error
  process.stderr.write(`\n${error.message}\n\nAgain: npm run simulate -- --seed ${seed} --asks ${asks}\n`)
  process.exitCode = 1
}

function progress(done: number): void {
  const now = performance.now()
  if (now - told < progress_ms) return
  told = now
  const rate = Math.round((done / (now - began)) * 1_000)
  process.stderr.write(`\rseed ${seed}: ${done} of ${asks} asks, ${rate} per second `)
}

function say(report: Report, seconds: number): string {
  const { agreements, events, transfers, replayed, crashes, conflicts, refused, checksum } = report
  const refusals = Object.entries(refused).map(([code, times]) => `${code} ${times}`)
  return [
    `${report.asks} asks in ${seconds.toFixed(1)} s, seed ${report.seed}: every invariant held`,
    `${agreements} agreements, ${events} events, ${transfers} transfers`,
    `${replayed} repeats answered as the first time, ${crashes} crashes, ${conflicts} races between two processes`,
    `refused: ${refusals.join(', ')}`,
    `checksum ${checksum}`,
    '',
  ].join('\n')
}
