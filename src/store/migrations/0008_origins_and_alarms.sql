-- From where an LMS's launches may come, and what looks odd about a delivery's growth (docs/security.md).

-- `learn`: from anywhere but the refused origins. `confirmed`: from the allowed origins alone.
alter table connection add column origins_mode text not null default 'learn' check (origins_mode in ('learn', 'confirmed'));
alter table connection add column refused_origins text[] not null default '{}';
update connection set origins_mode = 'confirmed' where allowed_origins <> '{}';

-- What a sweep has counted of launches since it last ran; none of it is written by a launch.
create table sweep (
  name text primary key,
  done_until timestamptz not null
);

create table delivery_origin (
  account_id uuid not null,
  delivery_id uuid not null,
  origin text not null,
  launches bigint not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (account_id, delivery_id, origin),
  foreign key (account_id, delivery_id) references delivery (account_id, id)
);

-- A day of a delivery, UTC. `new_shapes`: the shape of an id → how many new ids had it.
create table delivery_day (
  account_id uuid not null,
  delivery_id uuid not null,
  day date not null,
  launches bigint not null,
  new_identities integer not null,
  new_shapes jsonb not null,
  primary key (account_id, delivery_id, day),
  foreign key (account_id, delivery_id) references delivery (account_id, id)
);

create table alarm (
  account_id uuid not null,
  id uuid not null,
  delivery_id uuid not null,
  type text not null,
  evidence jsonb not null,
  raised_at timestamptz not null,
  last_seen_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  primary key (account_id, id),
  foreign key (account_id, delivery_id) references delivery (account_id, id),
  check ((acknowledged_at is null) = (acknowledged_by is null))
);
create unique index alarm_once on alarm (account_id, delivery_id, type) where acknowledged_at is null;
create index alarm_of_delivery on alarm (account_id, delivery_id, type, raised_at);
