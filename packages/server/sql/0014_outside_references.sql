-- One bank reference could be credited by a top-up, by suspense, by a repayment and by a pay-in, and again in other letters: here each counts once, whatever it came in by.

create table outside_references (
  -- Folded for comparison: without spaces, in small letters.
  spelling text collate "C" not null,
  -- Who brought the money: a provider, a bank by its name, or `manual` for what an operator saw.
  source text collate "C" not null,
  reference text not null,
  flow text not null,
  agreement_id uuid not null,
  at timestamptz not null,
  primary key (spelling, source)
);

create index outside_references_agreement on outside_references (agreement_id);

create trigger outside_references_are_final before update or delete on outside_references for each row execute function refuse_change();
create trigger outside_references_stay before truncate on outside_references execute function refuse_change();

-- What operators confirmed by hand was known by our own token; from now on it is known by the bank's reference.
update provider_payments p
set settled_id = m.reference
from manual_payments m
where m.token = p.token
and p.provider = 'manual'
and p.settled_id = m.token::text
and m.reference is not null;

-- What was counted before. References were visible characters of ASCII then; of two that are one by now, the first stands.
insert into outside_references (spelling, source, reference, flow, agreement_id, at)
select lower(reference collate "C"), source, reference, flow, id, at
from (
  select a.reference, 'manual' as source, a.flow, a.id, a.created_at as at
  from agreements a
  where a.flow = 'wallet-top-up'
  union all
  select substr(a.reference, length(a.data ->> 'provider') + 2), a.data ->> 'provider', a.flow, a.id, a.created_at
  from agreements a
  where a.flow = 'suspense'
  union all
  -- By hand it stands under its token here, and under the bank's reference below.
  select a.reference, coalesce(p.provider, a.data ->> 'provider', 'manual'), a.flow, a.id, a.entered_at
  from agreements a
  left join provider_payments p on p.agreement_id = a.id and p.flow = a.flow and p.kind = 'pay_in'
  where a.flow in ('payment', 'wallet-pay-in')
  union all
  select a.data ->> 'payment_reference', coalesce(p.provider, 'manual'), a.flow, a.id, a.entered_at
  from agreements a
  left join provider_payments p on p.agreement_id = a.id and p.flow = a.flow and p.kind = 'pay_in'
  where a.flow = 'credit-repayment'
  and a.state = 'completed'
  and (a.amounts ->> 'at_once')::bigint = 0
  union all
  select m.reference, 'manual', case when p.suspense_id is null then p.flow else 'suspense' end,
    coalesce(p.suspense_id, p.agreement_id), m.said_at
  from manual_payments m
  join provider_payments p on p.token = m.token
  where m.kind = 'pay_in'
  and p.heard in ('succeeded', 'returned', 'set_aside')
  union all
  -- What came back to us by hand came in as well.
  select m.returned_reference, 'manual', p.flow, p.agreement_id, m.returned_at
  from manual_payments m
  join provider_payments p on p.token = m.token
  where m.kind <> 'pay_in'
) counted
where reference is not null
and source is not null
and flow is not null
and id is not null
order by at, id
on conflict do nothing;

-- Within what an agreement's reference is used once, where that is not its whole flow: each shop numbers its own sales, each
-- bank its own transfers.
alter table agreements add column reference_scope text;

update agreements
set reference_scope = parties ->> 'holder'
where flow = 'wallet-sale'
and reference is not null;

drop index agreements_reference;
create unique index agreements_reference on agreements (flow, reference, coalesce(reference_scope, ''))
  where reference is not null;
