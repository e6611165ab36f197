/** Withdrawal: one row per withdrawal, made from the event log, and from these since when a wallet knows a destination. */

import { text, time, uuid } from '../../platform/postgres/binary-arrays.ts'
import type { Tx, Verbs } from '../../platform/postgres/database.ts'
import { idOf } from '@holdfast/kernel/ids.ts'
import type { Projection } from '../../event-log/projections.ts'
import type { LoggedEvent } from '../../event-log/log.ts'
import { accountIdentity, type Details } from '../accounts/account-details.ts'
import { withdrawal } from './flow.ts'

/** Where the money of a withdrawal arrives. */
export interface Destination {
  readonly method: string
  readonly currency: string
  readonly account_details: Details
}

/** From the oldest withdrawal of this wallet to it that was not rejected or taken back; null where there is none. */
export async function destinationSince(
  db: Verbs,
  party: string,
  destination: Destination,
): Promise<number | null> {
  const { since } = await db.one<{ since: Date | null }>(
    `select min(requested_at) as since
     from withdrawals
     where party = $1
     and destination = $2
     and state not in ('rejected', 'cancelled')`,
    [party, destinationId(destination)],
  )
  return since?.getTime() ?? null
}

export const projectWithdrawals: Projection = {
  name: 'withdrawals',
  flows: [withdrawal.name],
  async project(tx, events) {
    await noteRequests(
      tx,
      events.filter(({ version }) => version === 1),
    )
    await noteStates(tx, events)
  },
}

async function noteRequests(tx: Tx, requests: readonly LoggedEvent[]): Promise<void> {
  if (requests.length === 0) return
  await tx.run(
    `insert into withdrawals (agreement_id, party, destination, currency, state, requested_at)
     select *
     from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
     on conflict do nothing`,
    [
      uuid(requests, (request) => request.agreement_id),
      text(requests, ({ body }) => body.parties['holder'] ?? ''),
      uuid(requests, ({ body }) =>
        destinationId({ ...(body.input as unknown as Destination), currency: body.currency }),
      ),
      text(requests, ({ body }) => body.currency),
      text(requests, ({ body }) => body.to),
      time(requests, ({ body }) => Date.parse(body.at)),
    ],
  )
}

/** The last word of each. */
async function noteStates(tx: Tx, events: readonly LoggedEvent[]): Promise<void> {
  const states = [...new Map(events.map(({ agreement_id, body }) => [agreement_id, body.to]))]
  await tx.run(
    `update withdrawals w
     set state = n.state
     from unnest($1::uuid[], $2::text[]) as n (id, state)
     where w.agreement_id = n.id
     and w.state <> n.state`,
    [uuid(states, ([id]) => id), text(states, ([, state]) => state)],
  )
}

/** The same for all spellings of one account. */
function destinationId({ method, currency, account_details }: Destination): string {
  return idOf('destination', ...accountIdentity(method, currency, account_details))
}
