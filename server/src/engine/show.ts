/** Engine, pure: an agreement as the API answers it, in the words of the glossary and of its product. */

import { showId } from '../base/ids.ts'
import { toJson } from '../money/amount.ts'
import type { Agreement } from './agreement.ts'
import type { Edition } from './product.ts'

export function show(agreement: Agreement, { flow, product }: Edition): Record<string, unknown> {
  const { held = 0n, released = 0n, refunded = 0n } = agreement.amounts
  return {
    id: showId(flow.flow.id_prefix, agreement.id),
    flow: agreement.flow,
    flow_version: agreement.flow_version,
    state: agreement.state,
    money: agreement.money,
    currency: agreement.currency,
    ...agreement.parties,
    ...amountsOf(agreement, flow.fixed),
    held: toJson(held),
    released: toJson(released),
    refunded: toJson(refunded),
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

function amountsOf({ amounts }: Agreement, names: readonly string[]): Record<string, number> {
  const shown: Record<string, number> = {}
  for (const name of names) shown[name] = toJson(amounts[name] ?? 0n)
  return shown
}

const seconds = new Map<number, string>()
const seconds_max = 10_000

/** RFC 3339 in UTC. Asks come at many instants of few seconds, so what is the same in a second is remembered. */
export function instant(ms: number): string {
  const second = Math.floor(ms / 1_000)
  const rest = String(ms - second * 1_000).padStart(3, '0')
  let text = seconds.get(second)
  if (text === undefined) {
    if (seconds.size >= seconds_max) seconds.clear()
    text = new Date(ms).toISOString().slice(0, -4)
    seconds.set(second, text)
  }
  return `${text}${rest}Z`
}
