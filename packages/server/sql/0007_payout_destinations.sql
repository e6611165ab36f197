-- Withdrawals beside their agreements, made from the event log: since when a wallet knows a destination, and what waits for an operator.

-- The destination is an id made of where the money arrives: what is written differently and is the same account has the same one.
create table withdrawals (
  agreement_id uuid primary key,
  party text collate "C" not null,
  destination uuid not null,
  currency text not null,
  state text not null,
  requested_at timestamptz not null
);

-- What was rejected or taken back made no destination known: it may have been somebody else who asked.
create index withdrawals_destination on withdrawals (party, destination, requested_at)
  where state not in ('rejected', 'cancelled');
create index withdrawals_state on withdrawals (state, agreement_id);
create index withdrawals_party on withdrawals (party, agreement_id);
