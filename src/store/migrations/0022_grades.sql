-- Grades on their way to gradebooks, and who is in the courses of an LMS (docs/lti-grades.md).

-- What a gradebook can show of a rollup; null: nothing yet. No gradebook has a place for hundredths of progress. Every save asks it
-- twice: so it is made of what Postgres can put in its place in the statement (immutable, as its parts are).
create or replace function seen_in_gradebook(rollup jsonb) returns jsonb language sql immutable as $$
  select case
    when coalesce(rollup ->> 'completion', 'unknown') in ('unknown', 'not attempted')
      and coalesce(rollup ->> 'success', 'unknown') = 'unknown'
      and rollup #>> '{score,scaled}' is null and rollup #>> '{score,raw}' is null
      and coalesce((rollup ->> 'progress')::double precision, 0) <= 0 then null
    else (rollup - '{location,session_seconds,progress}'::text[])
      || case when (rollup ->> 'progress')::double precision > 0 then '{"progress": true}'::jsonb else '{}' end
  end
$$;

-- Of the save that last changed what gradebooks see, as rollup_stamp.
alter table attempt add column graded_stamp bigint not null default 0;

-- A target is worked at by one sender at a time, from its first grade to its last; `resting`: nothing waits. Without `due_at` it
-- was never looked at.
alter table grade_target add column resting boolean not null default false;
alter table grade_target add column due_at timestamptz;
-- It waits out a failure: what is added to it waits behind.
alter table grade_target add column failing boolean not null default false;
alter table grade_target add column claim uuid;
alter table grade_target add column claimed_until timestamptz;
-- What was last told there, and with which time.
alter table grade_target add column told jsonb;
alter table grade_target add column told_at timestamptz;
-- Those of one account and platform: they wait for one another, and for nobody else.
alter table grade_target add column lane text
  generated always as (account_id::text || ' ' || coalesce(registration_id::text, consumer_key)) stored;
create index grade_target_due on grade_target (lane, (coalesce(due_at, created_at))) where not resting;
-- A later attempt's grades stand in the same place of the gradebook as those of the one before.
create index grade_target_place on grade_target (account_id, registration_id, user_id, resource_link_id)
  where registration_id is not null;

-- `passed_over`: it said nothing that the gradebook could show, or would have taken a score away.
alter table grade drop constraint grade_status_check;
alter table grade add constraint grade_status_check check (status in ('waiting', 'delivered', 'given_up', 'passed_over'));
-- In order, for each target.
create index grade_waiting on grade (account_id, target_id, number) where status = 'waiting';
drop index grade_due;

-- The place of a link in a gradebook, where the platform did not name it: found or made once, for all learners of the link.
create table line_item (
  account_id uuid not null references account,
  registration_id uuid not null references lti_registration,
  -- SHA-256, hexadecimal, of its container, its resource link and the delivery.
  place_hash text not null,
  url text,
  -- Somebody is finding or making it.
  claimed_until timestamptz,
  primary key (account_id, registration_id, place_hash)
);

-- A course of an LMS that tells who is in it (Names and Roles 2.0).
create table lti_context (
  account_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  registration_id uuid not null references lti_registration,
  -- SHA-256, hexadecimal, of its id in the LMS.
  context_hash text not null,
  title text not null default '',
  memberships_url text not null,
  seen_at timestamptz not null,
  -- When its members are to be read; null: not any more, for nobody launches there.
  due_at timestamptz,
  claimed_until timestamptz,
  read_at timestamptz,
  members integer,
  last_problem text,
  primary key (account_id, id),
  unique (account_id, registration_id, context_hash),
  foreign key (account_id, connection_id) references connection (account_id, id)
);
create index lti_context_due on lti_context (due_at);

-- Which learners are, or were, in which of them.
create table lti_member (
  account_id uuid not null,
  context_id uuid not null,
  learner_id uuid not null,
  -- Null: there when last heard of.
  left_at timestamptz,
  seen_at timestamptz not null,
  primary key (account_id, context_id, learner_id),
  foreign key (account_id, context_id) references lti_context (account_id, id),
  foreign key (account_id, learner_id) references learner (account_id, id)
);
create index lti_member_of_learner on lti_member (account_id, learner_id);

-- Learners who left every course that they were in: somebody is to decide.
create table deactivation_suggestion (
  account_id uuid not null,
  id uuid not null,
  learner_id uuid not null,
  status text not null check (status in ('open', 'accepted', 'dismissed', 'withdrawn')),
  -- When they were first missing from the last of their courses.
  left_at timestamptz not null,
  suggested_at timestamptz not null,
  decided_at timestamptz,
  decided_by text,
  primary key (account_id, id),
  foreign key (account_id, learner_id) references learner (account_id, id),
  check ((status = 'open') = (decided_at is null))
);
create unique index deactivation_suggestion_open on deactivation_suggestion (account_id, learner_id) where status = 'open';
create index deactivation_suggestion_of_learner on deactivation_suggestion (account_id, learner_id, left_at);
