-- Of messages that open no launch (deep linking): a launch's own row says that its nonce was used.
create table lti_nonce (
  nonce text primary key,
  used_at timestamptz not null
);
create index lti_nonce_by_age on lti_nonce (used_at);
