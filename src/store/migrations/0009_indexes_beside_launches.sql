-- step by step
-- On tables that every launch writes to: built while they do.

drop index concurrently if exists audit_of_account_by_id;
create index concurrently audit_of_account_by_id on audit (account_id, id);
drop index concurrently if exists audit_of_subject;
create index concurrently audit_of_subject on audit (subject_type, subject_id, id);
drop index concurrently if exists audit_of_actor;
create index concurrently audit_of_actor on audit (actor, id);

-- Of launches in the order that they came; a few bytes for a thousand of them.
drop index concurrently if exists launch_by_time;
create index concurrently launch_by_time on launch using brin (opened_at) with (autosummarize = on);
