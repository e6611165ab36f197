/** Engine, pure: the agreement above: where it is found, and the transition there that one below takes with its own. */

import assert from 'node:assert/strict'
import { showId } from '../ids.ts'
import type { CompiledTransition } from '../flow/compile.ts'
import type { AgreementScope } from './accounts.ts'
import { amountOf, moneyOf, type Agreement, type Amounts } from './agreement.ts'
import type { Ask } from './ask.ts'
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

/** What is asked of the agreement above, which has the money already that was moved into it or out of it. */
export function drivenTransition(
  registry: FlowRegistry,
  ask: Ask,
  { flow, above }: AgreementScope,
  child: Agreement,
  { drives, name }: CompiledTransition,
  given: Amounts,
  kept_above: Totals | null,
): {
  readonly ask: Ask
  readonly edition: FlowVersion
  readonly agreement: Agreement
  readonly transition: CompiledTransition
} {
  assert(
    drives !== null && above !== null && kept_above !== null,
    `${name}: opened under nothing, and drives ${drives}`,
  )
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
