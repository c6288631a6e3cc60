-- The catalog inside an LMS (docs/deep-linking.md).

-- It is read by title, a page at a time.
create index course_by_title on course (lower(title), id) where retired_at is null and current_version_id is not null;

-- Whether teachers may add courses that no administrator has added to this LMS before.
alter table connection add column teachers_add_courses boolean not null default true;
