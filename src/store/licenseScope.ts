/** Which courses a license is for. */

/** Of `license` and `course`; the whole catalog is all but what may not be sold so (RULES §1 "bundle"). */
export const LICENSE_HAS_COURSE = `case
  when license.course_id is not null then license.course_id = course.id
  when license.bundle_id is not null then exists (select from bundle_course
    where bundle_course.bundle_id = license.bundle_id and bundle_course.course_id = course.id)
  else not exists (select from bundle_course join bundle on bundle.id = bundle_course.bundle_id
    where bundle_course.course_id = course.id and license.kind = any (bundle.barred_kinds)) end`;
