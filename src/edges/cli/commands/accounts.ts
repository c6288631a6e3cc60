/** Accounts, connections and contracts. */
import { z } from "zod";
import { account, command, flag, given, id, most, rowsOf, several, wholeNumber } from "../command.ts";

const retake = flag.describe("on: a learner whose seat has ended may take another");
const startsOver = flag.describe("on: a retake starts over; off: it resumes");

const originsOf = (asked: { readonly account: string; readonly connection: string }) =>
  `/accounts/${asked.account}/connections/${asked.connection}/origins`;

export const ACCOUNT_COMMANDS = {
  "account create": command(
    "Make an account, with its first connection",
    {
      name: z.string(),
      currency: z.string().describe("ISO 4217, as EUR"),
      retake: retake.optional(),
      "starts-over": startsOver.optional(),
    },
    async ({ api }, { "starts-over": retake_starts_over, ...asked }) => {
      const made = await api.post<{ id: string }>("/accounts", given({ ...asked, retake_starts_over }));
      const [connection] = await api.list<{ id: string }>(`/accounts/${made.id}/connections`, {}, 1);
      return { made: { ...made, connection_id: connection?.id ?? null } };
    },
  ),
  "account list": command("List accounts", { name: z.string().optional(), ...most }, (call, asked) =>
    rowsOf(call, "/accounts", asked),
  ),
  "account change": command(
    "Change an account's name and defaults",
    {
      ...account,
      name: z.string().optional(),
      retake: retake.optional(),
      "starts-over": startsOver.optional(),
      "test-identities": wholeNumber.optional().describe("how many it may have"),
      "instructors-test": flag
        .optional()
        .describe("on: instructors become test identities with their first launch over LTI"),
    },
    async ({ api }, asked) => ({
      made: await api.patch(
        `/accounts/${asked.account}`,
        given({
          name: asked.name,
          retake: asked.retake,
          retake_starts_over: asked["starts-over"],
          test_identities_most: asked["test-identities"],
          instructors_are_test_identities: asked["instructors-test"],
        }),
      ),
    }),
  ),
  "account close": command("Close an account, for good", account, async ({ api }, asked) => ({
    made: await api.post(`/accounts/${asked.account}/close`),
  })),
  "connection create": command(
    "Add an LMS to an account",
    { ...account, name: z.string() },
    async ({ api }, asked) => ({
      made: await api.post(`/accounts/${asked.account}/connections`, { name: asked.name }),
    }),
  ),
  "connection list": command("List an account's LMSs", { ...account, ...most }, (call, asked) =>
    rowsOf(call, `/accounts/${asked.account}/connections`, { most: asked.most }),
  ),
  "connection change": command(
    "Change an LMS's name, its placeholder ids, the origins that launches may come from, or what its teachers add",
    {
      ...account,
      connection: id,
      name: z.string().optional(),
      placeholders: several.optional().describe("ids that stand for nobody, separated by commas"),
      origins: several.optional().describe("that are confirmed, separated by commas"),
      "origins-mode": z.string().optional().describe("learn, or confirmed: from those alone"),
      "teachers-add": flag
        .optional()
        .describe("off: teachers pick among the courses that administrators have added"),
    },
    async ({ api }, asked) => ({
      made: await api.patch(
        `/accounts/${asked.account}/connections/${asked.connection}`,
        given({
          name: asked.name,
          placeholder_ids: asked.placeholders,
          allowed_origins: asked.origins,
          origins_mode: asked["origins-mode"],
          teachers_add_courses: asked["teachers-add"],
        }),
      ),
    }),
  ),
  "origin list": command(
    "List the origins that an LMS's launches came from, and those decided on",
    { ...account, connection: id },
    async ({ api }, asked) => ({ rows: (await api.get<{ items: object[] }>(originsOf(asked))).items }),
  ),
  "origin decide": command(
    "Confirm an origin of an LMS, refuse it, or take that back",
    {
      ...account,
      connection: id,
      origin: z.string().describe("as https://lms.example.com"),
      decision: z.string().describe("confirmed, refused or undecided"),
    },
    async ({ api }, asked) => {
      const { origin, decision } = asked;
      return { rows: (await api.post<{ items: object[] }>(originsOf(asked), { origin, decision })).items };
    },
  ),
  "contract create": command(
    "Let an account have licenses of a kind that is not bought ahead",
    { ...account, kind: z.string(), starts: z.string().optional(), ends: z.string().optional() },
    async ({ api }, asked) => ({
      made: await api.post(
        `/accounts/${asked.account}/contracts`,
        given({ kind: asked.kind, starts_at: asked.starts, ends_at: asked.ends }),
      ),
    }),
  ),
  "contract list": command("List an account's contracts", { ...account, ...most }, (call, asked) =>
    rowsOf(call, `/accounts/${asked.account}/contracts`, { most: asked.most }),
  ),
  "contract end": command(
    "Set when a contract ends: no new seats are opened from then on",
    { ...account, contract: id, ends: z.string() },
    async ({ api }, asked) => ({
      made: await api.patch(`/accounts/${asked.account}/contracts/${asked.contract}`, {
        ends_at: asked.ends,
      }),
    }),
  ),
} as const;
