/** Licenses, the library and lots. */
import { z } from "zod";
import { account, command, flag, given, id, license, most, rowsOf, terms, wholeNumber } from "../command.ts";

const pathOf = (asked: { readonly account: string; readonly license: string }) =>
  `/accounts/${asked.account}/licenses/${asked.license}`;

const retake = flag.optional().describe("left out: as the account says");
const startsOver = flag.optional();

export const LICENSE_COMMANDS = {
  "license create": command(
    "Give an account a license for a course or a bundle, or for the whole catalog",
    {
      ...account,
      kind: z.string(),
      course: id.optional(),
      bundle: id.optional(),
      term: terms.optional().describe("one of the kind's terms, as seat_months=6; may be repeated"),
      retake,
      "starts-over": startsOver,
      starts: z.string().optional(),
      ends: z.string().optional(),
    },
    async ({ api }, asked) => ({
      made: await api.post(
        `/accounts/${asked.account}/licenses`,
        given({
          kind: asked.kind,
          course_id: asked.course,
          bundle_id: asked.bundle,
          terms: asked.term,
          retake: asked.retake,
          retake_starts_over: asked["starts-over"],
          starts_at: asked.starts,
          ends_at: asked.ends,
        }),
      ),
    }),
  ),
  "license list": command(
    "List an account's licenses",
    {
      ...account,
      kind: z.string().optional(),
      course: id.optional(),
      bundle: id.optional(),
      state: z.string().optional().describe("not_started, running, paused or ended"),
      ...most,
    },
    (call, { account: of, course: course_id, bundle: bundle_id, ...asked }) =>
      rowsOf(call, `/accounts/${of}/licenses`, { course_id, bundle_id, ...asked }),
  ),
  "license usage": command(
    "Say how much of a license is used, per lot and in all",
    license,
    async ({ api }, asked) => ({ made: await api.get(`${pathOf(asked)}/usage`) }),
  ),
  "license change": command(
    "Change a license's terms or its end; running seats keep theirs",
    {
      ...license,
      term: terms.optional().describe("one of the kind's terms, as seat_months=6; may be repeated"),
      ends: z.string().optional().describe("a time, or none"),
    },
    async ({ api }, asked) => ({
      made: await api.patch(
        pathOf(asked),
        given({ terms: asked.term, ends_at: asked.ends === "none" ? null : asked.ends }),
      ),
    }),
  ),
  "license retake": command(
    "Whether a learner whose seat has ended may take another; left out: as the account says",
    { ...license, retake, "starts-over": startsOver },
    async ({ api }, asked) => ({
      made: await api.patch(pathOf(asked), {
        retake: asked.retake ?? null,
        retake_starts_over: asked["starts-over"] ?? null,
      }),
    }),
  ),
  "license end": command(
    "Open no new seats for good, from now or a later time on",
    { ...license, at: z.string().optional() },
    async ({ api }, asked) => ({
      made: await api.post(`${pathOf(asked)}/end`, given({ ends_at: asked.at })),
    }),
  ),
  "license pause": command("Open no new seats", license, async ({ api }, asked) => ({
    made: await api.post(`${pathOf(asked)}/pause`),
  })),
  "license unpause": command("Open new seats again", license, async ({ api }, asked) => ({
    made: await api.post(`${pathOf(asked)}/unpause`),
  })),
  "library add": command(
    "Add a course, or those of a list, to an account's pay-per-use library",
    { ...account, course: id.optional(), list: id.optional() },
    async ({ api }, asked) => {
      const body = given({ course_id: asked.course, list_id: asked.list });
      const { items } = await api.post<{ items: object[] }>(`/accounts/${asked.account}/library`, body);
      return { rows: items };
    },
  ),
  "lot create": command(
    "Add bought seats to a license",
    { ...license, quantity: wholeNumber },
    async ({ api }, asked) => ({
      made: await api.post(`/accounts/${asked.account}/lots`, {
        license_id: asked.license,
        quantity: asked.quantity,
      }),
    }),
  ),
  "lot list": command(
    "List an account's lots, or those of a license",
    { ...account, license: id.optional(), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/lots`, { license_id: asked.license, most: asked.most }),
  ),
  "lot recount": command(
    "Count the taken seats of every lot again; lists those that differ",
    {},
    async ({ api }) => ({ rows: (await api.get<{ items: object[] }>("/lots/miscounted")).items }),
  ),
} as const;
