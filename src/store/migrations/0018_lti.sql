-- LTI (DESIGN §6): the platforms that launch here, their deployments, our own keys, and the grades that go back.

-- What a platform and the gateway know of each other (LTI 1.3 §3.1.2). A row is found by issuer and client id, of whomever it is:
-- cloud LMSs share both among their customers, and then the deployment tells whose launch it is.
create table lti_registration (
  id uuid primary key,
  -- Whose platform it is; null: the vendor's own registration with a platform that several customers share.
  account_id uuid references account,
  -- Where launches of deployments go that are not named below. Null: each deployment is assigned by somebody.
  connection_id uuid,
  name text not null,
  issuer text not null,
  client_id text not null,
  authorization_url text not null,
  token_url text not null,
  -- `aud` of what proves us to the platform; null: its token_url.
  token_audience text,
  jwks_url text not null,
  -- As the platform names itself, such as `moodle` or `canvas`; empty where it does not say.
  product text not null default '',
  -- Whether the platform registered itself, by a link.
  dynamic boolean not null default false,
  created_at timestamptz not null,
  ended_at timestamptz,
  foreign key (account_id, connection_id) references connection (account_id, id),
  check (connection_id is null or account_id is not null)
);
create unique index lti_registration_once on lti_registration (issuer, client_id) where ended_at is null;
create index lti_registration_of_account on lti_registration (account_id, created_at);

-- One installation of the tool in a platform (LTI 1.3 §3.1.3). Without an account: seen, and not assigned yet.
create table lti_deployment (
  registration_id uuid not null references lti_registration,
  deployment_id text not null,
  id uuid not null unique,
  account_id uuid references account,
  connection_id uuid,
  first_seen_at timestamptz not null,
  primary key (registration_id, deployment_id),
  foreign key (account_id, connection_id) references connection (account_id, id),
  check ((account_id is null) = (connection_id is null))
);
create index lti_deployment_of_account on lti_deployment (account_id, connection_id);

-- What we sign with (messages to platforms, and what asks them for access); its public half is in our JWKS until it ends.
create table lti_tool_key (
  kid text primary key,
  public_jwk jsonb not null,
  -- PKCS 8, sealed with the key ring.
  private_key_sealed text not null,
  created_at timestamptz not null,
  -- From when on it signs: later than it was published, for platforms keep what they have read for a while.
  signs_from timestamptz not null,
  ends_at timestamptz
);

-- LTI 1.1: each delivery has a consumer key of its own, and one secret or, while it is being changed, two.
create table lti11_key (
  consumer_key text primary key,
  account_id uuid not null,
  delivery_id uuid not null,
  created_at timestamptz not null,
  unique (account_id, delivery_id),
  foreign key (account_id, delivery_id) references delivery (account_id, id)
);
create table lti11_secret (
  consumer_key text not null references lti11_key,
  id uuid not null,
  -- Sealed with the key ring: its signatures can't be checked against a hash.
  secret_sealed text not null,
  created_at timestamptz not null,
  ends_at timestamptz,
  primary key (consumer_key, id)
);

-- Where the grades of an attempt go. One attempt may have several, where a course stands twice in a platform.
create table grade_target (
  account_id uuid not null,
  id uuid not null,
  attempt_id uuid not null,
  -- SHA-256, hexadecimal, of what tells it from the attempt's other targets.
  target_hash text not null,
  service text not null check (service in ('ags', 'outcomes')),
  -- Of LTI 1.3; null in 1.1.
  registration_id uuid references lti_registration,
  -- Of LTI 1.1; null in 1.3.
  consumer_key text references lti11_key,
  -- `sub` of the learner, as the platform named them in the launch.
  user_id text not null,
  resource_link_id text not null default '',
  title text not null default '',
  -- AGS: the line item, where it is known; else the container in which it is found or made.
  line_item_url text,
  line_items_url text,
  scopes text[] not null default '{}',
  -- LTI 1.1: lis_outcome_service_url and lis_result_sourcedid.
  outcome_url text,
  result_sourcedid text,
  created_at timestamptz not null,
  primary key (account_id, id),
  unique (account_id, attempt_id, target_hash),
  foreign key (account_id, attempt_id) references attempt (account_id, id),
  check ((service = 'ags') = (registration_id is not null)),
  check ((service = 'outcomes') = (consumer_key is not null and outcome_url is not null and result_sourcedid is not null))
);

-- The outbox of grades: delivered in order for each target, each once.
create table grade (
  account_id uuid not null,
  target_id uuid not null,
  number bigint not null,
  -- When the course said so, by our clock.
  occurred_at timestamptz not null,
  rollup jsonb not null,
  status text not null check (status in ('waiting', 'delivered', 'given_up')),
  tries integer not null default 0,
  next_try_at timestamptz,
  last_problem text,
  settled_at timestamptz,
  primary key (account_id, target_id, number),
  foreign key (account_id, target_id) references grade_target (account_id, id),
  check ((status = 'waiting') = (next_try_at is not null)),
  check ((status = 'waiting') = (settled_at is null))
);
create index grade_due on grade (next_try_at) where status = 'waiting';
