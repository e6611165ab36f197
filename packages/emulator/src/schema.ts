/** Emulator: its tables, in a schema of its own. Made here and not by a migration, so that production has none of it. */

import type { Database } from './db.ts'

/** A number that nobody else locks. */
const schema_lock = 4_601

/** Counts the layouts below. A database with another one is begun anew: what a sandbox paid is not worth migrating. */
const layout = 1

export async function createSchema(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.one('select pg_advisory_xact_lock($1)', [schema_lock])
    const there = await tx.maybeOne<{ layout: number }>(
      `select coalesce(obj_description(oid, 'pg_namespace'), '0')::int as layout
       from pg_namespace
       where nspname = 'emulator'`,
    )
    if (there?.layout === layout) return
    await tx.run('drop schema if exists emulator cascade')
    await tx.run(tables)
    await tx.run(`comment on schema emulator is '${layout}'`)
  })
}

/** All that was paid, sent and registered is forgotten; the layout stays. */
export async function clearSchema(db: Database): Promise<void> {
  await db.run(
    'truncate emulator.resources, emulator.due, emulator.answers, emulator.deliveries, emulator.faults',
  )
}

const tables = `
create schema emulator;

-- What a provider knows: the body as it shows it, field by field in its order, and beside it what it does not show.
create table emulator.resources (
  id text primary key,
  seq bigint not null generated always as identity,
  kind text not null,
  parent text,
  body json not null,
  hidden json not null,
  at_ms bigint not null
);
create index resources_by_kind on emulator.resources (kind, seq);
create index resources_by_parent on emulator.resources (parent, kind, seq);

-- What is still to happen: an expiry, the end of something pending, a webhook.
create table emulator.due (
  id bigint generated always as identity primary key,
  due_ms bigint not null,
  duty text not null,
  facts jsonb not null
);
create index due_in_order on emulator.due (due_ms, id);

-- What was answered under an idempotency key.
create table emulator.answers (
  key text primary key,
  request text not null,
  status int not null,
  body text not null,
  at_ms bigint not null
);
create index answers_by_time on emulator.answers (at_ms);

-- Every attempt to tell us something, and what came of it.
create table emulator.deliveries (
  id bigint generated always as identity primary key,
  provider text not null,
  event text not null,
  type text not null,
  url text not null,
  attempt int not null,
  at_ms bigint not null,
  outcome text not null,
  status int
);
create index deliveries_by_event on emulator.deliveries (event);

create table emulator.faults (
  id bigint generated always as identity primary key,
  provider text not null,
  operation text,
  fault text not null,
  times int,
  probability double precision not null,
  seed text not null,
  drawn int not null default 0
);
`
