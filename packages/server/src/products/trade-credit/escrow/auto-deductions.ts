/** Trade credit: the deductions of one business day, page by page. Killed half way, the next run does what is left, and nothing twice. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { BusinessDay } from '../../../platform/business-day.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Database } from '../../../platform/postgres/database.ts'
import { newId } from '@holdfast/kernel/ids.ts'
import type { Logger } from '../../../platform/log.ts'
import { amountOf } from '@holdfast/kernel/engine/agreement.ts'
import type { Actor, Ask, Verdict } from '@holdfast/kernel/engine/ask.ts'
import type { Engine } from '../../../engine/engine.ts'
import { amount_max, toJson } from '@holdfast/kernel/money/amount.ts'
import { maxDailyOf } from '../line/product.ts'
import { creditDeduction } from '../deduction/flow.ts'
import { not_possible } from '../deduction/product.ts'
import { deductionReference, deleteWork, nextWork, writeWork, type Work } from './deduction-work.ts'

/** Retailers that are asked for side by side; the engine makes batches of them. */
export const deductions_page_max = 1_000
const overloaded_wait_ms = 200
const overloaded_tries_max = 50
/** A line in the log after every such part of the work. */
const progress_parts = 10

export interface Needs {
  readonly db: Database
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
}

/** What a run came to. `done_before`: by a run that was killed, or for a day that is run again. */
export interface Deductions {
  readonly business_date: string
  readonly retailers: number
  readonly deducted: number
  readonly skipped: number
  readonly done_before: number
  readonly failed: number
  /** Minor units. */
  readonly amount: number
}

const job: Actor = { kind: 'service', id: 'auto-deductions', party: null }

export async function deductDay(needs: Needs, day: BusinessDay): Promise<Deductions> {
  const { db, log } = needs
  const retailers = await writeWork(db, day)
  const tally = { deducted: 0, skipped: 0, failed: 0, amount: 0n }
  let seen = 0
  let page = await nextWork(db, day, '', deductions_page_max)
  while (page.length > 0) {
    const last = page.at(-1)?.retailer ?? ''
    // The next page is read while this one is decided.
    const [verdicts, next] = await Promise.all([
      Promise.all(page.map((work) => deduct(needs, day, work))),
      nextWork(db, day, last, deductions_page_max),
    ])
    for (const verdict of verdicts) count(tally, verdict, log)
    const before = seen
    seen += page.length
    if (partOf(seen, retailers) > partOf(before, retailers))
      log.info({ business_date: day.date, done: seen, of: retailers }, 'deductions are under way')
    page = next
  }
  const { deducted, skipped, failed, amount } = tally
  if (failed > 0) throw new Error(`${failed} of ${retailers} deductions of ${day.date} failed; run it again`)
  await deleteWork(db, day)
  const done_before = retailers - deducted - skipped
  return {
    business_date: day.date,
    retailers,
    deducted,
    skipped,
    done_before,
    failed,
    amount: toJson(amount),
  }
}

function partOf(done: number, of: number): number {
  return Math.floor((done * progress_parts) / Math.max(of, 1))
}

/** A wallet that is frozen is no reason to have no row: then the row says so. */
async function deduct(needs: Needs, day: BusinessDay, work: Work): Promise<Verdict> {
  const verdict = await askUntilHeard(needs, day, work, null)
  if (verdict.outcome !== 'refused' || verdict.problem.code !== 'wallet_frozen') return verdict
  return askUntilHeard(needs, day, work, not_possible)
}

async function askUntilHeard(
  { engine, clock }: Needs,
  day: BusinessDay,
  work: Work,
  stopped_by: string | null,
): Promise<Verdict> {
  for (let attempt = 1; ; attempt += 1) {
    const verdict = await engine.ask(deductionAsk(day, work, clock.now(), stopped_by))
    const overloaded = verdict.outcome === 'refused' && verdict.problem.code === 'overloaded'
    if (!overloaded || attempt >= overloaded_tries_max) return verdict
    await sleep(overloaded_wait_ms)
  }
}

export function deductionAsk(
  { date }: BusinessDay,
  { retailer, line, sales }: Work,
  now_ms: number,
  stopped_by: string | null = null,
): Ask {
  const enabled = line.data['enabled'] === true
  const max_daily = maxDailyOf(line)
  const at_most = !enabled || stopped_by !== null ? 0n : (max_daily ?? amount_max)
  return {
    id: newId(now_ms),
    kind: 'transition',
    flow: creditDeduction.name,
    agreement: null,
    creation: {
      parties: { company: line.parties['company'] ?? '', retailer },
      currency: line.currency,
      amounts: { sales, at_most, minimum_balance: amountOf(line, 'minimum_balance') },
      terms: { deduction_percentage: `${String(line.data['deduction_percentage'])}%` },
      reference: deductionReference(retailer, date),
      under: line.id,
    },
    transition: 'deduct',
    actor: job,
    input: {
      business_date: date,
      enabled,
      max_daily: max_daily === null ? null : toJson(max_daily),
      ...(stopped_by === null ? {} : { stopped_by }),
    },
    reason: null,
    key: null,
    now_ms,
  }
}

interface Tally {
  deducted: number
  skipped: number
  failed: number
  amount: bigint
}

function count(tally: Tally, verdict: Verdict, log: Logger): void {
  if (verdict.outcome === 'accepted') {
    const { state } = verdict.agreement
    if (state === 'deducted') tally.deducted += 1
    else tally.skipped += 1
    tally.amount += amountOf(verdict.agreement, 'deduction')
  } else if (verdict.outcome === 'refused' && verdict.problem.code !== 'reference_taken') {
    tally.failed += 1
    log.error({ problem: verdict.problem }, 'a deduction was refused')
  }
}
