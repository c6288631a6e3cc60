-- step by step
-- Of the attempts that were there before, while new ones are begun.

alter table attempt validate constraint attempt_version_of_course;

drop index concurrently if exists attempt_of_learner;
