-- step by step
-- Looked through every half minute, and mostly empty. Built while launches write.

drop index concurrently if exists grade_target_failing;
create index concurrently grade_target_failing on grade_target (launch_wakes_after) where failing;
