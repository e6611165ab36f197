-- Daily jobs go by the wall clock of a zone: when each is due next, and what every run of it came to.
create table schedules (
  name text primary key,
  cron text not null,
  zone text not null,
  next_at timestamptz not null
);

-- A run by the clock has no reason, and there is one of it per due instant: a run that died is taken up again in its own row.
create table schedule_runs (
  id uuid primary key,
  name text not null,
  due_at timestamptz not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  by text not null,
  reason text,
  state text not null check (state in ('running', 'done', 'failed')),
  attempts int not null,
  summary jsonb,
  error text
);

create unique index schedule_runs_due on schedule_runs (name, due_at) where reason is null;
create index schedule_runs_newest on schedule_runs (name, id);
