-- Seats that are taken by one statement are counted by one, in one row for each license and month: newcomers come together. Who changes a
-- seat is counted as before.

create function count_seats_taken() returns trigger language plpgsql as $$
begin
  insert into usage_change (account_id, license_id, month, started, pending, confirmed, released)
  select taken.account_id, taken.license_id, use.month, sum(use.started), sum(use.pending), sum(use.confirmed), sum(use.released)
  from taken cross join lateral usage_of_seat(row(taken.*)::seat) as use
  group by taken.account_id, taken.license_id, use.month;
  return null;
end
$$;

drop trigger seat_taken_counted on seat;
create trigger seats_taken_counted after insert on seat referencing new table as taken
  for each statement execute function count_seats_taken();
