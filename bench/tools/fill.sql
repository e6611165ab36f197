-- Fills a Holdfast database with what a million finished orders leave behind: copies of one real order that an engine
-- made, so that rows have their real size. Balances, sums, numbers and hash chain stay true: the integrity check passes.

-- The order that is copied, and where the log and the revenue stand before the first copy.
create temporary table start as
select a.id as agreement,
       (select body::json ->> 'agreement' from events where agreement_id = a.id and version = 1) as shown_id,
       array(select body from events where agreement_id = a.id order by version) as bodies,
       fee.credit_account as revenue,
       fee.credit_wallet as revenue_wallet,
       revenue.balance as revenue_balance,
       head.seq,
       clock.at,
       lpad(to_hex((extract(epoch from clock.at) * 1000)::bigint), 12, '0') as time_hex
  from agreements a
  join transfers fee on fee.agreement_id = a.id
  join accounts revenue on revenue.id = fee.credit_account and revenue.purpose = 'revenue'
 cross join log_head head
 cross join (select date_trunc('milliseconds', clock_timestamp()) as at) clock
 where a.flow = 'marketplace-order'
   and a.state = 'completed'
 limit 1;

create temporary table kept as
select body_hash, status, body, row_number() over () as n
  from answers
 where body like '%' || (select shown_id from start) || '%'
 limit 4;

-- Order g is bought by wallet g of all in turn and sold by the next, so every balance after it follows from g alone.
create temporary table wallets as
select row_number() over (order by id) - 1 as n, id, owner, balance
  from accounts
 where purpose = 'available'
   and currency = 'PKR'
   and owner like 'usr\_%';
create unique index on wallets (n);
analyze wallets;

-- UUIDv7 in the order of writing: the time, then the order and its step; the last byte is for what derives from it.
create function pg_temp.id_of(time_hex text, g bigint, step int, derived int) returns uuid
language sql immutable as $$
  select (time_hex || '70008000' || lpad(to_hex(g * 8 + step), 10, '0') || lpad(to_hex(derived), 2, '0'))::uuid
$$;

-- Orders first_g to last_g: 500 frozen, then paid out in two parts less 5 % (237 + 12, 238 + 13): five transfers each.
create function pg_temp.fill(first_g bigint, last_g bigint) returns void
language plpgsql as $$
declare
  parties bigint := (select count(*) from wallets);
  head log_head;
  batch record;
begin
  drop table if exists orders;
  create temporary table orders as
  select g, pg_temp.id_of(start.time_hex, g, 0, 0) as id, pg_temp.id_of(start.time_hex, g, 0, 1) as held,
         buyer.id as buyer, buyer.owner as buyer_name, seller.id as seller, seller.owner as seller_name,
         buyer.balance - 25 * (g / parties) + case when buyer.n > 0 then 475 else 0 end - 500 as buyer_after,
         seller.balance - 25 * (g / parties) - case when seller.n = 0 then 500 else 0 end as seller_before,
         start.revenue_balance + 25 * g as revenue_before
    from generate_series(first_g, last_g) as g
    join wallets buyer on buyer.n = g % parties
    join wallets seller on seller.n = (g + 1) % parties
   cross join start
   order by g;
  analyze orders;

  insert into agreements
  select copy.*
    from orders o
   cross join start
    join agreements model on model.id = start.agreement
   cross join lateral jsonb_populate_record(model, jsonb_build_object(
           'id', o.id, 'parties', jsonb_build_object('buyer', o.buyer_name, 'seller', o.seller_name), 'reference', null,
           'created_at', start.at, 'entered_at', start.at, 'ended_at', start.at)) as copy
   order by o.g;

  insert into agreement_parties (party, agreement_id, role)
  select part.party, o.id, part.role
    from orders o
   cross join lateral (values (o.buyer_name, 'buyer'), (o.seller_name, 'seller')) as part (party, role)
   order by o.g;

  insert into accounts (id, owner, purpose, currency, agreement_id, beneficiary, balance, floor, earned, paid_in, withdrawn, block, holds)
  select held, buyer_name, 'held', 'PKR', id, seller_name, 0, 0, 0, 0, 0, 'none', false
    from orders
   order by g;

  insert into transfers (id, agreement_id, version, debit_account, credit_account, debit_wallet, credit_wallet, amount,
         currency, debit_code, credit_code, debit_after, credit_after, at)
  select pg_temp.id_of(start.time_hex, o.g, t.version, t.n), o.id, t.version, t.debit, t.credit, o.buyer, t.credit_wallet, t.amount,
         'PKR', t.debit_code, t.credit_code, t.debit_after, t.credit_after, start.at
    from orders o
   cross join start
   cross join lateral (values
           (2, 1, o.buyer, o.held, o.buyer, 500, 'FREEZE', 'FREEZE', o.buyer_after, 500),
           (4, 1, o.held, o.seller, o.seller, 237, 'FROZEN_TO_DEBIT', 'CREDIT', 263, o.seller_before + 237),
           (4, 2, o.held, start.revenue, start.revenue_wallet, 12, 'FROZEN_TO_DEBIT', 'FEE', 251, o.revenue_before + 12),
           (4, 3, o.held, o.seller, o.seller, 238, 'FROZEN_TO_DEBIT', 'CREDIT', 13, o.seller_before + 475),
           (4, 4, o.held, start.revenue, start.revenue_wallet, 13, 'FROZEN_TO_DEBIT', 'FEE', 0, o.revenue_before + 25)
         ) as t (version, n, debit, credit, credit_wallet, amount, debit_code, credit_code, debit_after, credit_after)
   order by o.g, t.version, t.n;

  -- The shown id is one of the same length, not the real encoding: nothing but a reader of the text would notice.
  insert into events (seq, agreement_id, version, flow, kind, transition, at, body)
  select start.seq + o.g * 4 + e.version, o.id, e.version, e.flow, e.kind, e.transition, start.at,
         replace(e.body, start.shown_id, 'ord_' || right(replace(o.id::text, '-', ''), 26))
    from orders o
   cross join start
    join events e on e.agreement_id = start.agreement
   order by o.g, e.version;

  insert into answers (key, body_hash, status, body, at)
  select gen_random_uuid(), kept.body_hash, kept.status, kept.body, start.at
    from orders o
   cross join start
   cross join kept;

  select * into head from log_head;
  for batch in
    select min(e.seq) as first_seq, max(e.seq) as last_seq,
           sha256(convert_to(string_agg(e.body, E'\n' order by e.seq), 'UTF8')) as digest
      from events e
     where e.seq > head.seq
     group by (e.seq - head.seq - 1) / 400
     order by 1
  loop
    head.hash := sha256(head.hash || batch.digest);
    head.seq := batch.last_seq;
    insert into batches (last_seq, first_seq, digest, hash)
    values (batch.last_seq, batch.first_seq, batch.digest, head.hash);
  end loop;
  update log_head set seq = head.seq, hash = head.hash;
  -- Nobody is to be told of copies: projections would be busy with them through the measuring.
  update projections set seq = head.seq;

  update accounts a
     set balance = a.balance + moved.amount, earned = a.earned + moved.earned
    from (select account, sum(amount) as amount, sum(earned) as earned
            from orders
           cross join start
           cross join lateral (values (buyer, -500, 0), (seller, 475, 475), (start.revenue, 25, 0)) as m (account, amount, earned)
           group by account) as moved
   where a.id = moved.account;
end $$;
