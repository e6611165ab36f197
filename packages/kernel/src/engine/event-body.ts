/** Engine, pure: the body of an event, complete enough to tell its story without any other table. */

import { showId } from '../ids.ts'
import { toJson } from '../money/amount.ts'
import type { Transfer } from '../ledger/post.ts'
import type { Agreement } from './agreement.ts'
import { endedConsents } from './consents.ts'
import type { Ask, EventKind } from './ask.ts'
import type { Posted } from './postings.ts'
import { instant } from '../instant.ts'
import type { CompiledTransition, Recipient } from '../flow/compile.ts'

interface Happened {
  readonly ask: Ask
  readonly kind: EventKind
  readonly role: string
  readonly before: Agreement
  readonly after: Agreement
  readonly posted: readonly Posted[]
  readonly transfers: readonly Transfer[]
  readonly tells: Recipient
  readonly id_prefix: string
  /** What only this kind of event tells. */
  readonly also?: Readonly<Record<string, unknown>>
}

/** JSON text. The log keeps it to the letter: its hash is part of the chain. */
export function eventBody({
  ask,
  kind,
  role,
  before,
  after,
  posted,
  transfers,
  tells,
  id_prefix,
  also,
}: Happened): string {
  const ended = endedConsents(before, after, ask.transition)
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
    input: inputOf(ask),
    reference: after.version === 1 ? (after.reference ?? undefined) : undefined,
    parties: after.parties,
    currency: after.currency,
    postings: posted.map(({ posting }, i) => ({
      transfer: transfers[i]?.id,
      from: `${posting.from.owner}.${posting.from.purpose}`,
      to: `${posting.to.owner}.${posting.to.purpose}`,
      amount: toJson(posting.amount),
      code: posting.debit_code,
      credit_code: posting.credit_code,
    })),
    consents_ended: ended.length === 0 ? undefined : ended,
    ...also,
    tells: tells.roles,
    words: Object.keys(tells.words).length === 0 ? undefined : tells.words,
    at: instant(ask.now_ms),
  })
}

const nobody: Recipient = { roles: [], words: {} }

/** Who is told of it, and in which words. */
export function recipientsOf(
  { clock, by, tells, later_tells }: CompiledTransition,
  kind: EventKind,
  role: string,
  state: string,
): Recipient {
  if (kind === 'reminder') return clock?.remind?.tells ?? nobody
  if (kind === 'later') return later_tells
  return kind === 'mark' || kind === 'revoked'
    ? { roles: by.filter((party) => party !== role || party === 'operator'), words: {} }
    : toldIn(tells, state)
}

/** Some are told only where the transition leads to one state. */
function toldIn(told: Recipient, state: string): Recipient {
  const { roles, words, only_in } = told
  if (only_in === undefined) return told
  return { roles: roles.filter((role) => (only_in[role] ?? state) === state), words }
}

function inputOf({ input }: Ask): Record<string, unknown> | undefined {
  let shown: Record<string, unknown> | undefined
  for (const name of Object.keys(input)) {
    const value = input[name]
    shown ??= {}
    shown[name] = typeof value === 'bigint' ? toJson(value) : value
  }
  return shown
}
