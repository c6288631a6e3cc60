/** Courses and bundles. */
import { z } from "zod";
import { addCourseToBundle, createBundle } from "../../../flows/bundles.ts";
import { importCourse } from "../../../flows/importCourse.ts";
import { retireCourse } from "../../../flows/retireCourse.ts";
import { listCourses, listVersions } from "../../../store/courses.ts";
import { command, id } from "./command.ts";

export const COURSE_COMMANDS = {
  "course import": command(
    "Import a SCORM zip, a web page or a video, from a file or a URL",
    z.object({
      file: z.string().optional().describe("a file on this machine"),
      url: z.url().optional().describe("of a web page or a video"),
      course: id.optional().describe("as a new version of this course"),
      title: z.string().min(1).max(500).optional(),
    }),
    async ({ context, by, progress }, asked) => {
      const source = asked.file
        ? { type: "file" as const, path: asked.file, file_name: asked.file }
        : { type: "url" as const, url: asked.url ?? "" };
      const order = { source, course_id: asked.course ?? null, title: asked.title ?? null };
      const { structure, ...version } = await importCourse(context, by, order, { onProgress: progress });
      return { made: { ...version, title: structure.title } };
    },
  ),
  "course list": command("List courses", z.object({}), async ({ context }) => ({
    rows: await listCourses(context.db),
  })),
  "course versions": command(
    "List a course's versions",
    z.object({ course: id }),
    async ({ context }, asked) => ({
      rows: (await listVersions(context.db, asked.course)).map(
        ({ structure: _structure, ...version }) => version,
      ),
    }),
  ),
  "course retire": command(
    "Open no new seats for a course",
    z.object({ course: id }),
    async ({ context, by }, asked) => {
      await retireCourse(context, by, asked.course, true);
      return { made: { course_id: asked.course, retired: true } };
    },
  ),
  "bundle create": command(
    "Make a named set of courses, which can bar license kinds",
    z.object({
      name: z.string().min(1).max(200),
      bars: z.string().default("").describe("kinds, separated by commas"),
    }),
    async ({ context, by }, asked) => ({
      made: await createBundle(context, by, {
        name: asked.name,
        course_ids: [],
        barred_kinds: asked.bars
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== ""),
      }),
    }),
  ),
  "bundle add": command(
    "Add a course to a bundle",
    z.object({ bundle: id, course: id }),
    async ({ context, by }, asked) => {
      await addCourseToBundle(context, by, asked.bundle, asked.course);
      return { made: { bundle_id: asked.bundle, course_id: asked.course } };
    },
  ),
} as const;
