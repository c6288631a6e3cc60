-- Who may call the API, what was already answered, and imports under way.

-- The vendor's people (RULES §1 "vendor").
create table vendor_user (
  id uuid primary key,
  name text not null check (name <> ''),
  email text not null check (email <> ''),
  role text not null check (role in ('owner', 'support')),
  created_at timestamptz not null,
  deactivated_at timestamptz
);
create unique index vendor_user_email on vendor_user (lower(email));

-- A key is of a vendor user, whose role it has, or of an account, with a role of its own. Looked up by its prefix before
-- the account is known, so the table is not led by account_id.
create table api_key (
  id uuid primary key,
  account_id uuid references account,
  vendor_user_id uuid references vendor_user,
  role text check (role in ('admin', 'viewer')),
  name text not null check (name <> ''),
  prefix text not null unique,
  -- SHA-256, hexadecimal, of 256 random bits: nothing that could be guessed, so nothing slower is needed.
  secret_hash text not null,
  created_at timestamptz not null,
  created_by text not null,
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  check ((account_id is null) = (vendor_user_id is not null)),
  check ((account_id is null) = (role is null))
);
create index api_key_of_account on api_key (account_id, id) where account_id is not null;
create index api_key_of_vendor_user on api_key (vendor_user_id, id) where vendor_user_id is not null;

-- What was answered to a request with an Idempotency-Key; written with the work itself. The answer is sealed with the
-- caller's own credential, which is not stored: it can hold personal data and, of a new API key, a secret.
create table idempotency_key (
  principal text not null,
  key text not null,
  request_hash text not null,
  answer text,
  created_at timestamptz not null,
  primary key (principal, key)
);
create index idempotency_key_age on idempotency_key (created_at);

create table course_import (
  id uuid primary key,
  -- Of a new version; null: a new course.
  for_course_id uuid references course,
  title text,
  content_type text not null,
  state text not null check (state in ('receiving', 'waiting', 'checking', 'unpacking', 'done', 'failed')),
  received_bytes bigint not null default 0,
  -- Null: the sender did not say.
  total_bytes bigint,
  -- Of the step that it is in.
  step_done_bytes bigint not null default 0,
  step_total_bytes bigint,
  course_id uuid references course,
  course_version_id uuid references course_version,
  fault_code text check ((state = 'failed') = (fault_code is not null)),
  fault_detail text,
  created_at timestamptz not null,
  created_by text not null,
  -- A running import says that it runs; one that has fallen silent has died with its process.
  heartbeat_at timestamptz not null,
  ended_at timestamptz,
  check ((state in ('done', 'failed')) = (ended_at is not null)),
  check ((state = 'done') = (course_version_id is not null))
);
create index course_import_running on course_import (heartbeat_at) where ended_at is null;

-- A closed account can be read and no longer changed, and none of its deliveries opens.
alter table account add column closed_at timestamptz;

-- With which key somebody did it: when one leaks, what was done with it must be found.
alter table audit add column api_key_id uuid;
