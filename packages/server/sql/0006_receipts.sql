-- Receipts of what was paid for bookings, made from the event log: numbered in its order, so that no number is missing.

-- The last number of each year.
create table receipt_series (
  series text primary key,
  last_number int not null
);

-- The event of the booking that it is the receipt of, and the payment through a provider, where it was one.
create table receipts (
  receipt_number text collate "C" primary key,
  agreement_id uuid not null,
  version int not null,
  payment_id uuid,
  couple text collate "C" not null,
  vendor text collate "C" not null,
  amount_paid bigint not null,
  currency text not null,
  at timestamptz not null,
  unique (agreement_id, version)
);
