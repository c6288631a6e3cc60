-- The outbox (docs/alerts.md): events are told in the transaction of what they tell of; a message is one event on its way to
-- one destination, each destination a line of its own, in order.

create table event (
  account_id uuid not null references account,
  id uuid not null,
  type text not null,
  data jsonb not null,
  occurred_at timestamptz not null,
  -- Whether e-mail tells it too, besides webhooks.
  by_mail boolean not null,
  -- Null: for every destination that listens to its type.
  only_destination_id uuid,
  -- Above that of every event that had been committed when this one was written.
  position bigint generated always as identity,
  -- Counts the account's events without a gap, as they were committed; null until they are sorted.
  sequence bigint check (sequence > 0),
  primary key (account_id, id),
  constraint event_sequence_once unique (account_id, sequence)
);
create index event_unsorted on event (position) where sequence is null;
create index event_age on event (occurred_at);

-- Whoever sorts an account's events holds its row.
create table event_line (
  account_id uuid primary key references account,
  last_sequence bigint not null
);

create table destination (
  account_id uuid not null references account,
  id uuid not null,
  type text not null check (type in ('webhook', 'mail')),
  -- A URL, or an e-mail address.
  target text not null check (target <> ''),
  description text not null,
  -- Empty: all that there are for its type.
  event_types text[] not null,
  language text not null,
  -- Sealed; of webhooks.
  secret text check ((type = 'webhook') = (secret is not null)),
  previous_secret text,
  previous_secret_until timestamptz check ((previous_secret is null) = (previous_secret_until is null)),
  -- When the first message of its line is to be tried; null: nothing waits.
  due_at timestamptz,
  -- Which sender has it now. One that was killed has it no longer than this.
  claim uuid,
  claimed_until timestamptz check ((claim is null) = (claimed_until is null)),
  -- Of the first message of the line.
  failed_tries integer not null default 0 check (failed_tries >= 0),
  failing_since timestamptz check ((failed_tries > 0) = (failing_since is not null)),
  disabled_at timestamptz,
  disabled_reason text check ((disabled_at is null) = (disabled_reason is null)),
  created_at timestamptz not null,
  primary key (account_id, id)
);
create index destination_due on destination (due_at) where due_at is not null and disabled_at is null;
create unique index destination_mail_once on destination (account_id, lower(target)) where type = 'mail';

create table message (
  account_id uuid not null,
  id uuid not null,
  destination_id uuid not null,
  event_id uuid not null,
  -- In the line of its destination.
  place bigint generated always as identity,
  status text not null check (status in ('waiting', 'sent', 'failed', 'skipped')),
  replay boolean not null,
  tries integer not null default 0,
  created_at timestamptz not null,
  ended_at timestamptz check ((status = 'waiting') = (ended_at is null)),
  primary key (account_id, id),
  foreign key (account_id, destination_id) references destination (account_id, id) on delete cascade,
  foreign key (account_id, event_id) references event (account_id, id) on delete cascade
);
create index message_line on message (account_id, destination_id, place) where status = 'waiting';
create index message_of_destination on message (account_id, destination_id, id);
create index message_of_event on message (account_id, event_id);
-- No event comes twice unless somebody asks for it.
create unique index message_once on message (account_id, destination_id, event_id) where not replay;

create table message_try (
  account_id uuid not null,
  message_id uuid not null,
  number integer not null check (number > 0),
  tried_at timestamptz not null,
  seconds double precision not null,
  -- Of the answer; null: there was none.
  status_code integer,
  -- Null: it arrived.
  problem text,
  primary key (account_id, message_id, number),
  foreign key (account_id, message_id) references message (account_id, id) on delete cascade
);

-- What people are to look at, once each; kept when its event is forgotten.
create table alert (
  account_id uuid not null references account,
  id uuid not null,
  type text not null,
  -- What makes it another one than the last: the threshold, with the license's lots, the period …
  key text not null,
  license_id uuid,
  data jsonb not null,
  raised_at timestamptz not null,
  primary key (account_id, id),
  foreign key (account_id, license_id) references license (account_id, id),
  constraint alert_once unique (account_id, key)
);
create index alert_of_license on alert (account_id, license_id, id);

-- Null: as for every license.
create table license_alert_rules (
  account_id uuid not null,
  license_id uuid not null,
  threshold_percents integer[],
  overage boolean,
  ending_days integer[],
  primary key (account_id, license_id),
  foreign key (account_id, license_id) references license (account_id, id)
);
