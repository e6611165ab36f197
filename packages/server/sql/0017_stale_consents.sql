-- Consents that had outlived what they spoke of end: an older program kept them through disputes and partial releases.

create temporary table stale_consents on commit drop as
select a.id, said.transition
from agreements a
join lateral (
  select e.transition, max(e.version) as version
  from events e
  where e.agreement_id = a.id
  and e.kind = 'mark'
  group by e.transition
) said on true
where a.ended_at is null
and (a.marks ->> said.transition is not null or a.data -> 'proposals' ->> said.transition is not null)
-- Another state meanwhile, or an amount.
and exists (
  select
  from events e
  where e.agreement_id = a.id
  and e.version > said.version
  and e.kind in ('transition', 'later')
  and (e.body::json ->> 'from' <> e.body::json ->> 'to' or json_array_length(e.body::json -> 'postings') > 0)
)
-- What a clock counts from is a report of something done, and stays.
and not exists (
  select
  from flows f
  join lateral json_each(f.definition -> 'transitions') t on true
  where f.name = a.flow
  and f.version = a.flow_version
  and t.value ->> 'since' = said.transition
);

update agreements a
set marks = (a.marks::jsonb - s.transitions)::json,
  data = case
    when a.data -> 'proposals' is null then a.data
    else jsonb_set(a.data::jsonb, '{proposals}', (a.data::jsonb -> 'proposals') - s.transitions)::json
  end
from (
  select id, array_agg(transition) as transitions
  from stale_consents
  group by id
) s
where a.id = s.id;
