-- An administrator's own named set of courses (RULES §1 "list").
create table list (
  account_id uuid not null references account,
  id uuid not null,
  name text not null check (name <> ''),
  created_at timestamptz not null,
  primary key (account_id, id),
  constraint list_name_once unique (account_id, name)
);

create table list_course (
  account_id uuid not null,
  list_id uuid not null,
  course_id uuid not null references course,
  primary key (account_id, list_id, course_id),
  foreign key (account_id, list_id) references list (account_id, id) on delete cascade
);

-- A license that is ended before it started has an empty term: it ends in its first instant.
alter table license drop constraint license_check;
alter table license add constraint license_ends_after_start check (ends_at >= starts_at);
