/** Engine, pure: limits on what leaves a wallet in a rolling span, see `within` in a flow. */

import assert from 'node:assert/strict'
import { problem, type Problem } from '../problem.ts'
import { spanMs, type CompiledTransition } from '../flow/compile.ts'
import { toJson } from '../money/amount.ts'
import { moneyOfTerm } from '../money/price.ts'
import { accountOf, type AgreementScope } from './accounts.ts'
import { outgoingKey, type Draft } from './batch-state.ts'

/** Which wallet's outgoings a transition looks at, under which code, and since when; null where it has no such limit. */
export function limitedOutgoing(
  place: AgreementScope,
  { within }: CompiledTransition,
  now_ms: number,
): { readonly wallet: string; readonly code: string; readonly since_ms: number } | null {
  if (!within) return null
  const { agreement } = place
  const span_ms = spanMs(agreement.terms[within.over] ?? within.over)
  const wallet = accountOf(place, { party: within.of, purpose: 'available' }).id
  return { wallet, code: within.code, since_ms: now_ms - span_ms }
}

/** Null where `amount` more stays within the limit. */
export function limitExceeded(
  draft: Draft,
  place: AgreementScope,
  transition: CompiledTransition,
  amount: bigint,
  now_ms: number,
): Problem | null {
  const watched = limitedOutgoing(place, transition, now_ms)
  const { within } = transition
  if (watched === null || !within) return null
  const { agreement } = place
  const limit = moneyOfTerm(agreement.terms[within.limit] ?? '', agreement.currency)
  assert(within.limit in agreement.terms, `no term ${within.limit}`)
  if (limit === null) return null
  const { wallet, code, since_ms } = watched
  const before = draft.loaded.outgoings.get(outgoingKey(wallet, code)) ?? []
  const now = draft.posted().filter((t) => t.debit_account === wallet && t.debit_code === code)
  const all = [...before, ...now]
  const spent = all
    .filter(({ at_ms, agreement: id }) => at_ms > since_ms && draft.agreement(id)?.money !== 'refunded')
    .reduce((sum, { amount: one }) => sum + one, 0n)
  if (spent + amount <= limit) return null
  return problem('limit_exceeded', {
    limit: within.limit,
    at_most: toJson(limit),
    already: toJson(spent),
    over: within.over,
  })
}
