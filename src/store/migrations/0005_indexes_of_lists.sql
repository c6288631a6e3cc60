-- step by step
-- Every list is read newest first and by key; a filter that leaves few rows of many needs an index of its own. Built while
-- the gateway goes on serving; one that was broken off is begun anew.

drop index concurrently if exists delivery_of_license;
create index concurrently delivery_of_license on delivery (account_id, license_id, id);
drop index concurrently if exists seat_by_status;
create index concurrently seat_by_status on seat (account_id, license_id, status, id);
drop index concurrently if exists attempt_of_license;
create index concurrently attempt_of_license on attempt (account_id, license_id, id);
drop index concurrently if exists attempt_of_learner;
create index concurrently attempt_of_learner on attempt (account_id, learner_id, id);
drop index concurrently if exists launch_of_account;
create index concurrently launch_of_account on launch (account_id, opened_at);
drop index concurrently if exists launch_not_allowed;
create index concurrently launch_not_allowed on launch (account_id, opened_at) where outcome <> 'allowed';
drop index concurrently if exists charge_of_account;
create index concurrently charge_of_account on charge (account_id, made_at);
drop index concurrently if exists charge_of_learner;
create index concurrently charge_of_learner on charge (account_id, learner_id, made_at);
-- Prefixes: what a person types into a search box.
drop index concurrently if exists learner_by_name;
create index concurrently learner_by_name on learner (account_id, lower(name) text_pattern_ops) where name <> '';
drop index concurrently if exists identity_by_value;
create index concurrently identity_by_value on identity (account_id, lower("left"(value, 200)) text_pattern_ops);
-- Few among many.
drop index concurrently if exists learner_test;
create index concurrently learner_test on learner (account_id, id) where test;
drop index concurrently if exists learner_inactive;
create index concurrently learner_inactive on learner (account_id, id) where deactivated_at is not null;
drop index concurrently if exists attempt_ended;
create index concurrently attempt_ended on attempt (account_id, id) where ended_at is not null;
