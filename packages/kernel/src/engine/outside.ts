/** Engine, pure: money from outside counts once, whatever it comes in by: see `counts_once` in a flow. */

import { showId } from '../ids.ts'
import { problem, type Problem } from '../problem.ts'
import type { CompiledTransition } from '../flow/compile.ts'
import {
  foldReference,
  isSameMoney,
  seen_by_hand,
  type OutsideReference,
} from '../ledger/outside-reference.ts'
import type { Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'
import type { FlowRegistry } from './product.ts'
import type { Draft } from './batch-state.ts'

/** What the money that this ask brings in is known by; null where it brings none, or nobody says. */
export function outsideGiven(
  agreement: Agreement,
  { counts_once, input }: CompiledTransition,
  ask: Ask,
): OutsideReference | null {
  if (counts_once === null || ask.kind !== 'transition') return null
  const { reference: field, from } = counts_once
  const written = field in input ? ask.input[field] : agreement.reference
  if (typeof written !== 'string') return null
  const brought = ask.input[from] ?? agreement.data[from]
  return {
    spelling: foldReference(written),
    source: typeof brought === 'string' ? brought : seen_by_hand,
    reference: written,
    flow: agreement.flow,
    agreement: agreement.id,
  }
}

/** What has counted it already is named, so that whoever asks finds it. What counts its own again is judged by its flow. */
export function countedBefore(
  draft: Draft,
  registry: FlowRegistry,
  { counts_once, creates }: CompiledTransition,
  outside: OutsideReference,
  { actor }: Ask,
): Problem | null {
  const used = draft
    .outsideReferences(outside.spelling)
    .find((one) => one.agreement !== outside.agreement && isSameMoney(one, outside))
  if (used === undefined) return null
  const pointer = creates ? '/reference' : `/${counts_once?.reference}`
  const facts = {
    pointer,
    reference: outside.reference,
    reason: 'money with this reference has been counted',
  }
  return problem(
    'reference_taken',
    actor.party === null ? { ...facts, used_by: usedBy(registry, used) } : facts,
  )
}

export function keepCounted(draft: Draft, outside: OutsideReference): void {
  const { spelling, source, agreement } = outside
  const isThere = draft
    .outsideReferences(spelling)
    .some((one) => one.agreement === agreement && one.source === source)
  if (!isThere) draft.outside.push(outside)
}

/** As an answer names it. */
export function usedBy(
  registry: FlowRegistry,
  { flow, agreement, reference, source }: OutsideReference,
): Record<string, unknown> {
  const prefix = registry.current.get(flow)?.flow.flow.id_prefix
  return { flow, agreement: prefix === undefined ? agreement : showId(prefix, agreement), reference, source }
}
