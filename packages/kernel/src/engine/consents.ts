/** Engine, pure: consents as they are shown: what waits until others say the same, who has said so, and whom it waits for. */

import { instant } from '../instant.ts'
import type { CompiledFlow, CompiledTransition } from '../flow/compile.ts'
import { proposalsOf, type Agreement } from './agreement.ts'
import { waitingFor } from './marks.ts'

export interface Consent {
  readonly transition: string
  readonly says: string
  /** `id`: the person, or the name of an operator's key. `at`: RFC 3339. */
  readonly given_by: readonly { readonly role: string; readonly id: string; readonly at: string }[]
  readonly waits_for: readonly string[]
  /** What others must ask for too: the amounts of an offer. Null where there is nothing but yes. */
  readonly input: Readonly<Record<string, unknown>> | null
  readonly reason: string | null
}

/** `for_staff`: what one operator has asked for and a second one has not is shown to the staff alone. */
export function consentsOf(
  { transitions }: CompiledFlow,
  agreement: Agreement,
  for_staff: boolean,
): Consent[] {
  const consents: Consent[] = []
  for (const name of namesOf(agreement)) {
    const transition = transitions.get(name)
    if (transition === undefined || (!transition.by_all && !for_staff)) continue
    consents.push(transition.by_all ? byParties(agreement, transition) : byOperator(agreement, transition))
  }
  return consents
}

/** Consents that no longer stand after a transition; its own is spent by it, or taken back. */
export function endedConsents(before: Agreement, after: Agreement, name: string): string[] {
  const standing = namesOf(before)
  if (standing.length === 0) return standing
  const left = new Set([...namesOf(after), name])
  return standing.filter((one) => !left.has(one))
}

function byParties(agreement: Agreement, transition: CompiledTransition): Consent {
  const { name, says } = transition
  const { marks, parties } = agreement
  const offer = proposalsOf(agreement)[name]
  const given = Object.entries(marks[name] ?? {})
  return {
    transition: name,
    says,
    given_by: given.map(([role, at_ms]) => ({ role, id: parties[role] ?? role, at: instant(at_ms) })),
    waits_for: waitingFor(agreement, marks, transition),
    input: offer?.input ?? null,
    reason: offer?.reason ?? null,
  }
}

function byOperator(agreement: Agreement, { name, says }: CompiledTransition): Consent {
  const { by = '', at = '', input = {}, reason = null, role = '' } = proposalsOf(agreement)[name] ?? {}
  const has_input = Object.keys(input).length > 0
  return {
    transition: name,
    says,
    given_by: [{ role, id: by, at }],
    waits_for: [role],
    input: has_input ? input : null,
    reason,
  }
}

/** Marks of parties, and what operators have proposed. */
function namesOf({ marks, data }: Agreement): string[] {
  const names = Object.keys(marks)
  const { proposals } = data
  return proposals === undefined ? names : [...new Set([...names, ...Object.keys(proposals as object)])]
}
