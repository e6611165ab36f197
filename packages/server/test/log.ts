// The harness room of logs made up by a test: events without an engine.
import { randomUUID } from 'node:crypto'
import type { Database } from '../src/platform/postgres/database.ts'
import type { EventBody } from '../src/event-log/log.ts'

export type Told = Partial<EventBody> & { readonly agreement_id?: string }

const plain: EventBody = {
  agreement: 'ord_x',
  flow: 'some-flow',
  flow_version: 1,
  kind: 'transition',
  transition: 'go',
  from: 'here',
  to: 'there',
  money: 'none',
  by: { kind: 'party', id: 'ayesha', role: 'buyer' },
  parties: { buyer: 'ayesha', seller: 'bilal' },
  currency: 'PKR',
  postings: [],
  tells: [],
  at: '2026-03-15T10:00:00.000Z',
}

/** Adds them at the end of the log in one transaction, as a batch does. */
export async function append(db: Database, told: readonly Told[]): Promise<void> {
  await db.transaction(async (tx) => {
    const { seq } = await tx.one<{ seq: bigint }>('select seq from log_head for update')
    const bodies = told.map((facts) => ({ ...plain, ...facts, agreement_id: undefined }))
    await tx.run(
      `insert into events (seq, agreement_id, version, flow, kind, transition, at, body)
       select $1 + n, agreement_id, $1 + n, body::json->>'flow', body::json->>'kind', body::json->>'transition',
         (body::json->>'at')::timestamptz, body
       from unnest($2::uuid[], $3::text[]) with ordinality as t (agreement_id, body, n)`,
      [
        seq,
        told.map(({ agreement_id = randomUUID() }) => agreement_id),
        bodies.map((body) => JSON.stringify(body)),
      ],
    )
    await tx.run('update log_head set seq = $1', [seq + BigInt(told.length)])
  })
}
