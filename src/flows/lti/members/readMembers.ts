/**
 * Reads who is in the courses of LMSs (Names and Roles 2.0): learners' names and e-mail are filled in, and who left every
 * course is suggested for deactivation. Nobody becomes a learner by it, and nobody gets or loses a seat (docs/lti-grades.md).
 */
import { readIdentity } from "../../../core/identity.ts";
import { addSeconds, secondsBetween } from "../../../core/time.ts";
import { hashOf, setNameIfMissing } from "../../../store/learners.ts";
import {
  claimContexts,
  endReading,
  type LtiContext,
  noteMembers,
  noteMissing,
  type Reading,
} from "../../../store/lti/members.ts";
import { suggestThoseWhoLeft } from "../../../store/lti/suggestions.ts";
import type { Context } from "../../context.ts";
import { askingServices } from "../accessTokens.ts";
import { rememberEvidence } from "../evidence.ts";
import type { ServicePlatform } from "../services/ltijs.ts";
import type { Member } from "../services/serviceAnswers.ts";
import { ServiceProblem } from "../services/serviceHttp.ts";

const AT_ONCE = 4;
const HOUR_SECONDS = 60 * 60;
/** Longer than the longest reading. */
const CLAIM_SECONDS = 15 * 60;
const LONGEST_READING_SECONDS = 5 * 60;
const MOST_MEMBERS = 100_000;
const AFTER_FAILURE_SECONDS = 6 * HOUR_SECONDS;
/** From then on nobody's course is asked for any more, until somebody launches there. */
const FORGOTTEN_SECONDS = 400 * 24 * HOUR_SECONDS;

/** Reads all that are due. Any number of processes may: a course is read by one. */
export async function runDueMembers(context: Context, stopping?: AbortSignal): Promise<void> {
  if (context.config.LTI_MEMBERS_HOURS === 0) return;
  const worker = async () => {
    while (!stopping?.aborted) {
      const at = context.deps.clock.now();
      const [due] = await claimContexts(context.db, at, addSeconds(at, CLAIM_SECONDS), 1);
      if (!due) return;
      await refreshMembers(context, due, stopping);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** One course, whatever comes of it. */
export async function refreshMembers(
  context: Context,
  course: LtiContext,
  stopping?: AbortSignal,
): Promise<void> {
  const at = context.deps.clock.now();
  const reading = await read(context, { course, at, stopping }).catch((error: unknown) => {
    if (!(error instanceof ServiceProblem)) throw error;
    return failed(at, error.message);
  });
  const isForgotten = secondsBetween(course.seen_at, at) > FORGOTTEN_SECONDS;
  await endReading(context.db, course, isForgotten ? { ...reading, due_at: null } : reading);
}

function failed(at: Date, problem: string): Reading {
  return { read_at: null, members: null, problem, due_at: addSeconds(at, AFTER_FAILURE_SECONDS) };
}

interface Asked {
  readonly course: LtiContext;
  readonly at: Date;
  readonly stopping: AbortSignal | undefined;
}

/** @throws ServiceProblem */
async function read(context: Context, asked: Asked): Promise<Reading> {
  const { course, at, stopping } = asked;
  const registration = await context.lti.registrations.byId(course.registration_id);
  if (!registration) return failed(at, "the registration has ended");
  const found = await askingServices(context, registration, (platform) => readAll(context, platform, asked));
  if (stopping?.aborted) return { read_at: null, members: null, problem: null, due_at: at };
  if (found.problem !== null) return failed(at, found.problem);
  const { db, deps, config } = context;
  await db.transaction(async (sql) => {
    await noteMissing(sql, course, at);
    await suggestThoseWhoLeft(sql, course, deps.newId, at);
  });
  return {
    read_at: at,
    members: found.members,
    problem: null,
    due_at: addSeconds(at, config.LTI_MEMBERS_HOURS * HOUR_SECONDS),
  };
}

interface Found {
  readonly members: number;
  /** Why it says nothing of who left; null: it was read to its end. */
  readonly problem: string | null;
}

async function readAll(
  context: Context,
  platform: ServicePlatform,
  { course, at, stopping }: Asked,
): Promise<Found> {
  // Loaded when first needed.
  const { membersOf } = await import("../services/ltijs.ts");
  const elapsed = context.deps.stopwatch();
  const { memberships_url } = course;
  let members = 0;
  for await (const page of membersOf(context, platform, { memberships_url })) {
    members += page.length;
    await takePage(context, course, `lti:${platform.issuer}`, page, at);
    if (stopping?.aborted) return { members, problem: "the gateway was stopped" };
    if (members > MOST_MEMBERS) return { members, problem: `it lists more than ${MOST_MEMBERS} members` };
    if (elapsed() > LONGEST_READING_SECONDS) return { members, problem: "its list comes too slowly" };
  }
  // Whoever launched was somebody: a list of nobody is a mistake, and says of nobody that they left.
  return { members, problem: members === 0 ? "it lists nobody" : null };
}

async function takePage(
  context: Context,
  course: LtiContext,
  namespace: string,
  page: readonly Member[],
  at: Date,
): Promise<void> {
  const byHash = new Map(page.flatMap((member) => entryOf(member) ?? []));
  const listed = [...byHash].map(([value_hash, { status }]) => ({
    value_hash,
    is_active: status === "Active",
  }));
  const { account_id, connection_id } = course;
  for (const known of await noteMembers(context.db, course, namespace, listed, at)) {
    const member = byHash.get(known.value_hash);
    if (!member) continue;
    const name = nameOf(member);
    if (!known.has_name && name !== "")
      await setNameIfMissing(context.db, account_id, known.identity_id, known.learner_id, name);
    await rememberEvidence(context, {
      account_id,
      connection_id,
      namespace,
      person: { ...member, id: member.user_id, name },
    });
  }
}

function entryOf(member: Member): readonly (readonly [string, Member])[] | null {
  const value = readIdentity(member.user_id, []);
  return value === null ? null : [[hashOf(value), member]];
}

function nameOf({ name, given_name, family_name }: Member): string {
  return name || `${given_name} ${family_name}`.trim();
}
