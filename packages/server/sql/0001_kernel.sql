-- The kernel's tables: agreements, accounts, transfers, the event log, and the answers that are kept for repeats.

-- One run of a flow. Its timers live in its own row, so that leaving a state cancels them by construction.
create table agreements (
  id uuid primary key,
  flow text not null,
  flow_version int not null,
  state text not null,
  money text not null,
  currency text not null,
  parties json not null,
  amounts json not null,
  terms json not null,
  data json not null,
  marks json not null,
  timers json not null,
  paused json,
  later text,
  reference text,
  version int not null,
  due_at timestamptz,
  created_at timestamptz not null,
  entered_at timestamptz not null,
  ended_at timestamptz
) with (fillfactor = 80);

create unique index agreements_reference on agreements (flow, reference) where reference is not null;
create index agreements_due on agreements (due_at, id) where due_at is not null;
create index agreements_releasing on agreements (entered_at) where later is not null;

-- Who takes part in what: for "my agreements", newest first.
create table agreement_parties (
  party text not null,
  agreement_id uuid not null,
  role text not null,
  primary key (party, agreement_id)
);

-- A balance is written by the ledger alone, and never leaves its floor or the range that JSON keeps exact.
create table accounts (
  id uuid primary key,
  owner text not null,
  purpose text not null,
  currency text not null,
  agreement_id uuid,
  beneficiary text,
  balance bigint not null,
  floor bigint,
  earned bigint not null,
  paid_in bigint not null,
  withdrawn bigint not null,
  block text not null,
  -- An agreement's account that is not empty. A column of its own, so that the balance stands in no index: an update of
  -- a wallet's balance then touches no index at all.
  holds boolean not null,
  -- One constraint, since PostgreSQL reads each anew for every statement.
  constraint accounts_floor check (
    (floor is null or balance >= floor)
    and balance between -9007199254740991 and 9007199254740991
    and holds = (agreement_id is not null and balance <> 0)
  )
) with (fillfactor = 80);

-- A wallet's frozen balance is the sum of its held accounts; these two keep only those that hold something.
create index accounts_holding on accounts (owner, currency) where holds;
create index accounts_pending on accounts (beneficiary, currency) where holds and beneficiary is not null;
create index accounts_wallet on accounts (owner, currency) where agreement_id is null;

-- A posting that has been written, with both balances after it. (agreement_id, version) names its event.
create table transfers (
  id uuid not null,
  agreement_id uuid not null,
  version int not null,
  debit_account uuid not null,
  credit_account uuid not null,
  debit_wallet uuid not null,
  credit_wallet uuid not null,
  amount bigint not null,
  currency text not null,
  debit_code text not null,
  credit_code text not null,
  debit_after bigint not null,
  credit_after bigint not null,
  reference text,
  at timestamptz not null,
  constraint transfers_move check (amount > 0 and debit_account <> credit_account),
  primary key (agreement_id, id)
);

create unique index transfers_reference on transfers (reference) where reference is not null;
create index transfers_debit_wallet on transfers (debit_wallet, id);
create index transfers_credit_wallet on transfers (credit_wallet, id) where credit_wallet <> debit_wallet;

-- What happened, numbered without gaps in the order of commits. `body` is kept to the letter: its hash is chained.
create table events (
  seq bigint primary key,
  agreement_id uuid not null,
  version int not null,
  flow text not null,
  kind text not null,
  transition text not null,
  at timestamptz not null,
  body text not null
);

create unique index events_agreement on events (agreement_id, version);

-- One row per batch: the hash of the batch before it and of its own events.
create table batches (
  last_seq bigint primary key,
  first_seq bigint not null,
  digest bytea not null,
  hash bytea not null
);

-- The end of the log. Locked last in every batch, so that numbers follow the order of commits.
create table log_head (
  only_row boolean primary key default true check (only_row),
  seq bigint not null,
  hash bytea not null
) with (fillfactor = 50);

insert into log_head (seq, hash) values (0, sha256('holdfast'));

-- Answers by the caller and its idempotency key, written with the effect.
create table answers (
  key text collate "C" primary key,
  body_hash text not null,
  status smallint not null,
  body text not null,
  at timestamptz not null
);

create index answers_at on answers using brin (at);

-- Published flows never change; an agreement stays on the version it was opened under.
create table flows (
  name text not null,
  version int not null,
  hash text not null,
  definition json not null,
  published_at timestamptz not null,
  primary key (name, version)
);

-- Terms that the marketplace sets over a flow's defaults, in versions; the newest counts for new agreements.
create table fee_schedules (
  flow text not null,
  version int not null,
  terms jsonb not null,
  reason text not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (flow, version)
);

-- API keys of the marketplace's backend and of operators. The key itself is not here, only its hash.
create table api_keys (
  id uuid primary key,
  name text not null,
  hash bytea not null unique,
  kind text not null check (kind in ('service', 'operator')),
  scopes text[] not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);

-- What the program must remember of itself: the token secret, the sandbox clock.
create table settings (
  name text primary key,
  value jsonb not null
);

-- The log and the transfers are written once: the database itself refuses the rest.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% are never changed or deleted', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger transfers_are_final before update or delete on transfers for each row execute function refuse_change();
create trigger transfers_stay before truncate on transfers execute function refuse_change();
create trigger events_are_final before update or delete on events for each row execute function refuse_change();
create trigger events_stay before truncate on events execute function refuse_change();
create trigger batches_are_final before update or delete on batches for each row execute function refuse_change();
create trigger batches_stay before truncate on batches execute function refuse_change();
create trigger flows_are_final before update or delete on flows for each row execute function refuse_change();
create trigger fee_schedules_are_final before update or delete on fee_schedules for each row execute function refuse_change();
