-- What we want of payment providers, and what became of it: one row per movement of money, written before the provider is called.

create table provider_payments (
  id uuid primary key,
  provider text not null,
  kind text not null,
  -- The agreement that hears what became of it; null for money that nobody here had asked for.
  flow text,
  agreement_id uuid,
  -- Given to the provider with the call, so that a repeat has no second effect.
  token uuid not null,
  our_reference text not null,
  method text,
  amount bigint not null,
  currency text not null,
  details json not null,
  state text not null,
  -- What the provider told last.
  provider_id text,
  settled_id text,
  told_amount bigint,
  told_currency text,
  fee bigint,
  status text,
  reason text,
  checkout_url text,
  settled_at timestamptz,
  -- What the engine has heard of it.
  heard text,
  suspense_id uuid,
  -- When it is called, asked about or told the engine next; null while it rests.
  next_at timestamptz,
  attempts int not null,
  taken_until timestamptz,
  closing boolean not null,
  created_at timestamptz not null,
  called_at timestamptz,
  told_at timestamptz
) with (fillfactor = 80);

create unique index provider_payments_token on provider_payments (token);
create unique index provider_payments_reference on provider_payments (our_reference);
create unique index provider_payments_provider_id on provider_payments (provider, kind, provider_id) where provider_id is not null;
-- A pay-in counts once, under whichever of its ids it is told.
create unique index provider_payments_settled on provider_payments (provider, settled_id) where kind = 'pay_in' and settled_id is not null;
create index provider_payments_agreement on provider_payments (agreement_id) where agreement_id is not null;
create index provider_payments_next on provider_payments (next_at) where next_at is not null;
create index provider_payments_created on provider_payments (provider, created_at);
create index provider_payments_unclear on provider_payments (called_at) where state in ('unknown', 'lost');
create index provider_payments_suspense on provider_payments (suspense_id) where suspense_id is not null;
