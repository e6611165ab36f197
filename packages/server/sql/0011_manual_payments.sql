-- Payments by hand: the book in which operators write what became of money that moves outside, where no provider tells us.

create table manual_payments (
  -- Ours, as it was wanted with: one token is one payment, of whatever kind.
  token uuid primary key,
  kind text not null check (kind in ('pay_in', 'refund', 'pay_out')),
  our_reference text not null,
  method text not null,
  -- What is wanted, and once it has moved, what moved.
  amount bigint not null,
  currency text not null,
  state text not null check (state in ('pending', 'succeeded', 'failed', 'expired', 'returned')),
  created_at timestamptz not null,
  -- What an operator said of it: the line of a statement, the file that shows it, who, and why.
  reference text,
  proof uuid,
  operator text,
  reason text,
  said_at timestamptz,
  -- The same of its coming back.
  returned_reference text,
  returned_proof uuid,
  returned_operator text,
  returned_reason text,
  returned_at timestamptz,
  constraint manual_payments_amount check (amount > 0 and amount <= 9007199254740991),
  constraint manual_payments_said check (
    (state <> 'pending') = (operator is not null and reason is not null and said_at is not null)
  ),
  constraint manual_payments_returned check (
    (state = 'returned') = (returned_operator is not null and returned_reason is not null and returned_at is not null)
  ),
  constraint manual_payments_moved check (state not in ('succeeded', 'returned') or reference is not null)
);

-- One line of a statement confirms one payment, and one return.
create unique index manual_payments_reference on manual_payments (kind, reference) where reference is not null;
create unique index manual_payments_returned_reference on manual_payments (kind, returned_reference)
  where returned_reference is not null;
create index manual_payments_kind on manual_payments (kind, created_at, token);
create index manual_payments_state on manual_payments (state, created_at, token);
