/** Withdrawal: what it needs beside its flow: the shapes of its fields, its two rules, and the words of its answer. */

import { Type } from 'typebox'
import { showId } from '@holdfast/kernel/ids.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'
import { amountOf, type Agreement } from '@holdfast/kernel/engine/agreement.ts'
import type { GuardFacts, Product } from '@holdfast/kernel/engine/product.ts'
import { spanMs } from '@holdfast/kernel/flow/terms.ts'
import { toJson } from '@holdfast/kernel/money/amount.ts'
import { moneyOfTerm } from '@holdfast/kernel/money/price.ts'
import { account_kinds, AccountDetails, maskDetails, type Details } from '../accounts/account-details.ts'
import { Override } from '../outside-reference.ts'
import { withdrawal as flow } from './flow.ts'

export const Method = Type.Enum(Object.keys(account_kinds))

const sends_out: ReadonlySet<string> = new Set(['approve', 'mark_paid', 'send'])

/** What operators say of the provider, as they have seen it there. */
export const told_by_operators: readonly string[] = ['arrived', 'bounced']

export const withdrawal: Product = {
  flow,
  shapes: {
    method: Method,
    account_details: AccountDetails,
    pay_by: Type.Enum(['manual_transfer', 'provider']),
    by_hand: Type.Enum(['manual_transfer']),
    override: Override,
  },
  // What the provider makes of it is no route: the desk of payments says it.
  own_routes: [...told_by_operators, 'send', 'fall_back', 'deny'],
  guards: {
    reaches_minimum: reachesMinimum,
    destination_cooled_off: destinationCooledOff,
    paid_by_hand: ({ agreement }) =>
      goesByProvider(agreement) ? notNow(agreement, 'the provider is asked to pay it') : null,
    paid_by_provider: ({ agreement }) =>
      goesByProvider(agreement) ? null : notNow(agreement, 'it is paid by hand'),
  },
  view,
  // Whatever version it was asked for under: out of a frozen wallet nothing is paid.
  amends: (flow) => {
    const transitions = Object.entries(flow.transitions).map(([name, one]) => [
      name,
      sends_out.has(name) ? { ...one, sends_out: 'holder' } : one,
    ])
    return { ...flow, transitions: Object.fromEntries(transitions) }
  },
  masked: (shown) => ({
    ...shown,
    account_details: maskDetails((shown['account_details'] ?? {}) as Details),
  }),
}

/** `WD-…`: the same id, as people read it out. */
export function withdrawalNumber(id: string): string {
  return `WD-${showId(flow.id_prefix, id)
    .slice(flow.id_prefix.length + 1)
    .toUpperCase()}`
}

function reachesMinimum({ agreement }: GuardFacts): Problem | null {
  const least = moneyOfTerm(agreement.terms['minimum'] ?? '', agreement.currency)
  if (least === null || amountOf(agreement, 'amount') >= least) return null
  return problem('limit_exceeded', { pointer: '/amount', limit: 'minimum', at_least: toJson(least) })
}

/** Who has taken over an account elsewhere cannot have the money sent to a number of its own before anybody notices. */
function destinationCooledOff({ agreement, now_ms }: GuardFacts): Problem | null {
  const from_ms = mayBeApprovedFrom(agreement)
  if (from_ms <= now_ms) return null
  return problem('limit_exceeded', {
    limit: 'cool_off',
    reason: 'the destination is new to this wallet',
    may_be_approved_at: instant(from_ms),
  })
}

/** Until the provider has said no, nobody pays it a second time by hand. */
function goesByProvider({ data }: Agreement): boolean {
  return data['pay_by'] === 'provider'
}

function notNow({ state }: Agreement, reason: string): Problem {
  return problem('transition_not_open', { state, reason })
}

function mayBeApprovedFrom({ data, terms, created_ms }: Agreement): number {
  const known_ms = Date.parse(String(data['destination_since']))
  return Math.max(created_ms, known_ms + spanMs(terms['cool_off'] ?? ''))
}

/** Who pays it, and whether the bank may still send it back, is not the vendor's concern; `state` says it. */
const status_of: Readonly<Record<string, string>> = { sent: 'processing', settled: 'completed' }

function view(agreement: Agreement): Record<string, unknown> {
  const { id, state, reference, data, parties } = agreement
  return {
    withdrawal_number: withdrawalNumber(id),
    vendor_id: parties['holder'],
    status: status_of[state] ?? state,
    payout_reference: reference,
    processed_at: data['processed_at'] ?? null,
    may_be_approved_at: instant(mayBeApprovedFrom(agreement)),
  }
}
