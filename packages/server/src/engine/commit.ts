/** Engine: writes everything that a batch decided, in one transaction; its money by the ledger. */

import { hash } from 'node:crypto'
import assert from 'node:assert/strict'
import { int, json, jsonText, smallint, text, time, uuid } from '../platform/postgres/binary-arrays.ts'
import type { Lane } from '../platform/postgres/database.ts'
import { instant } from '@holdfast/kernel/instant.ts'
import type { OutsideReference } from '@holdfast/kernel/ledger/outside-reference.ts'
import { writeMoney } from '../ledger/postgres.ts'
import type { Agreement } from '@holdfast/kernel/engine/agreement.ts'
import { amountsJson } from './agreements.ts'
import type { WriteSet, BatchState } from '@holdfast/kernel/engine/batch-state.ts'

const write_sql = `
  with
  born as (
    insert into agreements (id, flow, flow_version, state, money, currency, parties, amounts, terms, data, marks, timers,
      paused, later, reference, version, due_at, created_at, entered_at, ended_at, under, reference_scope)
    select * from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::json[], $8::json[],
      $9::json[], $10::json[], $11::json[], $12::json[], $13::json[], $14::text[], $15::text[], $16::int[],
      $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $42::uuid[],
      $44::text[])
  ),
  takes_part as (
    insert into agreement_parties (party, agreement_id, role)
    select * from unnest($21::text[], $22::uuid[], $23::text[])
  ),
  changed as (
    update agreements a
    set state = n.state, money = n.money, amounts = n.amounts, data = coalesce(n.data, a.data), marks = n.marks, timers = n.timers,
      paused = n.paused, later = n.later, version = n.version, due_at = n.due_at, entered_at = n.entered_at,
      ended_at = n.ended_at, reference = n.reference, reference_scope = n.reference_scope
    from unnest($24::uuid[], $25::text[], $26::text[], $27::json[], $28::json[], $29::json[], $30::json[],
      $31::json[], $32::text[], $33::int[], $34::timestamptz[], $35::timestamptz[], $36::timestamptz[], $43::text[],
      $45::text[])
      as n (id, state, money, amounts, data, marks, timers, paused, later, version, due_at, entered_at, ended_at,
        reference, reference_scope)
    where a.id = n.id
    returning 1
  ),
  answered as (
    insert into answers (key, body_hash, status, body, at)
    select * from unnest($37::text[], $38::text[], $39::smallint[], $40::text[], $41::timestamptz[])
  )
  select (select count(*) from changed)::int as changed`

/** Numbers the events in commit order and chains the batch to the one before it: the end of the log is locked until the commit. */
const log_sql = `
  with head as (
    update log_head
    set seq = seq + $1::bigint, hash = sha256(hash || $2::bytea)
    returning seq - $1::bigint as before, hash
  ),
  batch as (
    insert into batches (first_seq, last_seq, digest, hash)
    select before + 1, before + $1::bigint, $2::bytea, hash from head
  )
  insert into events (seq, agreement_id, version, flow, kind, transition, at, body)
  select head.before + e.n, e.agreement_id, e.version, e.flow, e.kind, e.transition, e.at, e.body
  from head, unnest($3::uuid[], $4::int[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[])
    with ordinality as e (agreement_id, version, flow, kind, transition, at, body, n)`

const jobs_sql = `
  select graphile_worker.add_job(job.name, json_build_object('agreement', job.agreement, 'transition', job.transition),
    max_attempts => $4::int, job_key => job.name || ' ' || job.agreement || ' ' || job.transition)
  from unnest($1::text[], $2::text[], $3::text[]) as job (name, agreement, transition)`

/** What money from outside was counted under. A second of the same is refused by the key, and the batch is decided anew. */
const outside_sql = `
  insert into outside_references (spelling, source, reference, flow, agreement_id, at)
  select *, $6::timestamptz
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[])`

export const job_attempts_max = 5

/** Commits the transaction that `load` began. Sent in one go; the answer that counts is the one to `commit`. */
export async function commit(
  lane: Lane,
  world: BatchState,
  changes: WriteSet,
  now_ms: number,
): Promise<void> {
  const agreements = [...changes.agreements.values()]
  const born = agreements.filter((a) => !world.agreements.has(a.id))
  const changed = agreements.filter((a) => world.agreements.has(a.id))
  const roles = born.flatMap((a) =>
    Object.entries(a.parties).map(([role, party]) => ({ party, id: a.id, role })),
  )
  const { accounts, transfers, events } = changes
  // In the order of their keys, so that two processes with the same keys wait for each other and not in a circle.
  const answers = [...changes.answers].toSorted(([a], [b]) => (a < b ? -1 : 1))

  const values = [
    ...bornColumns(born),
    text(roles, (r) => r.party),
    uuid(roles, (r) => r.id),
    text(roles, (r) => r.role),
    ...changedColumns(changed, world),
    text(answers, ([key]) => key),
    text(answers, ([, a]) => a.body_hash),
    smallint(answers, ([, a]) => a.status),
    text(answers, ([, a]) => a.body),
    time(answers, () => now_ms),
    uuid(born, (a) => a.under),
    text(changed, (a) => a.reference),
    text(born, (a) => a.reference_scope),
    text(changed, (a) => a.reference_scope),
  ]
  const digest = hash('sha256', events.map((e) => e.body).join('\n'), 'buffer')
  const logged = [
    events.length,
    digest,
    uuid(events, (e) => e.agreement),
    int(events, (e) => e.version),
    text(events, (e) => e.flow),
    text(events, (e) => e.kind),
    text(events, (e) => e.transition),
    time(events, (e) => e.at_ms),
    text(events, (e) => e.body),
  ]
  const sent = [
    lane.query<{ changed: number }>({ name: 'write', text: write_sql, values }),
    writeMoney(lane, world.accounts, accounts.values(), transfers),
    changes.outside.length === 0
      ? Promise.resolve()
      : lane.query({ name: 'outside', text: outside_sql, values: outsideValues(changes, now_ms) }),
    changes.jobs.length === 0
      ? Promise.resolve()
      : lane.query({ name: 'jobs', text: jobs_sql, values: jobValues(changes) }),
    lane.query({ name: 'log', text: log_sql, values: logged }),
    lane.query('commit'),
  ] as const
  // A statement that fails makes those after it fail too, and may be heard of later than they are: the first one says why.
  await Promise.allSettled(sent)
  const [written] = await Promise.all(sent)
  assert(written.rows[0]?.changed === changed.length, 'a locked agreement was not there to be written')
}

function bornColumns(born: readonly Agreement[]): unknown[] {
  return [
    uuid(born, (a) => a.id),
    text(born, (a) => a.flow),
    int(born, (a) => a.flow_version),
    text(born, (a) => a.state),
    text(born, (a) => a.money),
    text(born, (a) => a.currency),
    json(born, (a) => a.parties),
    jsonText(born, (a) => amountsJson(a.amounts)),
    json(born, (a) => a.terms),
    json(born, (a) => a.data),
    json(born, (a) => a.marks),
    json(born, (a) => a.timers),
    json(born, (a) => a.paused),
    text(born, (a) => a.later),
    text(born, (a) => a.reference),
    int(born, (a) => a.version),
    time(born, (a) => a.due_ms),
    time(born, (a) => a.created_ms),
    time(born, (a) => a.entered_ms),
    time(born, (a) => a.ended_ms),
  ]
}

/** Data that did not change is not sent again. */
function changedColumns(changed: readonly Agreement[], world: BatchState): unknown[] {
  return [
    uuid(changed, (a) => a.id),
    text(changed, (a) => a.state),
    text(changed, (a) => a.money),
    jsonText(changed, (a) => amountsJson(a.amounts)),
    json(changed, (a) => (a.data === world.agreements.get(a.id)?.data ? null : a.data)),
    json(changed, (a) => a.marks),
    json(changed, (a) => a.timers),
    json(changed, (a) => a.paused),
    text(changed, (a) => a.later),
    int(changed, (a) => a.version),
    time(changed, (a) => a.due_ms),
    time(changed, (a) => a.entered_ms),
    time(changed, (a) => a.ended_ms),
  ]
}

function jobValues({ jobs }: WriteSet): unknown[] {
  return [
    text(jobs, (j) => j.name),
    text(jobs, (j) => j.agreement),
    text(jobs, (j) => j.transition),
    job_attempts_max,
  ]
}

/** In the order of the key, so that two processes with the same references wait for each other and not in a circle. */
function outsideValues({ outside }: WriteSet, now_ms: number): unknown[] {
  const key = ({ spelling, source }: OutsideReference) => `${spelling} ${source}`
  const counted = [...outside].toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
  return [
    text(counted, (one) => one.spelling),
    text(counted, (one) => one.source),
    text(counted, (one) => one.reference),
    text(counted, (one) => one.flow),
    uuid(counted, (one) => one.agreement),
    instant(now_ms),
  ]
}
