-- Seats of one learner for the same thing under a license are numbered, so that two that are taken at once, each without seeing the other,
-- meet at the same number. With that, whether a seat runs while another does needs to be looked at only where there is another, and costs a
-- newcomer nothing, where an exclusion constraint over all seats' terms was a seventh of a launch.

-- Those that are there already are all the first until 0039 has numbered them; nobody relies on it before 0040.
alter table seat add column number integer not null default 1;
alter table seat alter column number drop default;
alter table seat add constraint seat_number_positive check (number > 0) not valid;

-- No two live seats of one learner for the same thing (RULES §2 "Concurrency").
create function number_seat() returns trigger language plpgsql as $$
declare
  is_twice boolean;
begin
  -- As many as there are, and not the highest number: while those of before are numbered it is the same before and after.
  select count(*) + 1,
    coalesce(bool_or(seat.status <> 'released' and new.status <> 'released'
      and tstzrange(seat.starts_at, seat.ends_at) && tstzrange(new.starts_at, new.ends_at)), false)
  into new.number, is_twice
  from seat
  where seat.account_id = new.account_id and seat.learner_id = new.learner_id and seat.license_id = new.license_id
    and coalesce(seat.course_id, '00000000-0000-0000-0000-000000000000')
      = coalesce(new.course_id, '00000000-0000-0000-0000-000000000000');
  if is_twice then
    raise exception 'The learner has a seat for it at that time' using errcode = 'exclusion_violation', constraint = 'seat_never_twice';
  end if;
  return new;
end
$$;

-- Who says that it is the first is believed: if there is another, one of them has that number.
create trigger seat_numbered before insert on seat for each row when (new.number is distinct from 1)
  execute function number_seat();
