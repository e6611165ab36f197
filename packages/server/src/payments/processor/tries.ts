/** Payments, the desk: which try of a payment an event makes wanted, counted so that it is the same whenever it is counted. */

import { int, uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Tx } from '../../platform/postgres/database.ts'
import type { LoggedEvent } from '../../event-log/log.ts'
import { nextTry } from './new-payment.ts'
import type { ProviderPayment } from './provider-payment.ts'
import type { ProviderBinding } from './binding.ts'

/** For each event of this use, by its number in the log: how often its agreement had wanted a payment by then. */
export async function countTries(
  tx: Tx,
  { on }: ProviderBinding,
  events: readonly LoggedEvent[],
): Promise<ReadonlyMap<bigint, number>> {
  const rows = await tx.any<{ seq: bigint; tries: number }>(
    `select w.seq, (
       select count(*)::int
       from events e
       where e.agreement_id = w.agreement_id
       and e.version <= w.version
       and e.kind = 'transition'
       and e.transition = any($1)
     ) as tries
     from events w
     join unnest($2::uuid[], $3::int[]) as n (agreement_id, version) using (agreement_id, version)`,
    [on.transitions, uuid(events, ({ agreement_id }) => agreement_id), int(events, ({ version }) => version)],
  )
  return new Map(rows.map(({ seq, tries }) => [seq, tries]))
}

/**
 * Without those that are there: a follower that reads the log once more wants nothing a second time, also where the
 * tokens of before were given by chance.
 */
export async function withoutKnown(tx: Tx, rows: readonly ProviderPayment[]): Promise<ProviderPayment[]> {
  if (rows.length === 0) return []
  const known = await tx.any<{ agreement_id: string; flow: string; kind: string; made: number }>(
    `select agreement_id, flow, kind, count(*)::int as made
     from provider_payments
     where agreement_id = any($1::uuid[])
     and flow is not null
     group by agreement_id, flow, kind`,
    [rows.map(({ agreement }) => agreement)],
  )
  const made = new Map(known.map((row) => [`${row.agreement_id} ${row.flow} ${row.kind}`, row.made]))
  return rows.filter(
    ({ agreement, flow, kind, try: nth }) => (made.get(`${agreement} ${flow} ${kind}`) ?? 0) < (nth ?? 1),
  )
}

const tries_max = 100

/** What two agreements want of the same thing is two payments: the second is the next try. */
export async function withOwnTokens(tx: Tx, rows: readonly ProviderPayment[]): Promise<ProviderPayment[]> {
  let own = [...rows]
  if (own.length === 0) return own
  for (let round = 0; round < tries_max; round += 1) {
    // oxlint-disable-next-line no-await-in-loop -- nearly always once
    const there = await tx.any<{ token: string; agreement_id: string | null }>(
      'select token, agreement_id from provider_payments where token = any($1::uuid[])',
      [own.map(({ token }) => token)],
    )
    const taken = new Map(there.map(({ token, agreement_id }) => [token, agreement_id]))
    let again = false
    own = own.map((row) => {
      const holder = taken.get(row.token)
      if (!taken.has(row.token)) taken.set(row.token, row.agreement)
      if (holder === undefined || holder === row.agreement) return row
      again = true
      return nextTry(row)
    })
    if (!again) return own
  }
  throw new Error(`more than ${tries_max} payments of the same`)
}
