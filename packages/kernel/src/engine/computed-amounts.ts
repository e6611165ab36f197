/** Engine, pure: amounts that a transition counts or works out before any money moves. */

import assert from 'node:assert/strict'
import { problem, type Problem } from '../problem.ts'
import { isPercent, type Operand, type CompiledTransition, type Value } from '../flow/compile.ts'
import { inRange, toJson } from '../money/amount.ts'
import { divide } from '../money/divide.ts'
import type { AccountDraft } from './account-draft.ts'
import { amountOf, type Agreement, type Amounts } from './agreement.ts'
import { termShare } from './postings.ts'

/** A value by its name: given with the transition, of the agreement, a literal, or of an account. */
export function valueOf(value: Value, agreement: Agreement, given: Amounts, accounts: AccountDraft): bigint {
  if (typeof value !== 'string') return accounts.balanceOf(value)
  return /^\d+$/.test(value) ? BigInt(value) : (given[value] ?? amountOf(agreement, value))
}

/** Counted amounts after the transition; none falls below zero. */
export function countedAmounts(
  { counts }: CompiledTransition,
  agreement: Agreement,
  given: Amounts,
): Record<string, bigint> | Problem {
  const counted: Record<string, bigint> = {}
  const now = (name: string) => counted[name] ?? amountOf(agreement, name)
  for (const { amount: name, from, to } of counts) {
    const amount = given[name] ?? amountOf(agreement, name)
    if (from !== null) counted[from] = now(from) - amount
    if (to !== null) counted[to] = now(to) + amount
    if (from !== null && now(from) < 0n)
      return problem('limit_exceeded', { [from]: toJson(amountOf(agreement, from)), asked: toJson(amount) })
    if (to !== null && !inRange(now(to)))
      return problem('amount_out_of_range', { reason: `${to} would leave the range that JSON keeps exact` })
  }
  return counted
}

/** One amount that was worked out, with every value that it is the least of: the row explains itself. */
export interface Explanation {
  readonly amount: number
  readonly least_of: Readonly<Record<string, number>>
}

export interface ComputedAmounts {
  readonly amounts: Readonly<Record<string, bigint>>
  readonly explanations: Readonly<Record<string, Explanation>>
}

export function computeAmounts(
  { works_out }: CompiledTransition,
  agreement: Agreement,
  given: Amounts,
  accounts: AccountDraft,
): ComputedAmounts {
  const amounts: Record<string, bigint> = {}
  const because: Record<string, Explanation> = {}
  for (const { amount, operands } of works_out) {
    const values = operands.map((operand) =>
      operandValue(operand, agreement, { ...given, ...amounts }, accounts),
    )
    const least = values.reduce((min, value) => (value < min ? value : min))
    amounts[amount] = least > 0n ? least : 0n
    because[amount] = {
      amount: toJson(amounts[amount]),
      least_of: Object.fromEntries(operands.map(({ text }, i) => [text, toJson(values[i] ?? 0n)])),
    }
  }
  return { amounts, explanations: because }
}

function operandValue(
  { value, share, less }: Operand,
  agreement: Agreement,
  given: Amounts,
  accounts: AccountDraft,
): bigint {
  const whole = valueOf(value, agreement, given, accounts)
  if (share !== null)
    return partOf(whole, typeof share === 'bigint' ? share : termShare(agreement, share.term))
  if (less === null) return whole
  const term = agreement.terms[less]
  if (term === undefined) return whole - valueOf(less, agreement, given, accounts)
  assert(isPercent(term), `${less} is no percentage`)
  return whole - partOf(whole, termShare(agreement, less))
}

/** Rounded half up, like every share. */
function partOf(whole: bigint, bps: bigint): bigint {
  return whole <= 0n ? 0n : (divide(whole, [bps, 'rest'])[0] ?? 0n)
}
