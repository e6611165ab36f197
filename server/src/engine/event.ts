/** Engine, pure: the body of an event, complete enough to tell its story without any other table. */

import { showId } from '../base/ids.ts'
import { toJson } from '../money/amount.ts'
import type { Transfer } from '../ledger/post.ts'
import type { Agreement } from './agreement.ts'
import type { Ask, EventKind } from './ask.ts'
import type { Plan } from './plan.ts'
import { instant } from './show.ts'

interface Told {
  readonly ask: Ask
  readonly kind: EventKind
  readonly role: string
  readonly before: Agreement
  readonly after: Agreement
  readonly plan: Plan
  readonly transfers: readonly Transfer[]
  readonly tells: readonly string[]
  readonly id_prefix: string
}

/** JSON text. The log keeps it to the letter: its hash is part of the chain. */
export function writeBody({ ask, kind, role, before, after, plan, transfers, tells, id_prefix }: Told): string {
  return JSON.stringify({
    agreement: showId(id_prefix, after.id),
    flow: after.flow,
    flow_version: after.flow_version,
    kind,
    transition: ask.transition,
    from: before.state,
    to: after.state,
    money: after.money,
    by: { kind: ask.actor.kind, id: ask.actor.id, role },
    reason: ask.reason ?? undefined,
    input: Object.keys(ask.input).length === 0 ? undefined : inputOf(ask),
    reference: after.version === 1 ? (after.reference ?? undefined) : undefined,
    parties: after.parties,
    currency: after.currency,
    postings: plan.posted.map(({ posting }, i) => ({
      transfer: transfers[i]?.id,
      from: `${posting.from.owner}.${posting.from.purpose}`,
      to: `${posting.to.owner}.${posting.to.purpose}`,
      amount: toJson(posting.amount),
      code: posting.debit_code,
      credit_code: posting.credit_code,
    })),
    tells,
    at: instant(ask.now_ms),
  })
}

function inputOf(ask: Ask): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(ask.input).map(([name, value]) => [name, typeof value === 'bigint' ? toJson(value) : value]),
  )
}
