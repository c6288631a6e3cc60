-- What a target that is failing waits for: a refusal of its grade, or trouble of the platform's; and what cuts the wait short.

alter table grade_target add column refused boolean not null default false;
-- A launch of its attempt after this has it tried sooner; null: the platform asked to be left alone for so long.
alter table grade_target add column launch_wakes_after timestamptz;
