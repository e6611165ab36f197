-- A payment is only known where it was made, and made once: rows keep the address and account, and tokens derive from what wants them.

alter table provider_payments
  -- Where it was asked for; null before that, where the provider told of it, and for rows from before these columns.
  add column address text,
  add column account text,
  -- What the token was worked out from, with the kind: the same again after the row is lost. Null where chance gave the token.
  add column derived_from text,
  add column try int,
  -- Since when its provider knows nothing of what it had taken, or cannot be asked where it was made.
  add column denied_at timestamptz;

create index provider_payments_denied on provider_payments (denied_at) where denied_at is not null;
