/** Engine, pure: what an ask needs to be loaded before it can be decided. */

import { isProblem } from '../problem.ts'
import type { CompiledTransition } from '../flow/compile.ts'
import type { Account } from '../ledger/account.ts'
import { accountsOf, debtorsIn, type Debts, type AgreementScope } from './accounts.ts'
import type { Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'
import { newAgreement } from './create.ts'
import type { FlowRegistry } from './product.ts'
import { referenceGiven, scopeGiven } from './references.ts'

/** An ask with what it would be taken in. */
export interface ReadSet {
  readonly ask: Ask
  readonly place: AgreementScope
  readonly transition: CompiledTransition
}

export function readSetOf(
  ask: Ask,
  agreements: ReadonlyMap<string, Agreement>,
  registry: FlowRegistry,
): ReadSet | null {
  const agreement = agreementFor(ask, agreements, registry)
  const flow = agreement && registry.get(agreement.flow, agreement.flow_version)?.flow
  const transition = flow?.transitions.get(ask.transition)
  if (!flow || !agreement || !transition) return null
  const above = agreement.under === null ? undefined : agreements.get(agreement.under)
  const flow_above = above && registry.get(above.flow, above.flow_version)?.flow
  if (flow.under !== null && flow_above?.name !== flow.under.flow) return null
  const place_above = above && flow_above ? { flow: flow_above, agreement: above, above: null } : null
  return { ask, place: { flow, agreement, above: place_above }, transition }
}

export function debtsRead(
  needing: readonly ReadSet[],
): { readonly owner: string; readonly currency: string }[] {
  return needing.flatMap(({ place: { agreement }, transition }) =>
    debtorsIn(transition).map((party) => ({
      owner: agreement.parties[party] ?? '',
      currency: agreement.currency,
    })),
  )
}

/** A business reference, and within what it is used once. */
export interface Named {
  readonly flow: string
  readonly reference: string
  readonly scope: string | null
}

/** Of a creation, or one that comes with a transition. */
export function referenceIn({ ask, place: { flow, agreement }, transition }: ReadSet): Named[] {
  if (ask.creation !== null)
    return agreement.reference === null
      ? []
      : [{ flow: flow.name, reference: agreement.reference, scope: agreement.reference_scope }]
  const reference = referenceGiven(transition, ask)
  return reference === null ? [] : [{ flow: flow.name, reference, scope: scopeGiven(flow, agreement, ask) }]
}

/** The accounts that the asks may touch, by id. */
export function accountsRead(needing: readonly ReadSet[], debts: Debts): Map<string, Account> {
  const needed = new Map<string, Account>()
  for (const { ask, place, transition } of needing)
    for (const account of accountsOf(place, transition, ask.kind, debts)) needed.set(account.id, account)
  return needed
}

function agreementFor(
  ask: Ask,
  agreements: ReadonlyMap<string, Agreement>,
  registry: FlowRegistry,
): Agreement | null {
  if (ask.creation === null) return (ask.agreement === null ? null : agreements.get(ask.agreement)) ?? null
  const edition = registry.current.get(ask.flow)
  const agreement = edition && newAgreement(ask, ask.creation, edition.flow, {})
  return !agreement || isProblem(agreement) ? null : agreement
}
