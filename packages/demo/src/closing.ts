/** Demo: the closing story, told after all others: the engine's own proof, and the books against the demo's memory. */

import type { RunningEngine } from './engine.ts'
import { netOf, type LogEvent } from './log.ts'
import type { Scene } from './scene.ts'
import type { Story } from './story.ts'

const log_level_error = 50

/** Of `GET /v1/integrity`: per check, how many rows break it. */
interface Integrity {
  readonly clean: boolean
  readonly agreements: number
  readonly transfers: number
  readonly events: number
  readonly broken: Readonly<Record<string, number>>
}

/** Of a wallet's answer, minor units. */
interface Wallet {
  readonly currency: string
  readonly available: number
  readonly frozen: number
  readonly total: number
  readonly pending: number
  readonly payout: number
}

export function closing(engine: RunningEngine): Story {
  return {
    name: 'integrity',
    says: 'Nothing was created, lost or stranded by all of this.',
    chapters: [{ title: 'The books at the end', tell: (scene) => theBooks(scene, engine) }],
  }
}

async function theBooks(scene: Scene, engine: RunningEngine): Promise<void> {
  // What providers are still to be asked for is asked for, so that nothing happens between one count and the next.
  await scene.advance(1)
  const events = await scene.log()
  const { text } = await scene.did('integrity', scene.api.service.get('/v1/integrity'))
  const report: Integrity = JSON.parse(text)
  scene.check('integrity report clean', true, report.clean)
  const { broken } = report
  for (const [check, count] of Object.entries(broken)) scene.quiet(check.replaceAll('_', ' '), 0, count)
  scene.check(
    'rows that break a check',
    0,
    Object.values(broken).reduce((sum, count) => sum + count, 0),
  )
  // What the report counts in tables, against what the demo did and what the log tells.
  const by_providers = events.filter(({ from, by }) => from === '[*]' && by.id.startsWith('provider:')).length
  scene.check('agreements', scene.api.created + by_providers, report.agreements)
  scene.check('transfers', events.flatMap(({ postings }) => postings).length, report.transfers)
  scene.check('events, without a gap', events.at(-1)?.seq, report.events)
  scene.quiet('events in the log', events.length, report.events)
  for (const currency of new Set(events.map((event) => event.currency)))
    await conserved(scene, events, currency)
  scene.check('engine stopped, exit code', 0, await engine.stop())
  scene.check('errors in its log', [], errorsIn(engine.log))
}

/** What came in from outside, less what went out, is in somebody's wallet, on its way back, or the platform's revenue. */
async function conserved(scene: Scene, events: readonly LogEvent[], currency: string): Promise<void> {
  const parties = new Set(events.flatMap((event) => Object.values(event.parties)))
  let there = netOf(events, currency, '.revenue') + netOf(events, currency, 'outside.transit')
  for (const party of parties) {
    const path = `/v1/wallets/${party}/${currency}`
    const answer = await scene.did(`wallet of ${party}`, scene.api.service.get(path))
    const wallet: Wallet = JSON.parse(answer.text)
    there += BigInt(wallet.total) + BigInt(wallet.payout)
  }
  scene.amount(
    `${currency} paid in, still there`,
    currency,
    -netOf(events, currency, 'outside.clearing'),
    Number(there),
  )
}

/** Each sort of error once, in words. Lines that are not the log's own are nobody's error. */
function errorsIn(log: readonly string[]): string[] {
  const lines = log.filter((line) => line.startsWith('{'))
  const entries = lines.map((line): LogLine => JSON.parse(line))
  const errors = entries.filter(({ level }) => level >= log_level_error)
  return [...new Set(errors.map(({ msg, err }) => (err === undefined ? msg : `${msg}: ${err.message}`)))]
}

interface LogLine {
  readonly level: number
  readonly msg: string
  readonly err?: { readonly message: string }
}
