/**
 * Engine, pure: what each ask of a batch comes to, in order.
 *
 * No I/O, no clock, no randomness: the loaded world, the asks and the registry are arguments. An ask that is
 * refused changes nothing and does not disturb its neighbours.
 */

import { isProblem, problem, type Problem } from '../problem.ts'
import { standing_owners } from '../ledger/account.ts'
import type { Agreement } from './agreement.ts'
import type { Ask, Verdict } from './ask.ts'
import { newAgreement } from './create.ts'
import { retryTimer } from './retry-timer.ts'
import type { FlowRegistry, FlowVersion } from './product.ts'
import { referenceScope, referenceTaken } from './references.ts'
import { applyTransition } from './transition.ts'
import { Draft, referenceKey, type WriteSet, type BatchState } from './batch-state.ts'

export function decide(
  world: BatchState,
  asks: readonly Ask[],
  registry: FlowRegistry,
): { verdicts: Verdict[]; changes: WriteSet } {
  const draft = new Draft(world)
  const verdicts = asks.map((ask) => decideOne(draft, ask, registry))
  return { verdicts, changes: draft }
}

function decideOne(draft: Draft, ask: Ask, registry: FlowRegistry): Verdict {
  const replayed = replay(draft, ask)
  if (replayed !== null) return replayed

  const found = find(draft, ask, registry)
  if (isProblem(found)) return refused(found)
  const { edition, agreement } = found
  const transition = edition.flow.transitions.get(ask.transition)
  if (transition === undefined)
    return refused(problem('not_found', { what: 'transition', transition: ask.transition }))

  const verdict = applyTransition({ draft, registry, child: null }, ask, edition, agreement, transition)
  if (verdict.outcome === 'refused' && ask.kind === 'timer')
    retryTimer(draft, ask, edition, agreement, verdict.problem)
  if (verdict.outcome === 'accepted' && ask.key !== null) {
    draft.answers.set(ask.key.id, {
      body_hash: ask.key.body_hash,
      status: verdict.status,
      body: verdict.body,
    })
  }
  return verdict
}

/** Same key and body: the stored answer. Same key, another body: a problem. */
function replay(draft: Draft, ask: Ask): Verdict | null {
  if (ask.key === null) return null
  const stored = draft.answers.get(ask.key.id) ?? draft.loaded.answers.get(ask.key.id)
  if (stored === undefined) return null
  if (stored.body_hash !== ask.key.body_hash) return refused(problem('idempotency_key_reused'))
  return { outcome: 'replayed', status: stored.status, body: stored.body }
}

/** The agreement that is asked about, as it is or as it would be born. */
function find(
  draft: Draft,
  ask: Ask,
  registry: FlowRegistry,
): { edition: FlowVersion; agreement: Agreement } | Problem {
  if (ask.creation !== null) {
    const edition = registry.current.get(ask.flow)
    if (edition === undefined) return problem('not_found', { what: 'flow', flow: ask.flow })
    const { reference, parties } = ask.creation
    const scope = referenceScope(edition.flow, parties, ask.input)
    const referred = reference === null ? undefined : draft.referred(referenceKey(ask.flow, reference, scope))
    if (reference !== null && referred !== undefined)
      return referenceTaken(registry, '/reference', reference, referred, ask.actor)
    const parent = parentOf(draft, ask, edition)
    if (parent !== null && isProblem(parent)) return parent
    const agreement = newAgreement(
      ask,
      ask.creation,
      edition.flow,
      draft.loaded.schedules.get(ask.flow) ?? {},
      parent,
    )
    return isProblem(agreement) ? agreement : { edition, agreement }
  }
  const agreement = ask.agreement === null ? undefined : draft.agreement(ask.agreement)
  if (agreement === undefined || agreement.flow !== ask.flow || !maySee(ask, agreement)) {
    return problem('not_found', { what: 'agreement' })
  }
  const edition = registry.get(agreement.flow, agreement.flow_version)
  if (edition === undefined) return problem('not_found', { what: 'flow version' })
  return { edition, agreement }
}

/** The agreement that a new one is to be opened under. Who may not see it cannot tell whether it is there, its own flow says who may. */
function parentOf(draft: Draft, { creation }: Ask, { flow }: FlowVersion): Agreement | Problem | null {
  const { under } = flow
  const id = creation?.under ?? null
  if (under === null) return null
  const parent = id === null ? undefined : draft.agreement(id)
  if (parent === undefined || parent.flow !== under.flow) return problem('not_found', { what: under.as })
  if (parent.currency !== creation?.currency) return problem('currency_mismatch', { pointer: '/currency' })
  return parent
}

/** Another's agreement does not exist for a party, nor for a service that acts for one. */
function maySee(ask: Ask, agreement: Agreement): boolean {
  const { party } = ask.actor
  if (party === null) return true
  if (standing_owners.has(party)) return false
  for (const role of Object.keys(agreement.parties)) if (agreement.parties[role] === party) return true
  return false
}

function refused(refusal: Problem): Verdict {
  return { outcome: 'refused', problem: refusal }
}
