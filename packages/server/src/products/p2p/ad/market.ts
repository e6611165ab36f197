/** P2P ads: the market: one row per ad, made from the event log; what is read is the ad itself. */

import { text, uuid } from '../../../platform/postgres/binary-arrays.ts'
import type { Tx, Verbs } from '../../../platform/postgres/database.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { agreementColumns, agreementOf, type AgreementRow } from '../../../engine/agreements.ts'
import type { Projection } from '../../../event-log/projections.ts'
import type { LoggedEvent } from '../../../event-log/log.ts'
import { p2pAd } from './flow.ts'

export const projectAds: Projection = {
  name: 'p2p-ads',
  flows: [p2pAd.name],
  async project(tx, events) {
    await notePosted(
      tx,
      events.filter(({ version }) => version === 1),
    )
    await noteStates(tx, events)
  },
}

async function notePosted(tx: Tx, posted: readonly LoggedEvent[]): Promise<void> {
  if (posted.length === 0) return
  await tx.run(
    `insert into p2p_ads (agreement_id, maker, type, currency, foreign_currency, state)
     select *
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
     on conflict do nothing`,
    [
      uuid(posted, (event) => event.agreement_id),
      text(posted, ({ body }) => body.parties['maker'] ?? ''),
      text(posted, ({ body }) => String(body.input?.['type'])),
      text(posted, ({ body }) => body.currency),
      text(posted, ({ body }) => String(body.input?.['foreign_currency'])),
      text(posted, ({ body }) => body.to),
    ],
  )
}

/** The last word of each. */
async function noteStates(tx: Tx, events: readonly LoggedEvent[]): Promise<void> {
  const states = [...new Map(events.map(({ agreement_id, body }) => [agreement_id, body.to]))]
  await tx.run(
    `update p2p_ads m
     set state = n.state
     from unnest($1::uuid[], $2::text[]) as n (id, state)
     where m.agreement_id = n.id
     and m.state <> n.state`,
    [uuid(states, ([id]) => id), text(states, ([, state]) => state)],
  )
}

/** Null for all, where it may be. */
export interface Wanted {
  /** Whose hidden and paused ads are seen as well. */
  readonly self: string | null
  /** Only its own, in every state. */
  readonly mine: boolean
  readonly type: string | null
  readonly currency: string | null
  readonly foreign_currency: string | null
  /** The last one seen. */
  readonly after: string | null
  readonly limit: number
}

/** Newest first. `is_open` is `hidden_because` of the product, as SQL. */
export async function listAds(db: Verbs, wanted: Wanted): Promise<Agreement[]> {
  const { self, mine, type, currency, foreign_currency, after, limit } = wanted
  const which = mine
    ? 'm.maker = $1'
    : `m.state = 'active' and a.state = 'active' and (m.maker = $1 or ${is_open})`
  const rows = await db.any<AgreementRow>(
    `select ${columns}
     from p2p_ads m
     join agreements a on a.id = m.agreement_id
     where ${which}
     and ($2::text is null or m.type = $2)
     and ($3::text is null or m.currency = $3)
     and ($4::text is null or m.foreign_currency = $4)
     and ($5::uuid is null or m.agreement_id < $5)
     order by m.agreement_id desc
     limit $6`,
    [self, type, currency, foreign_currency, after, limit],
  )
  return rows.map(agreementOf)
}

const amount = (name: string) => `(a.amounts ->> '${name}')::bigint`
const is_open = `(${amount('remaining')} >= ${amount('min')}
       and (${amount('remaining')} <= ${amount('max')} or ${amount('remaining')} >= 2 * ${amount('min')}))`

const columns = agreementColumns('a')
