-- Events of payment providers as they came: verified, and stored before they are answered. They only say what to ask about.

create table provider_events (
  provider text not null,
  -- The provider's own. The same event again is not another one.
  event_id text not null,
  -- In the order of arrival.
  id uuid not null,
  type text not null,
  about json not null,
  body bytea not null,
  headers json not null,
  received_at timestamptz not null,
  handled_at timestamptz,
  outcome text,
  primary key (provider, event_id),
  check ((handled_at is null) = (outcome is null))
);

create unique index provider_events_id on provider_events (id);
create index provider_events_unhandled on provider_events (id) where handled_at is null;
-- What operators look for, and what is forgotten in the end.
create index provider_events_unknown on provider_events (id) where outcome in ('unknown', 'failed');
create index provider_events_handled on provider_events (handled_at) where handled_at is not null;
