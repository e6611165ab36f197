/** Engine, pure: an agreement as the API answers it, in the words of the glossary and of its product. */

import { showId } from '../base/ids.ts'
import { toJson } from '../money/amount.ts'
import { kept_amounts, type Agreement } from './agreement.ts'
import type { Edition } from './product.ts'

export function show(agreement: Agreement, { flow, product }: Edition): Record<string, unknown> {
  const fixed = flow.amounts.filter((name) => flow.flow.amounts[name] === 'fixed')
  return {
    id: showId(flow.flow.id_prefix, agreement.id),
    flow: agreement.flow,
    flow_version: agreement.flow_version,
    state: agreement.state,
    money: agreement.money,
    currency: agreement.currency,
    ...agreement.parties,
    ...amounts(agreement, fixed),
    ...amounts(agreement, kept_amounts.slice(0, 3)),
    ...agreement.data,
    ...product.view?.(agreement),
    reference: agreement.reference,
    terms: agreement.terms,
    timers: agreement.timers.map(({ transition, kind, at_ms }) => ({ transition, kind, at: instant(at_ms) })),
    version: agreement.version,
    created_at: instant(agreement.created_ms),
    state_since: instant(agreement.entered_ms),
    ended_at: agreement.ended_ms === null ? null : instant(agreement.ended_ms),
  }
}

function amounts(agreement: Agreement, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, toJson(agreement.amounts[name] ?? 0n)]))
}

const instants = new Map<number, string>()
const instants_max = 2_000

/** RFC 3339 in UTC. The asks of a batch share their instants, so the last ones are remembered. */
export function instant(ms: number): string {
  const known = instants.get(ms)
  if (known !== undefined) return known
  if (instants.size >= instants_max) instants.clear()
  const text = new Date(ms).toISOString()
  instants.set(ms, text)
  return text
}
