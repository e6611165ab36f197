-- Our books held against those of the providers and of the bank: each run, and what it found to differ.

create table reconciliations (
  id uuid primary key,
  -- A provider's name, or `bank`.
  provider text not null,
  -- Of a bank statement: it is in one.
  currency text,
  from_at timestamptz not null,
  to_at timestamptz not null,
  state text not null check (state in ('running', 'done', 'failed')),
  -- `clock`, or the name of the operator.
  by text not null,
  reason text,
  summary json,
  error text,
  started_at timestamptz not null,
  finished_at timestamptz
);

create index reconciliations_provider on reconciliations (provider, id);
-- One at a time for each, so that none clears what another has just found.
create unique index reconciliations_running on reconciliations (provider) where state = 'running';

-- What differs, once, however many runs find it again.
create table reconciliation_exceptions (
  id uuid primary key,
  provider text not null,
  kind text not null,
  what text not null check (what in ('missing_here', 'missing_there', 'different')),
  -- The id that it is found again by: theirs where it is missing here, else ours.
  subject text not null,
  their_id text,
  payment_id uuid,
  agreement_id uuid,
  amount_there bigint,
  amount_here bigint,
  currency text not null,
  currency_here text,
  state_there text,
  state_here text,
  -- Of a bank statement: what the line says beside its amount.
  line json,
  happened_at timestamptz,
  state text not null check (state in ('open', 'resolved', 'cleared')),
  first_run uuid not null,
  first_seen timestamptz not null,
  last_run uuid not null,
  last_seen timestamptz not null,
  -- Who resolved it, and why; null where a run found that it agrees by now.
  closed_by text,
  closed_reason text,
  closed_at timestamptz
);

create unique index reconciliation_exceptions_subject on reconciliation_exceptions (provider, kind, what, subject);
create index reconciliation_exceptions_open on reconciliation_exceptions (provider, id) where state = 'open';

-- Lines of bank statements that a transfer was found for: one line is one transfer, also on a later or another statement.
create table reconciled_lines (
  key uuid primary key,
  transfer_id uuid not null unique,
  agreement_id uuid not null,
  run_id uuid not null
);

-- A settled payment is looked for by when it was settled.
create index provider_payments_settled_at on provider_payments (provider, settled_at) where settled_at is not null;
