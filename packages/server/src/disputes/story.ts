/** Events, pure: what an event means for a dispute: it is raised, or it ends. The flow says which state is a dispute. */

import type { DisputeWords } from '@holdfast/kernel/flow/define.ts'
import { eventId } from '../event-log/event-id.ts'
import type { EventBody, LoggedEvent } from '../event-log/log.ts'

/** `closed` where a transition that is no decision led out of it and moved nothing. */
export type DisputeState = 'open' | 'withdrawn' | 'released' | 'refunded' | 'split' | 'settled' | 'closed'

export interface Raised {
  readonly id: string
  readonly seq: bigint
  readonly agreement_id: string
  readonly flow: string
  readonly raised_role: string
  readonly raised_by: string
  readonly raised_ms: number
  readonly reason_code: string | null
  readonly text: string | null
  /** Who may see it and be heard: role → person. */
  readonly sides: Readonly<Record<string, string>>
}

export interface Ended {
  readonly seq: bigint
  readonly agreement_id: string
  readonly state: DisputeState
  readonly outcome: string
  readonly decided_role: string
  readonly decided_by: string
  readonly decided_ms: number
  readonly notes: string | null
  readonly distribution: Readonly<Record<string, unknown>> | null
}

export function raisedIn(event: LoggedEvent, dispute: DisputeWords): Raised | null {
  const { seq, agreement_id, body } = event
  if (body.to !== dispute.state || body.from === dispute.state) return null
  const { by, input = {}, parties } = body
  return {
    id: eventId(event, 'dispute'),
    seq,
    agreement_id,
    flow: body.flow,
    raised_role: by.role,
    raised_by: parties[by.role] ?? by.id,
    raised_ms: Date.parse(body.at),
    reason_code: wordIn(input, /reason$/),
    text: wordIn(input, /(text|description)$/) ?? body.reason ?? null,
    sides: sidesOf(body, dispute),
  }
}

export function endedIn({ seq, agreement_id, body }: LoggedEvent, dispute: DisputeWords): Ended | null {
  if (body.from !== dispute.state || body.to === dispute.state) return null
  const { by, parties, transition } = body
  return {
    seq,
    agreement_id,
    state: stateAfter(body, dispute),
    outcome: transition,
    decided_role: by.role,
    decided_by: parties[by.role] ?? by.id,
    decided_ms: Date.parse(body.at),
    notes: body.reason ?? null,
    distribution:
      transition === dispute.split || transition === dispute.settle
        ? distributionIn(body.input ?? {}, dispute)
        : null,
  }
}

/** Side → amount, from an input in the flow's words. */
export function distributionIn(
  input: Readonly<Record<string, unknown>>,
  { parts }: DisputeWords,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).map(([party, amount]) => [party, input[amount ?? '']]))
}

/** A party that has no part in a distribution, an agent say, is no side, unless it raised the dispute. */
function sidesOf({ parties, by }: EventBody, { parts }: DisputeWords): Record<string, string> {
  const names = Object.keys(parts)
  return Object.fromEntries(
    Object.entries(parties).filter(
      ([role]) => names.length === 0 || names.includes(role) || role === by.role,
    ),
  )
}

function stateAfter({ transition, money }: EventBody, dispute: DisputeWords): DisputeState {
  switch (transition) {
    case dispute.withdraw:
      return 'withdrawn'
    case dispute.release:
      return 'released'
    case dispute.refund:
      return 'refunded'
    case dispute.split:
      return 'split'
    case dispute.settle:
      return 'settled'
  }
  // The clock's, or another way out: then the money says how it ended.
  if (money === 'releasing') return 'released'
  return money === 'released' || money === 'refunded' || money === 'split' ? money : 'closed'
}

function wordIn(input: Readonly<Record<string, unknown>>, name: RegExp): string | null {
  const found = Object.entries(input).find(([key, value]) => name.test(key) && typeof value === 'string')
  return found === undefined ? null : String(found[1])
}
