-- step by step
-- What 0033 puts in force, built while launches go on.

drop index concurrently if exists course_version_of_course;
create unique index concurrently course_version_of_course on course_version (id, course_id);

-- As unique as the constraint it follows: of the same columns. The learner stands in front, so that a learner's attempts are found by
-- it as well, and a new attempt makes an entry less.
drop index concurrently if exists attempt_number_once;
create unique index concurrently attempt_number_once on attempt (account_id, learner_id, license_id, course_id, number);
