/** Events, pure: the words of an e-mail: what was said, what it is about, the money of whom it is told. Plain text. */

import { localTime } from '../../platform/local-time.ts'
import { display, fromJson } from '@holdfast/kernel/money/amount.ts'
import type { EventBody } from '../../event-log/log.ts'

export const subject_length_max = 80

export interface EmailText {
  readonly subject: string
  readonly text: string
}

/** `person` is the party that it goes to; staff is no party, and no money is its own. */
export function emailText(
  says: string,
  { agreement, currency, postings, at }: EventBody,
  person: string,
  time_zone: string,
): EmailText {
  const sums = new Map<string, bigint>()
  for (const { from, to, amount } of postings) {
    const label = labelOf(placeOf(from), placeOf(to), person)
    if (label !== null) sums.set(label, (sums.get(label) ?? 0n) + fromJson(amount))
  }
  const lines = [
    ...[...sums].map(([label, amount]) => `${label}: ${display(amount, currency)}`),
    `About: ${agreement}`,
    `When: ${localTime(Date.parse(at), time_zone)}`,
  ]
  return { subject: shortened(says), text: `${sentence(says)}\n\n${lines.join('\n')}\n` }
}

/** For the address that a person had. */
export function movedText(at_ms: number, time_zone: string): EmailText {
  const subject = 'This address is told no more'
  const says = 'Another address was set for you, or none; if it was not you, tell us at once.'
  return { subject, text: `${says}\n\nWhen: ${localTime(at_ms, time_zone)}\n` }
}

interface Place {
  readonly owner: string
  readonly purpose: string
}

/** `usr.7.held`: ids of people may have points, purposes have none. */
function placeOf(account: string): Place {
  const point = account.lastIndexOf('.')
  return { owner: account.slice(0, point), purpose: account.slice(point + 1) }
}

/** What a posting is to a person; null where it is not theirs. What is owed is not money that somebody had. */
function labelOf(from: Place, to: Place, person: string): string | null {
  const [gives, gets] = [from.owner === person, to.owner === person]
  if (from.purpose === 'due' || to.purpose === 'due') return owedLabelOf(gives, gets, to.purpose === 'due')
  if (gives && gets) return to.purpose === 'available' ? 'Back in your wallet' : 'Set aside in your wallet'
  if (gets) return 'To you'
  return gives ? 'From you' : null
}

/** From a debt to what is due it is lent, the other way it is paid back. */
function owedLabelOf(gives: boolean, gets: boolean, is_lent: boolean): string | null {
  if (!gives && !gets) return null
  const owed = gives === is_lent ? 'Owed by you' : 'Owed to you'
  return is_lent ? owed : `${owed} no more`
}

function sentence(says: string): string {
  return /[.!?]$/.test(says) ? says : `${says}.`
}

/** At a word, so that a phone shows all of it. */
function shortened(says: string): string {
  if (says.length <= subject_length_max) return says
  const cut = says.slice(0, subject_length_max - 1)
  return `${cut.replace(/[\s,;:.]*\s\S*$/, '')}…`
}
