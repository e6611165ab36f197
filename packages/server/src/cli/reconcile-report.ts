/** Commands: what `reconcile` found, for people and for programs. */

import { instant } from '@holdfast/kernel/instant.ts'
import { display } from '@holdfast/kernel/money/amount.ts'
import { currencies } from '@holdfast/kernel/money/currency.ts'
import type { Books } from '../payments/reconciliation/clearing.ts'
import type { Exception } from '../payments/reconciliation/exceptions.ts'
import type { Reconciliation } from '../payments/reconciliation/runs.ts'
import { showBooks, showException, showRun } from '../payments/reconciliation/show.ts'
import type { Summary } from '../payments/reconciliation/summary.ts'
import { print } from './print.ts'

export const exceptions_shown_max = 1_000

export function reportJson(
  runs: readonly Reconciliation[],
  open: readonly Exception[],
  books: Books,
): Record<string, unknown> {
  return {
    runs: runs.map(showRun),
    exceptions: open.map((exception) => showException(exception, (id) => id)),
    books: showBooks(books),
  }
}

export function printReport(runs: readonly Reconciliation[], open: readonly Exception[], books: Books): void {
  for (const { provider, state, error, summary } of runs) {
    if (state === 'failed') print(`FAILED  ${provider}: ${error}`)
    else print(`done    ${provider}: ${foundIn(summary as Summary)}`)
  }
  print('')
  for (const { provider, currency, ledger, provider_says, difference } of books.clearing) {
    const sums = `ledger ${shown(ledger, currency)}, provider ${shown(provider_says, currency)}`
    const rest = difference === 0n ? '' : `, DIFFERENCE ${shown(difference, currency)}`
    print(`${difference === 0n ? 'ok     ' : 'OFF    '} clearing by ${provider}: ${sums}${rest}`)
  }
  for (const { currency, total, by_hand } of books.outside)
    print(`        outside.clearing: ${shown(total, currency)}, of it by hand ${shown(by_hand, currency)}`)
  for (const { currency, balance, refunds, difference } of books.transit) {
    const why = difference === 0n ? '' : `, of which ${shown(difference, currency)} UNEXPLAINED`
    print(
      `${difference === 0n ? 'ok     ' : 'OFF    '} outside.transit: ${shown(balance, currency)}, ${refunds} refunds under way${why}`,
    )
  }
  for (const { account, currency, balance } of books.not_zero)
    print(`OFF     ${account}: ${shown(balance, currency)}, and must be empty`)
  for (const { provider, kind, state, currency, count, amount, oldest_at } of books.under_way)
    print(
      `        ${provider}: ${count} ${kind} ${state}, ${shown(amount, currency)}, since ${instant(oldest_at.getTime())}`,
    )
  print('')
  for (const exception of open) print(lineOf(exception))
  print(
    open.length === 0
      ? 'Nothing differs.'
      : `${open.length}${open.length === exceptions_shown_max ? ' or more' : ''} open`,
  )
}

function foundIn({ matched, found }: Summary): string {
  const sums = matched.map(
    ({ kind, currency, count, amount }) => `${count} ${kind} ${shown(BigInt(amount), currency)}`,
  )
  const counts = Object.entries(found).map(([what, count]) => `${count} ${what.replaceAll('_', ' ')}`)
  return `matched ${sums.length === 0 ? 'nothing' : sums.join(', ')}; ${counts.join(', ')}`
}

function lineOf({ provider, kind, what, their_id, subject, currency, ...rest }: Exception): string {
  const side = (amount: bigint | null, of: string | null) =>
    amount === null ? 'nothing' : shown(amount, of ?? currency)
  const there = side(rest.amount_there, currency)
  const here = side(rest.amount_here, rest.currency_here)
  return `${what.replaceAll('_', ' ').padEnd(13)} ${provider} ${kind} ${their_id ?? subject}: there ${there}, here ${here}`
}

/** A provider may tell of a currency that we do not know. */
function shown(amount: bigint, currency: string): string {
  return currencies.has(currency) ? display(amount, currency) : `${currency} ${amount}`
}
