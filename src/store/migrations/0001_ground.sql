-- The tables of the main job. Every table of a tenant leads its keys with account_id, so that the schema can be spread
-- over a distributed Postgres by tenant. Important rules stand here a second time, as constraints (DESIGN §9.8).

create extension if not exists btree_gist;

-- Tenants

create table account (
  id uuid primary key,
  name text not null check (name <> ''),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  retake boolean not null,
  retake_starts_over boolean not null,
  test_identities_most integer not null check (test_identities_most >= 0),
  created_at timestamptz not null
);

-- One LMS of an account. A spin-off is opened for a known id from an origin not yet seen, until an admin says whether it
-- is the same LMS (RULES §6).
create table connection (
  account_id uuid not null references account,
  id uuid not null,
  name text not null,
  placeholder_ids text[] not null default '{}',
  -- Origins that launches may come from; none: any.
  allowed_origins text[] not null default '{}',
  spun_off_from uuid,
  spun_off_origin text,
  to_be_confirmed boolean not null default false,
  created_at timestamptz not null,
  primary key (account_id, id),
  foreign key (account_id, spun_off_from) references connection (account_id, id),
  unique (account_id, spun_off_from, spun_off_origin)
);

-- Courses (the vendor's)

create table course (
  id uuid primary key,
  title text not null,
  current_version_id uuid,
  retired_at timestamptz,
  created_at timestamptz not null
);

create table course_version (
  id uuid primary key,
  course_id uuid not null references course,
  number integer not null check (number > 0),
  standard text not null,
  structure jsonb not null,
  warnings jsonb not null,
  file_count integer not null,
  byte_count bigint not null,
  package_sha256 text,
  imported_at timestamptz not null,
  unique (course_id, number)
);

create table bundle (
  id uuid primary key,
  name text not null,
  barred_kinds text[] not null default '{}',
  created_at timestamptz not null
);

create table bundle_course (
  bundle_id uuid not null references bundle,
  course_id uuid not null references course,
  primary key (bundle_id, course_id)
);

-- Rights

create table contract (
  account_id uuid not null references account,
  id uuid not null,
  kind text not null,
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  created_at timestamptz not null,
  primary key (account_id, id)
);

-- Prices are rows valid from an instant, never changed (RULES §5). Without a course: any course.
create table price (
  account_id uuid not null references account,
  id uuid not null,
  kind text not null,
  course_id uuid references course,
  amount_minor bigint not null check (amount_minor >= 0),
  currency text not null,
  valid_from timestamptz not null,
  primary key (account_id, id)
);
create index price_lookup on price (account_id, kind, valid_from);

create table license (
  account_id uuid not null references account,
  id uuid not null,
  short_id text not null,
  kind text not null,
  course_id uuid references course,
  bundle_id uuid references bundle,
  terms jsonb not null,
  retake boolean,
  retake_starts_over boolean,
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  paused_at timestamptz,
  created_at timestamptz not null,
  primary key (account_id, id),
  unique (account_id, short_id),
  check (course_id is null or bundle_id is null)
);

-- `taken` counts every seat that is not released, in the same transaction as the seat; a check recounts it.
create table lot (
  account_id uuid not null,
  id uuid not null,
  license_id uuid not null,
  quantity integer not null check (quantity > 0),
  taken integer not null default 0 check (taken >= 0),
  overage boolean not null default false,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  created_at timestamptz not null,
  primary key (account_id, id),
  foreign key (account_id, license_id) references license (account_id, id),
  constraint lot_never_oversold check (overage or taken <= quantity)
);
create index lot_of_license on lot (account_id, license_id);

create table delivery (
  account_id uuid not null,
  id uuid not null,
  key text not null unique,
  license_id uuid not null,
  course_id uuid not null references course,
  connection_id uuid not null,
  format text not null,
  -- As they stood when the delivery was made, so that its package is built again with the same bytes.
  course_title text not null,
  label text not null default '',
  created_at timestamptz not null,
  revoked_at timestamptz,
  primary key (account_id, id),
  foreign key (account_id, license_id) references license (account_id, id),
  foreign key (account_id, connection_id) references connection (account_id, id)
);
create index delivery_revoked on delivery (revoked_at) where revoked_at is not null;
create unique index delivery_once on delivery (account_id, license_id, course_id, connection_id, format)
  where revoked_at is null;

-- People

create table learner (
  account_id uuid not null references account,
  id uuid not null,
  name text not null default '',
  test boolean not null default false,
  deactivated_at timestamptz,
  created_at timestamptz not null,
  primary key (account_id, id)
);

create index learner_deactivated on learner (deactivated_at) where deactivated_at is not null;

create table identity (
  account_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  namespace text not null,
  value text not null,
  -- SHA-256 of the value, hexadecimal: an id can be longer than an index entry.
  value_hash text not null,
  learner_id uuid not null,
  name_sent text not null default '',
  first_seen_at timestamptz not null,
  primary key (account_id, id),
  foreign key (account_id, connection_id) references connection (account_id, id),
  foreign key (account_id, learner_id) references learner (account_id, id)
);
create unique index identity_key on identity (account_id, connection_id, namespace, value_hash);
create index identity_of_learner on identity (account_id, learner_id);

-- From which origins of an LMS an identity is known to come (RULES §6).
create table identity_origin (
  account_id uuid not null,
  identity_id uuid not null,
  origin text not null,
  first_seen_at timestamptz not null,
  primary key (account_id, identity_id, origin),
  foreign key (account_id, identity_id) references identity (account_id, id)
);

-- Consumption

create table seat (
  account_id uuid not null,
  id uuid not null,
  license_id uuid not null,
  learner_id uuid not null,
  -- Null: the seat covers every course of the license.
  course_id uuid references course,
  lot_id uuid,
  status text not null check (status in ('pending', 'confirmed', 'released')),
  launches integer not null check (launches > 0),
  counted_launch_at timestamptz not null,
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at > starts_at),
  confirmed_at timestamptz,
  released_at timestamptz,
  primary key (account_id, id),
  foreign key (account_id, license_id) references license (account_id, id),
  foreign key (account_id, learner_id) references learner (account_id, id),
  foreign key (account_id, lot_id) references lot (account_id, id),
  check ((status = 'pending') = (confirmed_at is null) or status = 'released'),
  check ((status = 'released') = (released_at is not null)),
  -- No two live seats of one learner for the same thing (RULES §2 "Concurrency").
  constraint seat_never_twice exclude using gist (
    account_id with =, license_id with =, learner_id with =,
    (coalesce(course_id, '00000000-0000-0000-0000-000000000000')) with =,
    tstzrange(starts_at, ends_at) with &&
  ) where (status <> 'released')
);
create index seat_of_learner on seat (account_id, license_id, learner_id);
create index seat_of_lot on seat (account_id, lot_id) where status <> 'released';

create table attempt (
  account_id uuid not null,
  id uuid not null,
  license_id uuid not null,
  course_id uuid not null references course,
  learner_id uuid not null,
  course_version_id uuid not null references course_version,
  number integer not null check (number > 0),
  launches integer not null default 0,
  rollup jsonb,
  -- Of the save that wrote the rollup, as in attempt_state.
  rollup_stamp bigint not null default 0,
  saved_at timestamptz,
  started_at timestamptz not null,
  ended_at timestamptz,
  ended_reason text check (ended_reason in ('retake', 'reset_by_support', 'reset_by_lms')),
  primary key (account_id, id),
  foreign key (account_id, license_id) references license (account_id, id),
  foreign key (account_id, learner_id) references learner (account_id, id),
  unique (account_id, license_id, course_id, learner_id, number)
);
create unique index attempt_never_twice on attempt (account_id, license_id, course_id, learner_id) where ended_at is null;

-- `elements`: element → [value, stamp]; the stamp orders saves that arrive late (docs/bridge.md §3).
create table attempt_state (
  account_id uuid not null,
  attempt_id uuid not null,
  item_id text not null,
  -- A value that Postgres can't hold as text (NUL, half a surrogate pair) stands as {"escaped": …}.
  elements jsonb not null default '{}',
  -- Before the launch numbered session_launch, and in it so far.
  earlier_seconds double precision not null default 0,
  session_launch integer not null default 0,
  session_seconds double precision not null default 0,
  primary key (account_id, attempt_id, item_id),
  foreign key (account_id, attempt_id) references attempt (account_id, id)
);

-- The LMS of this identity and delivery has committed the attempt's marker (docs/bridge.md §4).
create table attempt_marker (
  account_id uuid not null,
  attempt_id uuid not null,
  identity_id uuid not null,
  delivery_id uuid not null,
  acknowledged_at timestamptz not null,
  primary key (account_id, attempt_id, identity_id, delivery_id),
  foreign key (account_id, attempt_id) references attempt (account_id, id)
);

create table launch (
  account_id uuid not null,
  id uuid not null,
  delivery_id uuid not null,
  license_id uuid not null,
  course_id uuid not null,
  nonce text not null,
  lms_origin text not null,
  identity_id uuid,
  learner_id uuid,
  seat_id uuid,
  attempt_id uuid,
  -- The how-manieth launch of its attempt.
  number integer,
  outcome text not null check (outcome in ('allowed', 'denied', 'test')),
  code text check ((outcome = 'denied') = (code is not null)),
  reference text not null,
  -- The same denial of the same learner within a minute is one row.
  count integer not null default 1,
  opened_at timestamptz not null,
  open_seconds double precision not null default 0,
  last_seen_at timestamptz not null,
  closed_at timestamptz,
  primary key (account_id, id),
  foreign key (account_id, delivery_id) references delivery (account_id, id)
);
-- The same launch sent again is the same launch; a denied one that is tried again is decided again.
create unique index launch_once on launch (account_id, delivery_id, nonce) where outcome <> 'denied';
create index launch_of_learner on launch (account_id, learner_id, opened_at);
create index launch_of_delivery on launch (account_id, delivery_id, opened_at);
create index launch_of_attempt on launch (account_id, attempt_id) where attempt_id is not null;
create index launch_by_reference on launch (reference);

-- Where a launch's course files are served (docs/bridge.md, DESIGN §5): /c/<id>/…
create table content_session (
  id text primary key,
  account_id uuid not null,
  attempt_id uuid not null,
  delivery_id uuid not null,
  learner_id uuid not null,
  course_version_id uuid not null,
  expires_at timestamptz not null,
  unique (account_id, attempt_id, delivery_id),
  foreign key (account_id, attempt_id) references attempt (account_id, id)
);

-- The ledger and the audit log: append-only (DESIGN §9.7). They name people by internal id only.

create table charge (
  account_id uuid not null references account,
  id uuid not null,
  license_id uuid not null,
  course_id uuid,
  learner_id uuid,
  seat_id uuid,
  reason text not null,
  -- The evidence: which launch, and which rule (RULES §3.1).
  launch_id uuid,
  rule text not null,
  price_id uuid,
  amount_minor bigint not null,
  currency text not null,
  corrects_charge_id uuid,
  made_at timestamptz not null,
  primary key (account_id, id),
  foreign key (account_id, license_id) references license (account_id, id),
  foreign key (account_id, seat_id) references seat (account_id, id),
  foreign key (account_id, corrects_charge_id) references charge (account_id, id)
);
-- One charge per confirmation.
create unique index charge_once on charge (account_id, seat_id) where corrects_charge_id is null;
create index charge_of_license on charge (account_id, license_id, made_at);

create table audit (
  id uuid primary key,
  account_id uuid references account,
  at timestamptz not null,
  actor text not null,
  action text not null,
  subject_type text not null,
  subject_id text not null,
  before jsonb,
  after jsonb,
  why text not null default ''
);
create index audit_of_account on audit (account_id, at);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger charge_append_only before update or delete on charge for each row execute function refuse_change();
create trigger audit_append_only before update or delete on audit for each row execute function refuse_change();
create trigger charge_never_truncated before truncate on charge for each statement execute function refuse_change();
create trigger audit_never_truncated before truncate on audit for each statement execute function refuse_change();
create trigger price_append_only before update or delete on price for each row execute function refuse_change();
