/** Courses and their import, bundles and lists. */
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import mime from "mime-types";
import { z } from "zod";
import { type ApiClient, ApiProblem } from "../apiClient.ts";
import {
  account,
  type CommandCall,
  command,
  given,
  id,
  most,
  rowsOf,
  several,
  wholeNumber,
} from "../command.ts";

interface Import {
  readonly id: string;
  readonly state: string;
  readonly step_done_bytes: number;
  readonly step_total_bytes: number | null;
  readonly course_id: string;
  readonly course_version_id: string;
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

interface ImportOrder {
  readonly course_id: string | undefined;
  readonly title: string | undefined;
}

async function uploadFile(call: CommandCall, path: string, order: ImportOrder): Promise<object> {
  const type = mime.lookup(path) || "application/octet-stream";
  const { api, progress } = call;
  const title = order.title ?? (type === "application/zip" ? undefined : basename(path));
  const sent = await api.upload<Import>(
    "/courses/imports",
    { ...order, title },
    { path, type },
    (done, total) => progress("Sending", done, total),
  );
  const done = await finished(call, sent);
  return readVersion(api, done.course_id, done.course_version_id);
}

const FIRST_LOOK_SECONDS = 0.05;
const LONGEST_LOOK_SECONDS = 1;

/** @throws ApiProblem Why the import was refused. */
async function finished({ api, progress }: CommandCall, sent: Import): Promise<Import> {
  let now = sent;
  for (let wait = FIRST_LOOK_SECONDS; now.state !== "done"; wait = Math.min(LONGEST_LOOK_SECONDS, wait * 2)) {
    if (now.problem) throw new ApiProblem(422, now.problem.code, now.problem.detail);
    progress(
      now.state === "unpacking" ? "Unpacking" : "Checking",
      now.step_done_bytes,
      now.step_total_bytes ?? 0,
    );
    await sleep(wait * 1000);
    now = await api.get<Import>(`/courses/imports/${sent.id}`);
  }
  return now;
}

async function importAddress(
  api: ApiClient,
  url: string,
  { course_id, title }: ImportOrder,
): Promise<object> {
  const body = given({ url, title });
  if (course_id !== undefined) return api.post(`/courses/${course_id}/versions`, body);
  const made = await api.post<{ id: string; current_version_id: string }>("/courses", body);
  return readVersion(api, made.id, made.current_version_id);
}

function readVersion(api: ApiClient, courseId: string, versionId: string): Promise<object> {
  return api.get(`/courses/${courseId}/versions/${versionId}`);
}

const withCourse =
  (courseId: string) =>
  ({ course_ids }: { readonly course_ids: readonly string[] }) => ({
    course_ids: [...new Set([...course_ids, courseId])],
  });
const withoutCourse =
  (courseId: string) =>
  ({ course_ids }: { readonly course_ids: readonly string[] }) => ({
    course_ids: course_ids.filter((one) => one !== courseId),
  });

export const COURSE_COMMANDS = {
  "course import": command(
    "Import a SCORM zip, a web page or a video, from a file or a URL",
    {
      file: z.string().optional().describe("a file on this machine"),
      url: z.string().optional().describe("of a web page or a video"),
      course: id.optional().describe("as a new version of this course"),
      title: z.string().optional(),
    },
    async (call, { file, url, course, title }) => {
      const order = { course_id: course, title };
      if ((file === undefined) === (url === undefined))
        throw new ApiProblem(400, "body_invalid", "--file: expected either a file or a --url.");
      return {
        made:
          file === undefined
            ? await importAddress(call.api, url ?? "", order)
            : await uploadFile(call, file, order),
      };
    },
  ),
  "course list": command("List courses", { title: z.string().optional(), ...most }, (call, asked) =>
    rowsOf(call, "/courses", asked),
  ),
  "course versions": command("List a course's versions", { course: id, ...most }, (call, asked) =>
    rowsOf(call, `/courses/${asked.course}/versions`, { most: asked.most }),
  ),
  "course duration": command(
    "Say how many days an assignment of a course lasts, or none: as long as the learner's subscription",
    {
      course: id,
      days: z.union([z.literal("none").transform(() => null), wholeNumber]),
    },
    async ({ api }, asked) => ({
      made: await api.patch(`/courses/${asked.course}`, { assignment_days: asked.days }),
    }),
  ),
  "course retire": command("Open no new seats for a course", { course: id }, async ({ api }, asked) => ({
    made: await api.post(`/courses/${asked.course}/retire`),
  })),
  "course unretire": command("Open new seats for a course again", { course: id }, async ({ api }, asked) => ({
    made: await api.post(`/courses/${asked.course}/unretire`),
  })),
  "bundle create": command(
    "Make a named set of courses, which can bar license kinds",
    { name: z.string(), bars: several.optional().describe("kinds, separated by commas") },
    async ({ api }, asked) => ({
      made: await api.post("/bundles", given({ name: asked.name, barred_kinds: asked.bars })),
    }),
  ),
  "bundle list": command("List bundles", most, (call, asked) => rowsOf(call, "/bundles", asked)),
  "bundle change": command(
    "Rename a bundle, or change which license kinds it bars",
    {
      bundle: id,
      name: z.string().optional(),
      bars: several.optional().describe("kinds, separated by commas; empty: none"),
    },
    async ({ api }, asked) => ({
      made: await api.patch(
        `/bundles/${asked.bundle}`,
        given({ name: asked.name, barred_kinds: asked.bars }),
      ),
    }),
  ),
  "bundle add": command(
    "Add a course to a bundle",
    { bundle: id, course: id },
    async ({ api }, { bundle, course }) => ({
      made: await api.edit(`/bundles/${bundle}`, withCourse(course)),
    }),
  ),
  "bundle remove": command(
    "Take a course out of a bundle; who holds a running seat keeps it",
    { bundle: id, course: id },
    async ({ api }, { bundle, course }) => ({
      made: await api.edit(`/bundles/${bundle}`, withoutCourse(course)),
    }),
  ),
  "list create": command(
    "Make a list of courses of an account, for adding and delivering many at once",
    { ...account, name: z.string(), courses: several.optional().describe("ids, separated by commas") },
    async ({ api }, asked) => ({
      made: await api.post(
        `/accounts/${asked.account}/lists`,
        given({ name: asked.name, course_ids: asked.courses }),
      ),
    }),
  ),
  "list list": command("List an account's lists", { ...account, ...most }, (call, asked) =>
    rowsOf(call, `/accounts/${asked.account}/lists`, { most: asked.most }),
  ),
  "list add": command(
    "Add a course to a list",
    { ...account, list: id, course: id },
    async ({ api }, asked) => ({
      made: await api.edit(`/accounts/${asked.account}/lists/${asked.list}`, withCourse(asked.course)),
    }),
  ),
  "list remove": command(
    "Take a course out of a list",
    { ...account, list: id, course: id },
    async ({ api }, asked) => ({
      made: await api.edit(`/accounts/${asked.account}/lists/${asked.list}`, withoutCourse(asked.course)),
    }),
  ),
  "list delete": command("Delete a list", { ...account, list: id }, async ({ api }, asked) => {
    await api.delete(`/accounts/${asked.account}/lists/${asked.list}`);
    return { made: { list_id: asked.list, deleted: true } };
  }),
} as const;
