/** Uploads of courses, and how far each has come. */
import { z } from "zod";
import {
  endSilentImports,
  type Once,
  receiveCourse,
  requireImport,
  titleOfFault,
  UPLOAD_TYPES,
  type UploadType,
} from "../../../flows/courseImports.ts";
import { fetchCourse } from "../../../flows/fetchCourse.ts";
import { type CourseImport, pageOfImports } from "../../../store/courseImports.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, text } from "../schemas.ts";

const states = z.enum(["receiving", "waiting", "checking", "unpacking", "done", "failed"]);

const importShape = z
  .object({
    id,
    state: states.meta({
      description:
        "`receiving` the file; `waiting` for other imports; `checking` and `unpacking` it; then `done` or `failed`.",
    }),
    received_bytes: z.int(),
    total_bytes: z.int().nullable().meta({ description: "Null: the sender did not say." }),
    step_done_bytes: z.int().meta({ description: "Of `checking` or `unpacking`." }),
    step_total_bytes: z.int().nullable(),
    title: z.string().nullable().meta({ description: "As it was asked for." }),
    course_id: id.nullable().meta({ description: "Null: a new course, until it is done." }),
    course_version_id: id.nullable().meta({ description: "Once it is done." }),
    problem: z
      .object({ code: z.string(), title: z.string(), detail: z.string() })
      .nullable()
      .meta({ description: "Why it failed; nothing of the upload is kept then." }),
    created_at: moment,
    ended_at: moment.nullable(),
  })
  .meta({ id: "CourseImport" });

function showImport(found: CourseImport): z.output<typeof importShape> {
  const { fault_code: code, fault_detail } = found;
  return {
    ...found,
    course_id: found.course_id ?? found.for_course_id,
    problem: code === null ? null : { code, title: titleOfFault(code), detail: fault_detail ?? "" },
  };
}

const about = {
  course_id: id.optional().meta({ description: "As a new version of this course." }),
  title: text(500)
    .optional()
    .meta({ description: "Instead of the title in the manifest; required for a page or a video." }),
};

const aboutOf = (given: { course_id?: string | undefined; title?: string | undefined }) => ({
  course_id: given.course_id ?? null,
  title: given.title ?? null,
});

export const IMPORT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "imports.create",
    tag: "Imports",
    method: "post",
    path: "/courses/imports",
    permission: "courses",
    need: "change",
    summary: "Upload a course",
    description:
      "The body is the file itself: a SCORM 1.2 or 2004 zip, an HTML page or a video; the answer comes once it is received. Or it is JSON with the address to fetch the file from: https, on the public internet; the answer comes at once. The import goes on beside. Ask `GET /courses/imports/{import_id}` until its state is `done` or `failed`.",
    query: z.strictObject(about),
    upload: Object.keys(UPLOAD_TYPES),
    body: z.strictObject({
      source_url: z
        .string()
        .min(1)
        .max(2048)
        .meta({
          description: "Where the file lies: https, on the public internet.",
          examples: ["https://files.example.com/course.zip"],
        }),
      ...about,
    }),
    answers: { 202: importShape },
    faults: ["not_found", "zip_too_large", "content_unavailable", "source_url_refused"],
    run: async ({ context, by, query, body, upload }) => {
      const once: Once = async (digest, work) => {
        const answered = await upload.once(digest, async (joined) =>
          reply(202, showImport(await work(joined))),
        );
        return answered.body;
      };
      if (body) {
        const order = { source_url: body.source_url, ...aboutOf({ ...query, ...body }) };
        const made = await fetchCourse(context, by, order, once);
        return reply(202, showImport(made), { location: `/courses/imports/${made.id}` });
      }
      const order = {
        ...aboutOf(query),
        content_type: upload.content_type as UploadType,
        total_bytes: upload.total_bytes,
      };
      const made = await receiveCourse(context, by, order, upload.content, once);
      return reply(202, showImport(made), { location: `/courses/imports/${made.id}` });
    },
  }),
  defineRoute({
    id: "imports.list",
    tag: "Imports",
    method: "get",
    path: "/courses/imports",
    permission: "courses",
    need: "see",
    vendorOnly: true,
    summary: "List imports, newest first",
    query: pageQuery({ state: states.optional() }),
    answers: { 200: pageOf(importShape) },
    faults: [],
    run: async (call) => {
      await endSilentImports(call.context);
      const read = (page: PageRequest) => pageOfImports(call.context.db, call.query, page);
      return reply(200, await paged(call, read, showImport));
    },
  }),
  defineRoute({
    id: "imports.get",
    tag: "Imports",
    method: "get",
    path: "/courses/imports/{import_id}",
    permission: "courses",
    need: "see",
    vendorOnly: true,
    summary: "See how far an import has come",
    answers: { 200: importShape },
    faults: [],
    run: async ({ context, params }) => {
      await endSilentImports(context);
      return reply(200, showImport(await requireImport(context, params.import_id)));
    },
  }),
];
