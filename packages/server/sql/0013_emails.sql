-- Addresses of people, and the e-mail that tells them what the event log tells them.

create table contacts (
  party text collate "C" primary key,
  email text not null,
  updated_at timestamptz not null
);

-- Address and words are frozen with the event. The id follows from the event and the recipient: following anew makes no second one.
create table emails (
  id uuid primary key,
  recipient text not null,
  address text not null,
  -- Null for what is no event.
  seq bigint,
  agreement_id uuid,
  flow text,
  subject text not null,
  text text not null,
  at timestamptz not null,
  state text not null,
  attempts int not null,
  -- When it is tried next; null while it rests.
  next_at timestamptz,
  -- A process has it until then.
  taken_until timestamptz,
  sent_at timestamptz,
  -- What the server said when it took it: the name that it is found by there.
  accepted_as text,
  error text
) with (fillfactor = 80);

create index emails_next on emails (next_at) where next_at is not null;
create index emails_state on emails (state, id);
