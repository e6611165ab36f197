-- Baselines A and B: the usual ledger, one function call per transfer, as a good textbook writes it. Without foreign
-- keys, which would only slow it: the function has already found both accounts.
create table accounts (
  id bigint primary key,
  balance bigint not null check (balance >= 0)
);

create table transfers (
  id bigint generated always as identity primary key,
  debit_account bigint not null,
  credit_account bigint not null,
  amount bigint not null check (amount > 0),
  debit_balance bigint not null,
  credit_balance bigint not null,
  created_at timestamptz not null default now()
);
create index transfers_of_debit_account on transfers (debit_account, id);
create index transfers_of_credit_account on transfers (credit_account, id);

insert into accounts
select id, 1000000000
  from generate_series(1, 100000) as id;

create function transfer(debit bigint, credit bigint, amount bigint) returns bigint
language plpgsql as $$
declare
  account record;
  debit_after bigint;
  credit_after bigint;
  transfer_id bigint;
begin
  -- Both rows, in id order, so that two transfers never wait for each other.
  for account in
    select id, balance
      from accounts
     where id in (debit, credit)
     order by id
       for no key update
  loop
    if account.id = debit then
      debit_after := account.balance - amount;
    else
      credit_after := account.balance + amount;
    end if;
  end loop;
  if debit_after < 0 then
    raise exception 'insufficient funds';
  end if;
  insert into transfers (debit_account, credit_account, amount, debit_balance, credit_balance)
  values (debit, credit, amount, debit_after, credit_after)
  returning id into transfer_id;
  update accounts
     set balance = debit_after
   where id = debit;
  update accounts
     set balance = credit_after
   where id = credit;
  return transfer_id;
end $$;

vacuum analyze accounts;
