-- What the kinds of licenses need besides lots and seats (RULES §3.3 to §3.6).

-- Since when a subscription does not renew itself; a term that begins later is a purchase, and renews again.
alter table license add column renewal_cancelled_at timestamptz;
-- Seats of the next term; null: as many as this one has.
alter table license add column renewal_quantity integer check (renewal_quantity > 0);
create index license_of_kind on license (kind, account_id, id);

-- Days that an assignment of the course lasts; null: as long as the subscription (RULES §3.5).
alter table course add column assignment_days integer check (assignment_days > 0);
create index bundle_course_of_course on bundle_course (course_id, bundle_id);

-- A subscription profile (a license) assigned to a learner, from a start to an end (RULES §3.5).
create table assignment (
  account_id uuid not null,
  id uuid not null,
  license_id uuid not null,
  learner_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  -- Null: by a learner's first launch.
  assigned_by text,
  primary key (account_id, id),
  foreign key (account_id, license_id) references license (account_id, id),
  foreign key (account_id, learner_id) references learner (account_id, id),
  constraint assignment_never_twice exclude using gist (
    account_id with =, license_id with =, learner_id with =, tstzrange(starts_at, ends_at) with &&
  )
);
-- Named after no other, so that a launch finds it by no other index than this (docs/decisions/launch-path.md).
create index assignment_by_learner on assignment (account_id, learner_id, license_id);
create index assignment_of_license on assignment (account_id, license_id, id);

-- A seat that was carried into a new term, or assigned directly, has had no launch yet.
alter table seat drop constraint if exists seat_launches_check;
alter table seat add constraint seat_launches_check check (launches >= 0) not valid;

-- Sign-ins and the like that an integration reports (RULES §3.6), decided as launches are; each once, by the caller's id.
create table activity (
  account_id uuid not null,
  id uuid not null,
  license_id uuid not null,
  -- The caller's own.
  external_id text not null,
  learner_id uuid not null,
  seat_id uuid,
  outcome text not null check (outcome in ('allowed', 'denied', 'test')),
  code text check ((outcome = 'denied') = (code is not null)),
  reported_at timestamptz not null,
  primary key (account_id, id),
  constraint activity_once unique (account_id, external_id),
  foreign key (account_id, license_id) references license (account_id, id),
  foreign key (account_id, learner_id) references learner (account_id, id)
);
create index activity_of_license on activity (account_id, license_id, id);
create index activity_of_learner on activity (account_id, learner_id, id);

-- An overage that the vendor announced: of the lots of a license that end at one time (RULES §3.4 "Overage review").
create table overage_review (
  account_id uuid not null references account,
  id uuid not null,
  license_id uuid not null,
  period_starts_at timestamptz not null,
  period_ends_at timestamptz not null check (period_ends_at > period_starts_at),
  -- As they were when it was announced.
  purchased integer not null check (purchased >= 0),
  consumed integer not null check (consumed > purchased),
  announced_at timestamptz not null,
  announced_by text not null,
  -- From then on what is undisputed is charged.
  disputable_until timestamptz not null check (disputable_until > announced_at),
  charged_at timestamptz,
  primary key (account_id, id),
  foreign key (account_id, license_id) references license (account_id, id)
);
create unique index overage_review_one_open on overage_review (account_id, license_id, period_ends_at)
  where charged_at is null;
create index overage_review_due on overage_review (disputable_until) where charged_at is null;
create index overage_review_of_license on overage_review (account_id, license_id, id);

-- A line that the account says was not consumed. It waits until it is settled; upheld, it is never charged.
create table overage_dispute (
  account_id uuid not null,
  id uuid not null,
  review_id uuid not null,
  seat_id uuid not null,
  reason text not null check (reason <> ''),
  raised_at timestamptz not null,
  raised_by text not null,
  outcome text check (outcome in ('upheld', 'rejected')),
  note text not null default '',
  settled_at timestamptz,
  settled_by text,
  primary key (account_id, id),
  constraint overage_dispute_once unique (account_id, seat_id),
  foreign key (account_id, review_id) references overage_review (account_id, id),
  foreign key (account_id, seat_id) references seat (account_id, id),
  check ((outcome is null) = (settled_at is null) and (outcome is null) = (settled_by is null))
);
create index overage_dispute_of_review on overage_dispute (account_id, review_id, id);

-- What was charged of a review: once when its time was over, again when disputes were rejected.
create table overage_charge (
  account_id uuid not null,
  charge_id uuid not null,
  review_id uuid not null,
  quantity integer not null check (quantity > 0),
  primary key (account_id, charge_id),
  foreign key (account_id, charge_id) references charge (account_id, id),
  foreign key (account_id, review_id) references overage_review (account_id, id)
);
create index overage_charge_of_review on overage_charge (account_id, review_id);
create trigger overage_charge_append_only before update or delete on overage_charge for each row execute function refuse_change();
create trigger overage_charge_never_truncated before truncate on overage_charge for each statement execute function refuse_change();
