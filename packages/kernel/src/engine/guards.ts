/** Engine, pure: the guards that a transition names, and what they may look at. */

import assert from 'node:assert/strict'
import type { Problem } from '../problem.ts'
import type { CompiledTransition } from '../flow/compile.ts'
import type { AccountDraft } from './account-draft.ts'
import { accountsLookedAt, type AgreementScope } from './accounts.ts'
import type { Agreement } from './agreement.ts'
import type { Ask } from './ask.ts'
import type { FlowVersion, GuardFacts } from './product.ts'

/** Null where every guard that the transition names lets it pass. */
export function checkGuards(
  child: Agreement | null,
  { input, now_ms, actor }: Ask,
  { flow, product }: FlowVersion,
  { agreement, above }: AgreementScope,
  transition: CompiledTransition,
  role: string,
  accounts: AccountDraft,
): Problem | null {
  if (transition.needs.length === 0) return null
  const seen = new Map(
    [...transition.moves.flatMap(({ from, to }) => [from, to]), ...accountsLookedAt(transition)].map(
      (ref) => [`${ref.party}.${ref.purpose}`, ref],
    ),
  )
  const facts: GuardFacts = {
    agreement,
    parent: above?.agreement ?? null,
    child,
    role,
    by: actor.id,
    input,
    now_ms,
    balance: (name) => {
      const ref = seen.get(name)
      assert(ref, `${flow.name}: ${transition.name} does not look at ${name}`)
      return accounts.balanceOf(ref)
    },
  }
  for (const name of transition.needs) {
    const guard = product.guards?.[name]
    assert(guard, `${flow.name}: no guard is called ${name}`)
    const refusal = guard(facts)
    if (refusal !== null) return refusal
  }
  return null
}
