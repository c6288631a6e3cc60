-- And the course that this launch was of: a report of a million seats need not look up a million launches.
alter table seat add column if not exists first_course_id uuid;
