/** Engine, pure: the reference that comes with a transition and becomes the agreement's own, see `Field` in a flow. */

import { problem, type Problem } from '../problem.ts'
import type { CompiledTransition } from '../flow/compile.ts'
import type { Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'
import { referenceKey, type Draft } from './batch-state.ts'

/** It is used once under its flow, and an agreement that has one keeps it. Null where it may be this. */
export function takenReference(
  draft: Draft,
  agreement: Agreement,
  transition: CompiledTransition,
  ask: Ask,
): Problem | null {
  const reference = referenceGiven(transition, ask)
  if (reference === null || reference === agreement.reference) return null
  const key = referenceKey(agreement.flow, reference)
  const is_free = agreement.reference === null && !draft.hasReference(key)
  return is_free ? null : problem('reference_taken', { pointer: `/${transition.refers}`, reference })
}

export function referenceGiven({ refers }: CompiledTransition, { input }: Ask): string | null {
  const reference = refers === null ? undefined : input[refers]
  return typeof reference === 'string' ? reference : null
}
