-- Seats that are taken are counted by count_seats_taken() since 0031; this one is left with those that change.

create or replace function count_seat() returns trigger language plpgsql as $$
begin
  insert into usage_change (account_id, license_id, month, started, pending, confirmed, released)
  select old.account_id, old.license_id, use.month, -use.started, -use.pending, -use.confirmed, -use.released
  from usage_of_seat(old) as use
  union all
  select new.account_id, new.license_id, use.month, use.started, use.pending, use.confirmed, use.released
  from usage_of_seat(new) as use;
  return null;
end
$$;
