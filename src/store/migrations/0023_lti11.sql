-- LTI 1.1: when a launch was last signed with a secret, about: whoever changes it in an LMS sees when the old one is not needed
-- any more.
alter table lti11_secret add column last_used_at timestamptz;
