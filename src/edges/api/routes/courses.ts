/** Courses and their versions. An account sees those that it has a license for, or could add to its library. */
import { z } from "zod";
import { Fault } from "../../../core/faults.ts";
import { LIBRARY_KIND } from "../../../core/licensing/kinds/index.ts";
import { changeCourse } from "../../../flows/changeCourse.ts";
import type { Context } from "../../../flows/context.ts";
import { importCourse } from "../../../flows/importCourse.ts";
import type { Principal } from "../../../flows/principal.ts";
import { retireCourse } from "../../../flows/retireCourse.ts";
import {
  findListedCourse,
  findListedVersion,
  type ListedCourse,
  type ListedVersion,
  pageOfCourses,
  pageOfVersions,
  type Viewpoint,
} from "../../../store/listing/courses.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, queryFlag, text, wholeNumber } from "../schemas.ts";

const courseShape = z
  .object({
    id,
    title: z.string(),
    standard: z
      .enum(["scorm12", "scorm2004-2", "scorm2004-3", "scorm2004-4", "page", "video"])
      .nullable()
      .meta({ description: "What its current version is made for." }),
    current_version_id: id.nullable().meta({ description: "What new attempts begin on." }),
    current_version_number: z.int().nullable(),
    retired_at: moment.nullable().meta({ description: "No new seats since then." }),
    assignment_days: z.int().nullable().meta({
      description: "Days that an assignment of it lasts; null: as long as the learner's subscription.",
    }),
    created_at: moment,
  })
  .meta({ id: "Course" });

const showCourse = (course: ListedCourse): z.output<typeof courseShape> => ({
  ...course,
  standard: course.standard as z.output<typeof courseShape>["standard"],
});

const versionShape = z
  .object({
    id,
    course_id: id,
    number: z.int(),
    standard: z.string(),
    title: z.string(),
    warnings: z.array(z.object({ code: z.string(), detail: z.string() })).meta({
      description: "What the import noticed and accepted all the same.",
    }),
    file_count: z.int(),
    byte_count: z.int(),
    package_sha256: z.string().nullable().meta({ description: "Of the file as it was uploaded." }),
    imported_at: moment,
  })
  .meta({ id: "CourseVersion" });

const showVersion = (version: ListedVersion): z.output<typeof versionShape> => ({
  ...version,
  warnings: [...version.warnings],
});

const address = z.strictObject({
  url: text(2048).meta({ description: "Of a web page or a video; the learner's browser opens it." }),
  title: text(500).optional().meta({ description: "The address's host name, if not given." }),
});

const MOST_ASSIGNMENT_DAYS = 3660;

function viewpointOf({ deps }: Context, { account_id }: Principal): Viewpoint | null {
  return account_id === null ? null : { account_id, library_kind: LIBRARY_KIND.name, at: deps.clock.now() };
}

async function requireCourse(
  { context, principal }: { readonly context: Context; readonly principal: Principal },
  courseId: string,
): Promise<ListedCourse> {
  const course = await findListedCourse(context.db, viewpointOf(context, principal), courseId);
  if (!course) throw new Fault("not_found", `course: found none with the id ${courseId}.`);
  return course;
}

async function requireVersion(context: Context, courseId: string, versionId: string): Promise<ListedVersion> {
  const version = await findListedVersion(context.db, courseId, versionId);
  if (!version) throw new Fault("not_found", `version: found none with the id ${versionId} of this course.`);
  return version;
}

const retiring = (retired: boolean) =>
  defineRoute({
    id: retired ? "courses.retire" : "courses.unretire",
    tag: "Courses",
    method: "post",
    path: retired ? "/courses/{course_id}/retire" : "/courses/{course_id}/unretire",
    permission: "courses",
    need: "change",
    summary: retired ? "Open no new seats for a course" : "Open new seats again",
    description: retired ? "Who holds a running seat keeps the course." : "",
    answers: { 200: courseShape },
    faults: [],
    etag: true,
    run: async (call) => {
      const { course_id } = call.params;
      await retireCourse(call.context, call.by, course_id, retired);
      return reply(200, showCourse(await requireCourse(call, course_id)));
    },
  });

export const COURSE_ROUTES: readonly Route[] = [
  defineRoute({
    id: "courses.list",
    tag: "Courses",
    method: "get",
    path: "/courses",
    permission: "courses",
    need: "see",
    summary: "List courses, newest first",
    description: "An account's roles see the courses that it has a license for, or could add to its library.",
    query: pageQuery({
      title: text(200).optional().meta({ description: "Part of the title, in any case." }),
      retired: queryFlag.optional(),
    }),
    answers: { 200: pageOf(courseShape) },
    faults: [],
    run: async (call) => {
      const { context, principal, query } = call;
      const read = (page: PageRequest) =>
        pageOfCourses(context.db, viewpointOf(context, principal), query, page);
      return reply(200, await paged(call, read, showCourse));
    },
  }),
  defineRoute({
    id: "courses.create",
    tag: "Courses",
    method: "post",
    path: "/courses",
    permission: "courses",
    need: "change",
    summary: "Make a course of a web page or a video that lies elsewhere",
    description: "A SCORM package, or a page or video of your own, is uploaded: see `POST /courses/imports`.",
    body: address,
    answers: { 201: courseShape },
    faults: ["page_url_invalid"],
    etag: true,
    run: async (call) => {
      const { url, title = null } = call.body;
      const order = { source: { type: "url", url } as const, course_id: null, title };
      const { course_id } = await importCourse(call.context, call.by, order);
      const location = `/courses/${course_id}`;
      return reply(201, showCourse(await requireCourse(call, course_id)), { location });
    },
  }),
  defineRoute({
    id: "courses.get",
    tag: "Courses",
    method: "get",
    path: "/courses/{course_id}",
    permission: "courses",
    need: "see",
    summary: "Read a course",
    answers: { 200: courseShape },
    faults: [],
    etag: true,
    run: async (call) => reply(200, showCourse(await requireCourse(call, call.params.course_id))),
  }),
  defineRoute({
    id: "courses.change",
    tag: "Courses",
    method: "patch",
    path: "/courses/{course_id}",
    permission: "courses",
    need: "change",
    summary: "Change how long an assignment of a course lasts",
    description: "For licenses of the kind `course_assignment`. Assignments that run keep their end.",
    body: z.strictObject({ assignment_days: wholeNumber(1, MOST_ASSIGNMENT_DAYS).nullable().optional() }),
    answers: { 200: courseShape },
    faults: [],
    etag: true,
    run: async (call) => {
      const { context, by, params, body, requireUnchanged } = call;
      await changeCourse(context, by, params.course_id, body, async (sql) => {
        const current = await findListedCourse(sql, null, params.course_id);
        if (current) requireUnchanged(showCourse(current));
      });
      return reply(200, showCourse(await requireCourse(call, params.course_id)));
    },
  }),
  retiring(true),
  retiring(false),
  defineRoute({
    id: "versions.list",
    tag: "Courses",
    method: "get",
    path: "/courses/{course_id}/versions",
    permission: "courses",
    need: "see",
    summary: "List a course's versions, newest first, with what each import noticed",
    query: pageQuery({}),
    answers: { 200: pageOf(versionShape) },
    faults: [],
    run: async (call) => {
      const { id: courseId } = await requireCourse(call, call.params.course_id);
      const read = (page: PageRequest) => pageOfVersions(call.context.db, courseId, page);
      return reply(200, await paged(call, read, showVersion));
    },
  }),
  defineRoute({
    id: "versions.create",
    tag: "Courses",
    method: "post",
    path: "/courses/{course_id}/versions",
    permission: "courses",
    need: "change",
    summary: "Make a web page or a video that lies elsewhere the new version of a course",
    description: "Learners in mid-attempt stay on the version that they began.",
    body: address,
    answers: { 201: versionShape },
    faults: ["page_url_invalid"],
    run: async ({ context, by, params, body: { url, title = null } }) => {
      const order = { source: { type: "url", url } as const, course_id: params.course_id, title };
      const made = await importCourse(context, by, order);
      const location = `/courses/${made.course_id}/versions/${made.id}`;
      return reply(201, showVersion(await requireVersion(context, made.course_id, made.id)), { location });
    },
  }),
  defineRoute({
    id: "versions.get",
    tag: "Courses",
    method: "get",
    path: "/courses/{course_id}/versions/{version_id}",
    permission: "courses",
    need: "see",
    summary: "Read a version",
    answers: { 200: versionShape },
    faults: [],
    run: async (call) => {
      const { id: courseId } = await requireCourse(call, call.params.course_id);
      return reply(200, showVersion(await requireVersion(call.context, courseId, call.params.version_id)));
    },
  }),
];
