/** Events: e-mail as it waits, was sent, or failed: taken by the mailer, listed for operators, gone after a time. */

import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx, Verbs } from '../../platform/postgres/database.ts'
import { firstIdAt } from '@holdfast/kernel/ids.ts'
import { problem, type Problem } from '@holdfast/kernel/problem.ts'

export const emails_kept_days = 90
const forgotten_page = 10_000

export const email_states = ['queued', 'sent', 'failed'] as const
export type EmailState = (typeof email_states)[number]

export interface Email {
  readonly id: string
  /** A party, or the staff as `recipientOf` names it. */
  readonly recipient: string
  readonly address: string
  /** Null for what is no event. */
  readonly agreement_id: string | null
  readonly flow: string | null
  readonly subject: string
  readonly text: string
  readonly at: Date
  readonly state: EmailState
  readonly attempts: number
  readonly next_at: Date | null
  readonly sent_at: Date | null
  readonly accepted_as: string | null
  readonly error: string | null
}

const columns =
  'id, recipient, address, agreement_id, flow, subject, text, at, state, attempts, next_at, sent_at, accepted_as, error'

/** Newest first; `before` is the id of the last one seen. */
export function listEmails(
  db: Database,
  state: EmailState | null,
  before: string | null,
  limit: number,
): Promise<Email[]> {
  return db.any<Email>(
    `select ${columns}
     from emails
     where ($1::text is null or state = $1)
     and ($2::uuid is null or id < $2)
     order by id desc
     limit $3`,
    [state, before, limit],
  )
}

/** Of every state in which it was not sent, also where there is none. */
export async function countUnsent(db: Database): Promise<readonly (readonly [EmailState, number])[]> {
  const states: readonly EmailState[] = ['queued', 'failed']
  const rows = await db.any<{ state: EmailState; n: bigint }>(
    `select state, count(*) as n
     from emails
     where state = any($1::text[])
     group by state`,
    [states],
  )
  return states.map((state) => [state, Number(rows.find((row) => row.state === state)?.n ?? 0n)])
}

/** Nobody else takes them until then. Each counts as an attempt already: who dies of one does not try it for ever. */
export function takeEmails(db: Verbs, now_ms: number, until_ms: number, limit: number): Promise<Email[]> {
  return db.any<Email>(
    `update emails
     set attempts = attempts + 1, taken_until = $2
     where id = any(array(
       select id
       from emails
       where next_at <= $1
       and (taken_until is null or taken_until <= $1)
       order by next_at, id
       limit $3
       for update skip locked
     ))
     returning ${columns}`,
    [new Date(now_ms), new Date(until_ms), limit],
  )
}

export async function markSent(db: Verbs, { id }: Email, now_ms: number, accepted_as: string): Promise<void> {
  await db.run(
    `update emails
     set state = 'sent', sent_at = $2, accepted_as = $3, error = null, next_at = null, taken_until = null
     where id = $1`,
    [id, new Date(now_ms), accepted_as],
  )
}

/** With when it is tried next; null for never. Not where another has taken it since. */
export async function markUnsent(
  db: Verbs,
  { id, attempts }: Email,
  error: string,
  next_ms: number | null,
): Promise<void> {
  await db.run(
    `update emails
     set state = $3, error = $4, next_at = $5, taken_until = null
     where id = $1 and attempts = $2 and state = 'queued'`,
    [
      id,
      attempts,
      next_ms === null ? 'failed' : 'queued',
      error,
      next_ms === null ? null : new Date(next_ms),
    ],
  )
}

/** From its first attempt, to the address that the person has now. Not what was sent, or is being sent. */
export async function retryEmail(tx: Tx, id: string, now_ms: number): Promise<Email | Problem> {
  const now = new Date(now_ms)
  const email = await tx.maybeOne<{ state: EmailState; taken: boolean }>(
    `select state, coalesce(taken_until > $2, false) as taken
     from emails
     where id = $1
     for update`,
    [id, now],
  )
  if (email === undefined || email.state === 'sent')
    return problem('not_found', { what: 'e-mail that was not sent' })
  if (email.taken) return problem('request_in_progress', { reason: 'it is being sent' })
  return tx.one<Email>(
    `update emails
     set state = 'queued', attempts = 0, next_at = $2, taken_until = null,
       address = coalesce(
         (select email from contacts where party = recipient and agreement_id is not null), address
       )
     where id = $1
     returning ${columns}`,
    [id, now],
  )
}

/** Older ones go, with the addresses in them, a page at a time. */
export async function forgetEmails({
  db,
  clock,
}: {
  readonly db: Database
  readonly clock: Clock
}): Promise<void> {
  const before = firstIdAt(clock.now() - emails_kept_days * 86_400_000)
  let gone = forgotten_page
  while (gone === forgotten_page) {
    gone = await db.run(
      `delete from emails
       where id in (select id from emails where id < $1 order by id limit $2)`,
      [before, forgotten_page],
    )
  }
}
