-- Who is who where an LMS launches by LTI (RULES §6).

-- What an LMS said of a person beside their id: each value once, with the first kept and the newest in force. Evidence of who
-- they are, never a key to find them by when they launch.
create table identity_evidence (
  account_id uuid not null,
  identity_id uuid not null,
  -- `name`, `given_name`, `family_name`, `email` or `sourcedid`.
  type text not null,
  -- SHA-256 of the value, hexadecimal.
  value_hash text not null,
  value text not null check (value <> ''),
  first_seen_at timestamptz not null,
  -- When the LMS last turned to it from another: of a type, the latest is what the LMS says now.
  current_since timestamptz not null,
  primary key (account_id, identity_id, type, value_hash),
  foreign key (account_id, identity_id) references identity (account_id, id) on delete cascade,
  check (current_since >= first_seen_at)
);
create index identity_evidence_by_value on identity_evidence (account_id, type, lower("left"(value, 200)));

-- Whether instructors, and the test persons of LMSs, become test identities with their first launch.
alter table account add column instructors_are_test_identities boolean not null default false;

-- What else is to be known of a launch: `test_identities_used_up`, say. Null for nearly all.
alter table launch add column note text;
