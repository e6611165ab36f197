/** Payments, reconciliation: one run over a bank statement. What is open from before is looked at again with it. */

import { newId } from '@holdfast/kernel/ids.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { by_hand_max, listByHand } from './by-hand.ts'
import { judgeLine, pairLines, type BankPair } from './compare-bank.ts'
import { clearAgreed, listOpen, recordFound, type Exception, type Found } from './exceptions.ts'
import { keepPaired, leftToPair } from './lines.ts'
import type { Asking, ReconcileNeeds } from './reconcile.ts'
import { bank, beginRun, endRun, type Reconciliation } from './runs.ts'
import type { Line } from './statement.ts'
import { NotTold } from './theirs.ts'
import { isWithin, widened, window_days_max, type Window } from './window.ts'

/** Money is booked here some days before or after the bank does. */
export const bank_margin_days = 5
const day_ms = 86_400_000

/** Problems: `request_in_progress`, `invalid_request`. */
export async function reconcileBank(
  { db, clock, log }: Pick<ReconcileNeeds, 'db' | 'clock' | 'log'>,
  lines: readonly Line[],
  currency: string,
  { by, reason }: Asking,
): Promise<Reconciliation | Problem> {
  const window = windowOf(lines)
  if (window.to_ms - window.from_ms > window_days_max * day_ms)
    return problem('invalid_request', { reason: `a statement of at most ${window_days_max} days` })
  const now_ms = clock.now()
  const run = { id: newId(now_ms), provider: bank, now_ms }
  const refusal = await beginRun(db, { ...run, ...window, currency, by, reason })
  if (refusal !== null) return refusal
  try {
    return await db.transaction(async (tx) => {
      const known = await listOpen(tx, bank, currency)
      const by_hand = await listByHand(tx, currency, widened(window, bank_margin_days), transfersOf(known))
      if (by_hand.length > by_hand_max)
        throw new NotTold(`more than ${by_hand_max} transfers by hand: take less time`)
      const open_before = new Set(known.map(({ subject }) => subject))
      const left = await leftToPair(tx, [...lines, ...linesOf(known, lines)], by_hand)
      const fresh = pairLines(left.lines, left.by_hand).filter(
        (pair) =>
          pair.line !== null ||
          pair.by_hand === null ||
          open_before.has(pair.by_hand.id) ||
          isWithin(window, pair.by_hand.at_ms),
      )
      const pairs = [...left.paired, ...fresh]
      await keepPaired(tx, run.id, fresh)
      await recordFound(
        tx,
        run,
        pairs.flatMap((pair) => foundOf(pair, currency)),
      )
      await clearAgreed(
        tx,
        run,
        known.map(({ id }) => id),
      )
      const ended = await endRun(
        tx,
        run.id,
        { state: 'done', summary: summaryOf(pairs, currency, lines.length) },
        clock.now(),
      )
      if (ended === null) throw new NotTold('it took so long that it was given up for dead')
      return ended
    })
  } catch (error) {
    log.error({ err: error }, 'a bank statement could not be compared')
    const told = error instanceof NotTold ? error.message : 'an error of ours, see the log'
    const ended = await endRun(db, run.id, { state: 'failed', summary: {}, error: told }, clock.now())
    if (error instanceof NotTold && ended !== null) return ended
    throw error
  }
}

/** From the first day of the statement to its last. */
function windowOf(lines: readonly Line[]): Window {
  const days = lines.map(({ date }) => Date.parse(`${date}T00:00:00Z`)).toSorted((a, b) => a - b)
  return { from_ms: days[0] ?? 0, to_ms: (days.at(-1) ?? 0) + day_ms }
}

/** Lines of statements before that nothing was found for, unless they stand in this one again. */
function linesOf(known: readonly Exception[], lines: readonly Line[]): Line[] {
  const here = new Set(lines.map(({ key }) => key))
  const before = known.flatMap(({ line }) => {
    if (line === null) return []
    const { amount, ...same } = line as Omit<Line, 'amount'> & { amount: string }
    return here.has(same.key) ? [] : [[same.key, { ...same, amount: BigInt(amount) }] as const]
  })
  return [...new Map(before).values()]
}

function transfersOf(known: readonly Exception[]): { agreement_id: string; id: string }[] {
  return known.flatMap(({ agreement_id, subject, what }) =>
    agreement_id === null || what === 'missing_here' ? [] : [{ agreement_id, id: subject }],
  )
}

function foundOf(pair: BankPair, currency: string): Found[] {
  const what = judgeLine(pair)
  if (what === 'matched') return []
  const { line, by_hand } = pair
  const moved = line?.amount ?? by_hand?.amount ?? 0n
  return [
    {
      kind: moved < 0n ? 'out' : 'in',
      what,
      subject: by_hand?.id ?? line?.key ?? '',
      their_id: line?.reference ?? null,
      payment_id: null,
      agreement_id: by_hand?.agreement ?? null,
      amount_there: line === null ? null : sizeOf(line.amount),
      amount_here: by_hand === null ? null : sizeOf(by_hand.amount),
      currency,
      currency_here: by_hand === null ? null : currency,
      state_there: null,
      state_here: null,
      line: line === null ? null : { ...line, amount: line.amount.toString() },
      happened_ms: line === null ? (by_hand?.at_ms ?? null) : Date.parse(`${line.date}T00:00:00Z`),
    },
  ]
}

function sizeOf(amount: bigint): bigint {
  return amount < 0n ? -amount : amount
}

function summaryOf(pairs: readonly BankPair[], currency: string, lines: number): object {
  const found = { missing_here: 0, missing_there: 0, different: 0 }
  const matched = [
    { kind: 'in', currency, count: 0, sum: 0n },
    { kind: 'out', currency, count: 0, sum: 0n },
  ]
  for (const pair of pairs) {
    const judgement = judgeLine(pair)
    if (judgement !== 'matched') found[judgement] += 1
    const amount = pair.line?.amount ?? 0n
    const side = matched[amount < 0n ? 1 : 0]
    if (judgement !== 'matched' || side === undefined) continue
    side.count += 1
    side.sum += sizeOf(amount)
  }
  return { lines, matched: matched.map(({ sum, ...same }) => ({ ...same, amount: toJson(sum) })), found }
}
