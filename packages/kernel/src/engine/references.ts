/** Engine, pure: an agreement's own reference: of its creation, or of a transition that brings one, see `Field` in a flow. */

import { showId } from '../ids.ts'
import { problem, type Problem } from '../problem.ts'
import type { CompiledFlow, CompiledTransition } from '../flow/compile.ts'
import type { Agreement } from './agreement.ts'
import type { Actor, Ask } from './ask.ts'
import type { FlowRegistry } from './product.ts'
import { referenceKey, type Draft, type Referred } from './batch-state.ts'

/** It is used once under its flow, and an agreement that has one keeps it. Null where it may be this. */
export function takenReference(
  draft: Draft,
  registry: FlowRegistry,
  flow: CompiledFlow,
  agreement: Agreement,
  transition: CompiledTransition,
  ask: Ask,
): Problem | null {
  const reference = referenceGiven(transition, ask)
  if (reference === null || reference === agreement.reference) return null
  const pointer = `/${transition.refers}`
  if (agreement.reference !== null)
    return problem('reference_taken', { pointer, reference, reason: `it is known as ${agreement.reference}` })
  const referred = draft.referred(referenceKey(flow.name, reference, scopeGiven(flow, agreement, ask)))
  return referred === undefined ? null : referenceTaken(registry, pointer, reference, referred, ask.actor)
}

export function referenceGiven({ refers }: CompiledTransition, { input }: Ask): string | null {
  const reference = refers === null ? undefined : input[refers]
  return typeof reference === 'string' ? reference : null
}

/** What has it is named to whoever may see that. */
export function referenceTaken(
  registry: FlowRegistry,
  pointer: string,
  reference: string,
  { id, flow, parties }: Referred,
  { party }: Actor,
): Problem {
  const seen = party === null || Object.values(parties).includes(party)
  const prefix = registry.current.get(flow)?.flow.flow.id_prefix
  const agreement = prefix === undefined ? id : showId(prefix, id)
  return problem('reference_taken', { pointer, reference, ...(seen ? { used_by: { flow, agreement } } : {}) })
}

/** Within what a reference that comes with this ask is used once. */
export function scopeGiven(flow: CompiledFlow, { parties, data }: Agreement, { input }: Ask): string | null {
  return referenceScope(flow, parties, { ...data, ...input })
}

export function referenceScope(
  { flow: { reference_per } }: CompiledFlow,
  parties: Agreement['parties'],
  fields: Readonly<Record<string, unknown>>,
): string | null {
  const scope = reference_per === undefined ? null : (parties[reference_per] ?? fields[reference_per])
  return typeof scope === 'string' ? scope : null
}
