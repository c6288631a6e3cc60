-- Numbers stand for the constraint from here on: what they were given by never changes.

create function refuse_another_term() returns trigger language plpgsql as $$
begin
  raise exception 'A seat stays the same learner''s, for the same thing and time; one that was released is never taken again'
    using errcode = 'restrict_violation';
end
$$;
create trigger seat_stays before update on seat for each row
  when (old.status = 'released' and new.status <> 'released'
    or (old.account_id, old.learner_id, old.license_id, old.course_id, old.starts_at, old.ends_at, old.number)
      is distinct from
      (new.account_id, new.learner_id, new.license_id, new.course_id, new.starts_at, new.ends_at, new.number))
  execute function refuse_another_term();

alter table seat drop constraint seat_never_twice;
drop index seat_by_learner;
