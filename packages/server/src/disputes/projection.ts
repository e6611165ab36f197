/** Events: disputes as a list, one row for each that was raised. The money moves in the agreement; this only tells of it. */

import { bigint, json, text, time, uuid } from '../platform/postgres/binary-arrays.ts'
import type { Tx } from '../platform/postgres/database.ts'
import type { FlowRegistry } from '@holdfast/kernel/engine/product.ts'
import { spanMs } from '@holdfast/kernel/flow/compile.ts'
import { endedIn, raisedIn, type Ended, type Raised } from './story.ts'
import type { Projection } from '../event-log/projections.ts'
import type { LoggedEvent } from '../event-log/log.ts'
import { learnVersions } from '../event-log/flow-versions.ts'

const evidence_within_default = '7 days'

export function projectDisputes(registry: FlowRegistry): Projection {
  return {
    name: 'disputes',
    async project(tx, events) {
      await learnVersions(tx, registry, events)
      const raised: Raised[] = []
      const ended: Ended[] = []
      for (const event of events) {
        const dispute = disputeOf(registry, event)
        if (dispute === undefined) continue
        const begins = raisedIn(event, dispute)
        const ends = endedIn(event, dispute)
        if (begins !== null) raised.push(begins)
        if (ends !== null) ended.push(ends)
      }
      await writeRaised(tx, raised)
      await writeEnded(tx, ended)
    },
  }
}

function disputeOf(registry: FlowRegistry, { body }: LoggedEvent) {
  return registry.get(body.flow, body.flow_version)?.flow.flow.dispute
}

async function writeRaised(tx: Tx, raised: readonly Raised[]): Promise<void> {
  if (raised.length === 0) return
  const terms = await termsOf(tx, raised)
  const dueOf = ({ agreement_id, raised_ms }: Raised) =>
    raised_ms + spanMs(terms.get(agreement_id)?.['evidence_within'] ?? evidence_within_default)
  await tx.run(
    `insert into disputes (id, seq, agreement_id, flow, raised_role, raised_by, raised_at, reason_code, text,
       evidence_due_at, state)
     select *, 'open'
     from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
       $9::text[], $10::timestamptz[])
     on conflict do nothing`,
    [
      uuid(raised, (row) => row.id),
      bigint(raised, (row) => row.seq),
      uuid(raised, (row) => row.agreement_id),
      text(raised, (row) => row.flow),
      text(raised, (row) => row.raised_role),
      text(raised, (row) => row.raised_by),
      time(raised, (row) => row.raised_ms),
      text(raised, (row) => row.reason_code),
      text(raised, (row) => row.text),
      time(raised, dueOf),
    ],
  )
  const sides = raised.flatMap(({ id, sides: its }) =>
    Object.entries(its).map(([role, party]) => ({ id, role, party })),
  )
  await tx.run(
    `insert into dispute_sides (party, dispute_id, role)
     select * from unnest($1::text[], $2::uuid[], $3::text[])
     on conflict do nothing`,
    [text(sides, (side) => side.party), uuid(sides, (side) => side.id), text(sides, (side) => side.role)],
  )
}

/** Each ends the dispute of its agreement that was raised last before it. */
async function writeEnded(tx: Tx, ended: readonly Ended[]): Promise<void> {
  if (ended.length === 0) return
  await tx.run(
    `update disputes d
     set state = e.state, outcome = e.outcome, decided_role = e.decided_role, decided_by = e.decided_by,
       decided_at = e.decided_at, notes = e.notes, distribution = e.distribution
     from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
       $9::json[]) e (agreement_id, seq, state, outcome, decided_role, decided_by, decided_at, notes, distribution)
     where d.agreement_id = e.agreement_id
     and d.state = 'open'
     and d.seq = (
       select max(last.seq)
       from disputes last
       where last.agreement_id = e.agreement_id and last.seq < e.seq
     )`,
    [
      uuid(ended, (row) => row.agreement_id),
      bigint(ended, (row) => row.seq),
      text(ended, (row) => row.state),
      text(ended, (row) => row.outcome),
      text(ended, (row) => row.decided_role),
      text(ended, (row) => row.decided_by),
      time(ended, (row) => row.decided_ms),
      text(ended, (row) => row.notes),
      json(ended, (row) => row.distribution),
    ],
  )
}

/** Frozen when the agreement was created, so they are the same whenever this is followed anew. */
async function termsOf(tx: Tx, raised: readonly Raised[]): Promise<Map<string, Record<string, string>>> {
  const rows = await tx.any<{ id: string; terms: Record<string, string> }>(
    'select id, terms from agreements where id = any($1::uuid[])',
    [uuid(raised, (row) => row.agreement_id)],
  )
  return new Map(rows.map(({ id, terms }) => [id, terms]))
}
