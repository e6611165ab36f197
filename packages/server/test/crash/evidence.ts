/** Crash drill: what is left when the dust has settled: the record, and the database's own rows. */

import { showId } from '@holdfast/kernel/ids.ts'
import type { Database } from '../../src/platform/postgres/database.ts'
import { checkIntegrity, type Integrity } from '../../src/ledger/integrity.ts'
import type { Entry, Acknowledged } from './record.ts'

export interface EventRow {
  readonly seq: bigint
  readonly agreement: string
  readonly version: number
  readonly kind: string
  readonly transition: string
  readonly by: string
}

export interface Evidence {
  readonly record: readonly Entry[]
  readonly events: readonly EventRow[]
  /** Stored answers, by the client's own key. */
  readonly answers: ReadonlyMap<string, { readonly status: number; readonly body: string }>
  readonly agreements: ReadonlyMap<
    string,
    { readonly state: string; readonly version: number; readonly held: bigint }
  >
  /** "owner.purpose" → minor units, summed. */
  readonly balances: ReadonlyMap<string, bigint>
  /** Answers to a sample of keys that were asked once more at the end. */
  readonly repeats: readonly Acknowledged[]
  readonly integrity: Integrity
  /** What went wrong on the way. */
  readonly faults: readonly string[]
}

const prefixes: Readonly<Record<string, string>> = { 'marketplace-order': 'ord', 'wallet-top-up': 'top' }

export async function readDatabase(
  db: Database,
  now_ms: number,
): Promise<Omit<Evidence, 'record' | 'repeats' | 'faults'>> {
  const events = await db.any<Omit<EventRow, 'agreement'> & { agreement_id: string; flow: string }>(
    `select seq, agreement_id, flow, version, kind, transition, coalesce(body::jsonb #>> '{by,kind}', 'clock') as by
     from events
     order by seq`,
  )
  const answers = await db.any<{ key: string; status: number; body: string }>(
    'select key, status, body from answers',
  )
  const agreements = await db.any<{ id: string; flow: string; state: string; version: number; held: bigint }>(
    `select id, flow, state, version, coalesce((amounts ->> 'held')::bigint, 0) as held from agreements`,
  )
  const balances = await db.any<{ account: string; balance: bigint }>(
    `select owner || '.' || purpose as account, sum(balance)::bigint as balance from accounts group by 1`,
  )
  const shown = ({ flow }: { flow: string }, id: string) => showId(prefixes[flow] ?? flow, id)
  return {
    events: events.map(({ agreement_id, ...row }) => ({ ...row, agreement: shown(row, agreement_id) })),
    answers: new Map(answers.map(({ key, ...answer }) => [key.slice(key.lastIndexOf(' ') + 1), answer])),
    agreements: new Map(agreements.map(({ id, ...row }) => [shown(row, id), row])),
    balances: new Map(balances.map(({ account, balance }) => [account, balance])),
    integrity: await checkIntegrity(db, now_ms),
  }
}
