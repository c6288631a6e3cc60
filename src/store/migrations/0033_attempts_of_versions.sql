-- An attempt's version is one of the attempt's course: one key says so, where one for the version and one for the course did not.

alter table attempt drop constraint attempt_course_id_fkey, drop constraint attempt_course_version_id_fkey,
  drop constraint attempt_account_id_license_id_course_id_learner_id_number_key,
  add constraint attempt_version_of_course foreign key (course_version_id, course_id)
    references course_version (id, course_id) not valid;
