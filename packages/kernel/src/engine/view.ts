/** Engine, pure: an agreement as the API answers it, in the words of the glossary and of its product. */

import { showId } from '../ids.ts'
import { instant } from '../instant.ts'
import { toJson } from '../money/amount.ts'
import type { Agreement } from './agreement.ts'
import { consentsOf } from './consents.ts'
import type { FlowVersion } from './product.ts'

/** `for_staff`: with what is the staff's to see alone. */
export function agreementView(
  agreement: Agreement,
  { flow, product }: FlowVersion,
  for_staff = false,
): Record<string, unknown> {
  const { amounts, data } = agreement
  const { held = 0n, released = 0n, refunded = 0n } = amounts
  const shown: Record<string, unknown> = {
    id: showId(flow.flow.id_prefix, agreement.id),
    flow: agreement.flow,
    flow_version: agreement.flow_version,
    state: agreement.state,
    money: agreement.money,
    currency: agreement.currency,
  }
  Object.assign(shown, agreement.parties)
  for (const name of flow.kept) shown[name] = toJson(amounts[name] ?? 0n)
  shown['held'] = toJson(held)
  shown['released'] = toJson(released)
  shown['refunded'] = toJson(refunded)
  Object.assign(shown, data, product.view?.(agreement))
  // Shown as the consents that they are.
  delete shown['proposals']
  const consents = consentsOf(flow, agreement, for_staff)
  shown['waiting_for'] = [...new Set(consents.flatMap(({ waits_for }) => waits_for))]
  shown['consents'] = consents
  shown['reference'] = agreement.reference
  shown['terms'] = agreement.terms
  shown['timers'] = agreement.timers.map(({ transition, kind, at_ms, first_due_ms }) => ({
    transition,
    kind,
    // When it is due, not when it is tried again.
    at: instant(first_due_ms ?? at_ms),
  }))
  shown['version'] = agreement.version
  shown['created_at'] = instant(agreement.created_ms)
  shown['state_since'] = instant(agreement.entered_ms)
  shown['ended_at'] = agreement.ended_ms === null ? null : instant(agreement.ended_ms)
  return shown
}
