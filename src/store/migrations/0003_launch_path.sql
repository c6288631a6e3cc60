-- step by step
-- A launch is decided on what was read before, and written in one statement that looks whether that still holds. Where it does
-- not, the statement is undone as a whole, by this, and the launch is decided again.
create or replace function refuse_stale_launches() returns void language plpgsql as $$
begin
  raise exception 'what the launches were decided on has changed' using errcode = 'serialization_failure';
end
$$;

-- As little is kept of a save that would make an attempt's state too large.
create or replace function refuse_large_state() returns void language plpgsql as $$
begin
  raise exception 'the state of the attempt would be too large' using errcode = 'program_limit_exceeded';
end
$$;

-- What a launch reads must be found by an index that no other one can stand in for: its statements are planned once, maybe for
-- tables that are all but empty, where any index that begins alike seems as good (docs/decisions/launch-path.md).

-- An attempt can have thousands of launches; whether another one is open is asked of the newest few.
drop index concurrently if exists launch_by_number;
create index concurrently launch_by_number on launch (account_id, attempt_id, number) where attempt_id is not null;
drop index concurrently if exists launch_of_attempt;

-- As unique as the one it follows: of the same columns.
drop index concurrently if exists launch_once_by_nonce;
create unique index concurrently launch_once_by_nonce on launch (account_id, nonce, delivery_id) where outcome <> 'denied';
drop index concurrently if exists launch_once;

drop index concurrently if exists seat_by_learner;
create index concurrently seat_by_learner on seat (account_id, learner_id, license_id);
drop index concurrently if exists seat_of_learner;
