-- step by step
-- Of the seats that were there before, while new ones are taken.

-- What an earlier try may have left unfinished.
drop index concurrently if exists seat_number_once;

update seat set number = numbered.number
from (
  select account_id, id, row_number() over (
    partition by account_id, learner_id, license_id, coalesce(course_id, '00000000-0000-0000-0000-000000000000')
    order by number, starts_at, id)::integer as number
  from seat) as numbered
where seat.account_id = numbered.account_id and seat.id = numbered.id and seat.number is distinct from numbered.number;

-- A learner's seats are found by it, too.
drop index concurrently if exists seat_number_once;
create unique index concurrently seat_number_once
  on seat (account_id, learner_id, license_id, (coalesce(course_id, '00000000-0000-0000-0000-000000000000')), number);

alter table seat validate constraint seat_number_positive;
