/** Payments, reconciliation: runs, exceptions and sums as JSON. Pure. */

import { showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { provider_payment_prefix } from '../processor/provider-payment.ts'
import type { Books } from './clearing.ts'
import { exception_prefix, type Exception } from './exceptions.ts'
import { reconciliation_prefix, type Reconciliation } from './runs.ts'

export function showRun(run: Reconciliation): Record<string, unknown> {
  const { id, provider, currency, from_at, to_at, state, by, reason, summary, error } = run
  return {
    id: showId(reconciliation_prefix, id),
    provider,
    ...(currency === null ? {} : { currency }),
    from: instant(from_at.getTime()),
    to: instant(to_at.getTime()),
    state,
    by,
    reason,
    summary,
    error,
    started_at: instant(run.started_at.getTime()),
    finished_at: at(run.finished_at),
  }
}

/** `shownAgreement`: under the id that its flow shows it by. */
export function showException(
  exception: Exception,
  shownAgreement: (id: string) => string | null,
): Record<string, unknown> {
  const { id, provider, kind, what, their_id, payment_id, agreement_id, line } = exception
  return {
    id: showId(exception_prefix, id),
    provider,
    kind,
    what,
    state: exception.state,
    their_id,
    payment: payment_id === null ? null : showId(provider_payment_prefix, payment_id),
    agreement: agreement_id === null ? null : shownAgreement(agreement_id),
    there: sideOf(exception.amount_there, exception.currency, exception.state_there),
    here: sideOf(exception.amount_here, exception.currency_here, exception.state_here),
    ...(line === null ? {} : { line: lineOf(line) }),
    happened_at: at(exception.happened_at),
    first_run: showId(reconciliation_prefix, exception.first_run),
    first_seen: at(exception.first_seen),
    last_run: showId(reconciliation_prefix, exception.last_run),
    last_seen: at(exception.last_seen),
    closed_by: exception.closed_by,
    closed_reason: exception.closed_reason,
    closed_at: at(exception.closed_at),
  }
}

export function showBooks({
  clearing,
  outside,
  transit,
  not_zero,
  under_way,
}: Books): Record<string, unknown> {
  return {
    clearing: clearing.map(({ provider, currency, ledger, provider_says, difference }) => ({
      provider,
      currency,
      ledger: toJson(ledger),
      provider_says: toJson(provider_says),
      difference: toJson(difference),
    })),
    outside: outside.map(({ currency, total, by_hand }) => ({
      currency,
      total: toJson(total),
      by_hand: toJson(by_hand),
    })),
    transit: transit.map((row) => ({
      currency: row.currency,
      balance: toJson(row.balance),
      under_way: toJson(row.under_way),
      refunds: row.refunds,
      oldest_at: at(row.oldest_at),
      difference: toJson(row.difference),
    })),
    not_zero: not_zero.map((row) => ({ ...row, balance: toJson(row.balance) })),
    under_way: under_way.map((row) => ({ ...row, amount: toJson(row.amount), oldest_at: at(row.oldest_at) })),
  }
}

function sideOf(amount: bigint | null, currency: string | null, state: string | null): object | null {
  if (amount === null && state === null) return null
  return { amount: amount === null ? null : toJson(amount), currency, state }
}

/** Without the key, which is ours. */
function lineOf(line: object): object {
  const { date, reference, description } = line as Readonly<Record<string, unknown>>
  return { date, reference, description }
}

function at(date: Date | null): string | null {
  return date === null ? null : instant(date.getTime())
}
