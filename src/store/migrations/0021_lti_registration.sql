-- Links by which an LMS registers itself.

-- A link for the administrator of one LMS, good for one registration (LTI Dynamic Registration 1.0).
create table lti_registration_link (
  account_id uuid not null references account,
  id uuid not null,
  connection_id uuid not null,
  -- What the registration is to be called; empty: as the platform calls itself.
  name text not null default '',
  -- SHA-256, hexadecimal, of the secret in the link: who reads the database can register nothing.
  secret_hash text not null unique,
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz not null,
  -- Whose exchange with a platform is under way, and until when nobody else may begin one.
  claim_id uuid,
  claimed_until timestamptz,
  -- Once a registration came of it; never again.
  used_at timestamptz,
  registration_id uuid references lti_registration,
  withdrawn_at timestamptz,
  primary key (account_id, id),
  foreign key (account_id, connection_id) references connection (account_id, id),
  check ((claim_id is null) = (claimed_until is null)),
  check ((used_at is null) = (registration_id is null))
);
