/** Engine, pure: the agreement above: where it is found, and the transition there that one below takes with its own. */

import assert from 'node:assert/strict'
import { showId } from '../ids.ts'
import { problem, type Problem } from '../problem.ts'
import type { CompiledTransition } from '../flow/compile.ts'
import type { AgreementScope } from './accounts.ts'
import { amountOf, moneyOf, type Agreement, type Amounts } from './agreement.ts'
import type { Ask } from './ask.ts'
import { whyClosed } from './permissions.ts'
import type { Totals } from './postings.ts'
import type { FlowRegistry, FlowVersion } from './product.ts'
import type { Draft } from './batch-state.ts'

/** The agreement with what it was opened under, both as the drafts have them. */
export function agreementScope(
  draft: Draft,
  registry: FlowRegistry,
  { flow }: FlowVersion,
  agreement: Agreement,
): AgreementScope {
  const above = agreement.under === null ? undefined : draft.agreement(agreement.under)
  const edition = above && registry.get(above.flow, above.flow_version)
  return {
    flow,
    agreement,
    above: above && edition ? { flow: edition.flow, agreement: above, above: null } : null,
  }
}

/** Why the agreement above is not there for this transition, in its own words; null where it is, or does not matter. */
export function closedAbove(
  { kind }: Ask,
  { above }: AgreementScope,
  { drives }: CompiledTransition,
): Problem | null {
  if (above === null || kind === 'reminder' || kind === 'later') return null
  const { flow, agreement } = above
  const reasons = drives.map(({ transition: name }) => {
    const transition = flow.transitions.get(name)
    return transition === undefined ? null : whyClosed(agreement, transition, 'child')
  })
  const { state, money } = agreement
  const [reason] = reasons
  return typeof reason !== 'string' || reasons.includes(null)
    ? null
    : problem('transition_not_open', { what: flow.name, state, money, reason })
}

/** What is asked of the agreement above, which has the money already that was moved into it or out of it. */
export function drivenTransition(
  registry: FlowRegistry,
  ask: Ask,
  { flow, above }: AgreementScope,
  child: Agreement,
  { name }: CompiledTransition,
  drives: string,
  given: Amounts,
  kept_above: Totals | null,
): {
  readonly ask: Ask
  readonly edition: FlowVersion
  readonly agreement: Agreement
  readonly transition: CompiledTransition
} {
  assert(above !== null && kept_above !== null, `${name}: opened under nothing, and drives ${drives}`)
  const { agreement } = above
  const edition = registry.get(agreement.flow, agreement.flow_version)
  const transition = edition?.flow.transitions.get(drives)
  assert(edition && transition, `${name}: drives ${drives}, which is not there`)
  const input: Record<string, unknown> = {}
  for (const field of Object.keys(transition.input)) {
    const value = given[field] ?? child.amounts[field] ?? child.data[field]
    if (value !== undefined) input[field] = value
  }
  const actor = { kind: 'child', id: showId(flow.flow.id_prefix, child.id), party: null } as const
  const driven = { flow: above.flow.name, agreement: agreement.id, creation: null, transition: drives }
  return {
    ask: { ...ask, ...driven, kind: 'transition', actor, input, key: null },
    edition,
    agreement: withKept(agreement, kept_above),
    transition,
  }
}

/** Whoever moves money of the agreement above drives a transition there, so that it has an event of its own. */
export function assertParentUntouched({ above }: AgreementScope, kept_above: Totals | null): void {
  const held = above === null ? 0n : amountOf(above.agreement, 'held')
  assert(
    kept_above === null || kept_above.held === held,
    'money of the agreement above moved without its knowing',
  )
}

function withKept(agreement: Agreement, kept: Totals): Agreement {
  const amounts = { ...agreement.amounts, ...kept }
  return { ...agreement, amounts, money: moneyOf(amounts, agreement.later) }
}
