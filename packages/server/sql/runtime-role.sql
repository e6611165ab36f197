-- What `api` and `worker` need, and nothing more, for a role that owns nothing: `holdfast migrate --runtime-role NAME` runs
-- this after the migrations, so that what they made is granted too. It may run again and again.

grant usage on schema public, graphile_worker to :role;

grant select, insert, update, delete on all tables in schema public to :role;
grant usage, select on all sequences in schema public to :role;
revoke insert, update, delete on public.migrations from :role;

-- What is final is refused twice: by its trigger, which a role that owns nothing cannot switch off, and here.
do $$
declare
  final record;
begin
  for final in
    select t.tgrelid::regclass as name, bool_or(t.tgtype & 16 > 0) as keeps_values, bool_or(t.tgtype & 8 > 0) as keeps_rows
    from pg_trigger t
    where t.tgfoid = 'public.refuse_change'::regproc
    group by t.tgrelid
  loop
    if final.keeps_values then execute format('revoke update on %s from :role', final.name); end if;
    if final.keeps_rows then execute format('revoke delete on %s from :role', final.name); end if;
  end loop;
end $$;

grant select, insert, update, delete on all tables in schema graphile_worker to :role;
grant usage, select on all sequences in schema graphile_worker to :role;
grant execute on all functions in schema graphile_worker to :role;
revoke insert, update, delete on graphile_worker.migrations from :role;
