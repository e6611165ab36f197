/** Engine, pure: the parts of a distribution, decided or agreed on: together they are what is held. */

import { problem, type Problem } from '../problem.ts'
import type { CompiledFlow, CompiledTransition } from '../flow/compile.ts'
import { toJson } from '../money/amount.ts'
import { amountOf, type Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'

/**
 * Looked at when it is first asked for, so that nobody agrees to, or seconds, what can never be carried out. Null where
 * the transition is no distribution, or its parts are the whole.
 */
export function notTheWhole(
  { kind, input }: Ask,
  { flow: { dispute } }: CompiledFlow,
  agreement: Agreement,
  { name }: CompiledTransition,
): Problem | null {
  if (dispute === undefined || kind !== 'transition' || (name !== dispute.split && name !== dispute.settle))
    return null
  let sum = 0n
  for (const part of Object.values(dispute.parts)) {
    const amount = part === undefined ? undefined : input[part]
    if (typeof amount === 'bigint') sum += amount
  }
  const held = amountOf(agreement, 'held')
  if (sum === held) return null
  return problem('distribution_mismatch', {
    held: toJson(held),
    reason: 'the parts must sum to what is held',
  })
}
