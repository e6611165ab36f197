/** HTTP: what the caller may do in a dispute now, and why the rest is closed. Answers and refusals say the same. */

import { instant } from '@holdfast/kernel/instant.ts'
import { transitionsOf } from '@holdfast/kernel/engine/permissions.ts'
import { standingOf, type Found } from './find.ts'

export interface Action {
  readonly name: string
  readonly open: boolean
  readonly closed_because: string | null
}

export function actionsOf(found: Found, now_ms: number): Action[] {
  const { agreement, edition, words, role } = found
  const transitions = transitionsOf(edition.flow, agreement, role)
  const closedIn = (transition: string) => {
    const known = transitions.find(({ name }) => name === transition)
    return known === undefined || known.open ? null : (known.closed_because ?? 'not open')
  }
  const over = whyOver(found)
  const may = (name: string, transition: string, why: string | null = null): Action => {
    const closed_because = over ?? why ?? closedIn(transition)
    return { name, open: closed_because === null, closed_because }
  }
  const evidence = whyNoEvidence(found, now_ms)
  const not_own = over ?? whyNotOwn(found)
  return [
    { name: 'evidence', open: evidence === null, closed_because: evidence },
    may('offer', words.settle),
    may('accept', words.settle, whyNotAccepted(found)),
    { name: 'withdraw_offer', open: not_own === null, closed_because: not_own },
    may('withdraw', words.withdraw),
    may('release', words.release),
    may('refund', words.refund),
    may('split', words.split),
  ]
}

export function whyOver({ dispute }: Found): string | null {
  return dispute.state === 'open' ? null : `the dispute is ${dispute.state}`
}

export function whyNoEvidence(found: Found, now_ms: number): string | null {
  const { dispute, role } = found
  if (role === 'service') return 'only the sides and operators give evidence'
  const due_ms = dispute.evidence_due_at.getTime()
  return whyOver(found) ?? (now_ms > due_ms ? `evidence was due by ${instant(due_ms)}` : null)
}

function whyNotOwn(found: Found): string | null {
  const offer = standingOf(found, found.words.settle)
  if (offer === null) return 'there is no offer'
  return offer.role === found.role ? null : 'this offer is not your own'
}

function whyNotAccepted(found: Found): string | null {
  const offer = standingOf(found, found.words.settle)
  if (offer === null) return 'there is no offer'
  return offer.role === found.role ? 'this offer is your own' : null
}
