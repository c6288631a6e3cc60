/** Launches: what happened to whom, and why. */
import { z } from "zod";
import { DENIAL_CODES } from "../../../core/denials.ts";
import { wordsOf } from "../../../core/denialWords.ts";
import { Fault } from "../../../core/faults.ts";
import { findLaunch, LAUNCH_NOTES, type ListedLaunch } from "../../../store/launches.ts";
import { pageOfLaunches } from "../../../store/listing/launches.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment } from "../schemas.ts";

const outcome = z.enum(["allowed", "denied", "test"], { error: "expected allowed, denied or test" });
const code = z.enum(DENIAL_CODES, { error: "expected a code of docs/denials.md" });

/** As the page of a denial shows it, or as somebody wrote it down: with or without the dash, in any case. */
const reference = z
  .codec(
    z.string().regex(/^[A-Za-z0-9]{4}[ -]?[A-Za-z0-9]{4}$/, { error: "expected eight letters and digits" }),
    z.string(),
    {
      decode: (written) => written.toUpperCase().replace(/^(.{4})[ -]?/, "$1-"),
      encode: (kept) => kept,
    },
  )
  .meta({ description: "That the page of a denial showed to the learner." });

export const launchShape = z
  .object({
    id,
    account_id: id,
    delivery_id: id,
    license_id: id,
    course_id: id,
    nonce: z.string(),
    lms_origin: z.string(),
    identity_id: id.nullable(),
    learner_id: id.nullable(),
    seat_id: id.nullable(),
    attempt_id: id.nullable(),
    number: z.int().nullable().meta({ description: "The how-manieth of its attempt." }),
    outcome: outcome.meta({ description: "`test`: allowed to a test identity, without a seat." }),
    code: code.nullable().meta({ description: "Why it was denied." }),
    denial: z
      .object({ reason: z.string(), next_step: z.string() })
      .nullable()
      .meta({ description: "What the learner was told, in English." }),
    reference: z.string(),
    count: z
      .int()
      .meta({ description: "The same denial of the same learner within a minute is one launch." }),
    opened_at: moment,
    open_seconds: z
      .number()
      .meta({ description: "As far as it was written down: at a save, or when it closed." }),
    last_seen_at: moment,
    closed_at: moment.nullable(),
    note: z.enum(LAUNCH_NOTES).nullable().meta({
      description:
        "`test_identities_used_up`: of an instructor who launched as an ordinary learner, since the account has as many test identities as it may have.",
    }),
  })
  .meta({ id: "Launch" });

export function showLaunch(launch: ListedLaunch): z.output<typeof launchShape> {
  if (launch.code === null) return { ...launch, denial: null };
  const { reason, next_step } = wordsOf(launch.code, "en");
  return { ...launch, denial: { reason, next_step } };
}

export const LAUNCH_ROUTES: readonly Route[] = [
  defineRoute({
    id: "launches.list",
    tag: "Launches",
    method: "get",
    path: "/accounts/{account_id}/launches",
    permission: "reports",
    need: "see",
    summary: "List the launches, allowed and denied, newest first",
    query: pageQuery({
      license_id: id.optional(),
      delivery_id: id.optional(),
      learner_id: id.optional(),
      attempt_id: id.optional(),
      reference: reference.optional(),
      outcome: outcome.optional(),
      code: code.optional().meta({ description: "Denied with this code." }),
      from: moment.optional().meta({ description: "Opened from this time on." }),
      until: moment.optional().meta({ description: "Opened before this time." }),
    }),
    answers: { 200: pageOf(launchShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfLaunches(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showLaunch));
    },
  }),
  defineRoute({
    id: "launches.get",
    tag: "Launches",
    method: "get",
    path: "/accounts/{account_id}/launches/{launch_id}",
    permission: "reports",
    need: "see",
    summary: "Read a launch",
    answers: { 200: launchShape },
    faults: [],
    run: async ({ context, params: { account_id, launch_id } }) => {
      const launch = await findLaunch(context.db, account_id, launch_id);
      if (!launch)
        throw new Fault("not_found", `launch: found none with the id ${launch_id} in this account.`);
      return reply(200, showLaunch(launch));
    },
  }),
];
