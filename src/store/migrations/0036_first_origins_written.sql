-- oldest beside: 0035_first_origins.sql
-- From here on the origin that a learner comes from for the first time stands only on the identity: a process that does not read it there would take
-- the learner for somebody from elsewhere.

comment on column identity.first_origin is
  'The origin it was first seen from, where it was recorded as it came and by no earlier version; all others stand in identity_origin';
