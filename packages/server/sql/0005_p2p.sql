-- P2P trades: where people want foreign money sent, what the two sides of an order write, and which ads are on the market.

create table p2p_payment_methods (
  id uuid primary key,
  party text collate "C" not null,
  kind text not null,
  currency text not null,
  details json not null,
  at timestamptz not null
);

create index p2p_payment_methods_party on p2p_payment_methods (party, id);

create table p2p_messages (
  agreement_id uuid not null,
  id uuid not null,
  role text not null,
  given_by text not null,
  text text not null,
  at timestamptz not null,
  primary key (agreement_id, id)
);

-- Made from the event log, so that the market is read without looking at every agreement.
create table p2p_ads (
  agreement_id uuid primary key,
  maker text collate "C" not null,
  type text not null,
  currency text not null,
  foreign_currency text not null,
  state text not null
);

create index p2p_ads_market on p2p_ads (agreement_id) where state = 'active';
create index p2p_ads_maker on p2p_ads (maker, agreement_id);
