-- Baseline C: the tables of the usual escrow service, with as many rows for each transition as Holdfast writes. Without
-- foreign keys, which would only slow it: every row that is referred to has been read before.
create table accounts (
  id bigint generated always as identity primary key,
  owner text not null,
  purpose text not null,
  currency text not null,
  balance bigint not null default 0 check (balance >= 0)
);
create unique index accounts_of_owner on accounts (owner, currency) where purpose <> 'held';

create table agreements (
  id bigint generated always as identity primary key,
  state text not null,
  money text not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  fee_bps int not null,
  buyer_account bigint not null,
  seller_account bigint not null,
  held_account bigint,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table parties (
  agreement bigint not null,
  role text not null,
  party text not null,
  primary key (agreement, role)
);
create index agreements_of_party on parties (party, agreement);

create table transfers (
  id bigint generated always as identity primary key,
  agreement bigint not null,
  debit_account bigint not null,
  credit_account bigint not null,
  amount bigint not null check (amount > 0),
  code text not null,
  debit_balance bigint not null,
  credit_balance bigint not null,
  created_at timestamptz not null default now()
);
create index transfers_of_debit_account on transfers (debit_account, id);
create index transfers_of_credit_account on transfers (credit_account, id);

create table events (
  sequence bigint generated always as identity primary key,
  agreement bigint not null,
  transition text not null,
  party text not null,
  body jsonb not null,
  created_at timestamptz not null default now()
);
create index events_of_agreement on events (agreement, sequence);

create table timers (
  agreement bigint primary key,
  transition text not null,
  due_at timestamptz not null
);
create index timers_due on timers (due_at);

create table idempotency (
  key text primary key,
  request_hash text not null,
  status int not null,
  answer jsonb not null,
  created_at timestamptz not null default now()
);

-- Account 1 is the platform's revenue.
insert into accounts (owner, purpose, currency) values ('platform', 'revenue', 'PKR');
insert into accounts (owner, purpose, currency, balance)
select 'usr_' || id, 'available', 'PKR', 1000000000000
  from generate_series(1, 100000) as id;

vacuum analyze accounts;
