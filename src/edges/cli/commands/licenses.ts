/** Licenses, the library and lots. */
import { z } from "zod";
import {
  account,
  command,
  flag,
  given,
  id,
  license,
  most,
  rowsOf,
  several,
  terms,
  wholeNumber,
} from "../command.ts";

const pathOf = (asked: { readonly account: string; readonly license: string }) =>
  `/accounts/${asked.account}/licenses/${asked.license}`;

/** Of a monthly series. */
const series = {
  from: z.string().optional().describe("the first month, as 2026-01; a year of them, if not given"),
  to: z.string().optional().describe("the last one; this one, if not given"),
};

function queryOf(asked: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams(given(asked) as Record<string, string>).toString();
  return query === "" ? "" : `?${query}`;
}

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
      pilot: flag.optional().describe("of an annual plan: its account sees nothing of it"),
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
          pilot: asked.pilot,
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
    "Say how much of a license is used: now, per plan and lot, and month by month",
    { ...license, ...series },
    async ({ api }, { from, to, ...asked }) => ({
      made: await api.get(`${pathOf(asked)}/usage${queryOf({ from, to })}`),
    }),
  ),
  "account usage": command(
    "Say how much an account uses, kind by kind and month by month",
    { ...account, ...series },
    async ({ api }, { account: of, ...asked }) => ({
      rows: (await api.get<{ kinds: object[] }>(`/accounts/${of}/usage${queryOf(asked)}`)).kinds,
    }),
  ),
  "usage recount": command(
    "Count what is used again, from seats and charges; lists the months that differ",
    {},
    async ({ api }) => ({ rows: (await api.get<{ items: object[] }>("/usage/miscounted")).items }),
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
  "license renewal": command(
    "Have a subscription renew itself, or cancel its renewal: then it runs to the end of its term",
    {
      ...license,
      renews: flag,
      quantity: z
        .union([z.literal("same").transform(() => null), wholeNumber])
        .optional()
        .describe("seats of the next term, or same"),
    },
    async ({ api }, asked) => ({
      made: await api.put(
        `${pathOf(asked)}/renewal`,
        given({ renews: asked.renews, quantity: asked.quantity }),
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
    "Add a course, several, or those of a list, to an account's pay-per-use library",
    {
      ...account,
      course: id.optional(),
      courses: several.optional().describe("ids, separated by commas"),
      list: id.optional(),
    },
    async ({ api }, asked) => {
      const body = given({ course_id: asked.course, course_ids: asked.courses, list_id: asked.list });
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
