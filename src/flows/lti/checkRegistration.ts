/**
 * What is wrong with a registration, point by point and in words: its platform is asked all that a launch, a score and a list of
 * members would ask it. Nothing is changed, there or here.
 */
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { FAULTS } from "../../core/faults.ts";
import { MEMBERSHIP_SCOPE, TOOL_SCOPES } from "../../core/lti/scopes.ts";
import { secondsBetween } from "../../core/time.ts";
import { countDeployments, lastLaunchThrough } from "../../store/lti/registrationChanges.ts";
import type { LtiRegistration } from "../../store/lti/registrations.ts";
import type { Context } from "../context.ts";
import type { Answered } from "../outgoing.ts";
import { accessToken, createAccessTokens } from "./accessTokens.ts";
import { type RegistrationPath, requireRegistration } from "./changeRegistrations.ts";
import { outgoingToPlatforms } from "./platformOutgoing.ts";
import { ServiceProblem } from "./services/serviceHttp.ts";

/** `warning`: launches come in, but something that some of them need may be missing. */
export type CheckStatus = "good" | "warning" | "problem";

export interface CheckPoint {
  /** What was looked at. */
  readonly point: CheckName;
  readonly status: CheckStatus;
  /** What was found, and what to do about it. */
  readonly words: string;
}

export const CHECK_NAMES = [
  "registration",
  "our_address",
  "key_set",
  "clock",
  "authorization_url",
  "grades",
  "members",
  "deployments",
  "launches",
] as const;
type CheckName = (typeof CHECK_NAMES)[number];

export interface Checked {
  readonly checked_at: Date;
  /** The worst of its points. */
  readonly status: CheckStatus;
  readonly points: readonly CheckPoint[];
}

const ANSWER_SECONDS = 10;
const MOST_BYTES = 256 * 1024;

export async function checkRegistration(context: Context, path: RegistrationPath): Promise<Checked> {
  const registration = await requireRegistration(context.db, path);
  const at = context.deps.clock.now();
  const keys = ask(context, registration.jwks_url);
  const looked = await Promise.all([
    ofRegistration(registration),
    ofOurAddress(context),
    keys.then(ofKeySet),
    keys.then((answered) => ofClock(answered, at)),
    ask(context, registration.authorization_url).then(ofAuthorizationUrl),
    ofGrades(context, registration),
    ofMembers(context, registration),
    ofDeployments(context, registration),
    ofLaunches(context, registration),
  ]);
  const points = looked.filter((point) => point !== null);
  const worst = (["problem", "warning"] as const).find((status) =>
    points.some((one) => one.status === status),
  );
  return { checked_at: at, status: worst ?? "good", points };
}

function ask(context: Context, url: string): Promise<Answered> {
  return outgoingToPlatforms(context).exchange(url, {
    method: "GET",
    headers: { accept: "application/json, application/jwk-set+json, */*" },
    seconds: ANSWER_SECONDS,
    mostBytes: MOST_BYTES,
  });
}

const good = (point: CheckName, words: string): CheckPoint => ({ point, status: "good", words });
const warning = (point: CheckName, words: string): CheckPoint => ({ point, status: "warning", words });
const problem = (point: CheckName, words: string): CheckPoint => ({ point, status: "problem", words });

function ofRegistration({ ended_at }: LtiRegistration): CheckPoint {
  if (!ended_at) return good("registration", "It is in force.");
  return problem("registration", "It has ended: no launch comes in through it. Register the LMS anew.");
}

function ofOurAddress({ config }: Context): CheckPoint {
  if (config.APP_ORIGIN.startsWith("https:"))
    return good("our_address", `${config.APP_ORIGIN} speaks https.`);
  const words =
    "does not speak https: browsers keep nothing for it in an LMS's frame, and most LMSs refuse it.";
  return warning("our_address", `${config.APP_ORIGIN} ${words}`);
}

function ofKeySet(answered: Answered): CheckPoint {
  const wrong = (why: string) =>
    problem("key_set", `Launches are refused: at jwks_url, ${why}. Compare it with the LMS's key set URL.`);
  if ("problem" in answered) return wrong(withoutEnd(answered.problem));
  if (answered.status_code !== 200) return wrong(`the LMS answers with status ${answered.status_code}`);
  const keys = keysIn(answered.text);
  if (!keys) return wrong("the answer is no key set");
  const usable = keys.filter(isUsable).length;
  if (usable > 0) return good("key_set", `${usable} of its ${keys.length} keys can sign launches.`);
  return wrong(
    keys.length === 0
      ? "the key set is empty"
      : "no key is an RSA key of 2,048 bits or more, for RS256, with a kid",
  );
}

function keysIn(text: string): readonly unknown[] | null {
  try {
    const { keys } = JSON.parse(text) as { readonly keys?: unknown };
    return Array.isArray(keys) ? keys : null;
  } catch {
    return null;
  }
}

const FEWEST_BITS = 2048;

/** As launches read it (`platformKeys.ts`). */
function isUsable(key: unknown): boolean {
  if (typeof key !== "object" || key === null) return false;
  const { kid, kty, use = "sig", alg = "RS256", n, e } = key as Record<string, unknown>;
  if (kty !== "RSA" || use !== "sig" || alg !== "RS256" || typeof kid !== "string") return false;
  try {
    const read = createPublicKey({ key: { kty, n, e } as JsonWebKey, format: "jwk" });
    return (read.asymmetricKeyDetails?.modulusLength ?? 0) >= FEWEST_BITS;
  } catch {
    return false;
  }
}

/** Beyond it launches are refused as of the future, or soon as too old. */
const SKEW_SECONDS = 60;

/** By the Date of its answer, which counts in whole seconds. Null where it names none. */
function ofClock(answered: Answered, at: Date): CheckPoint | null {
  if ("problem" in answered) return null;
  const theirs = new Date(answered.headers.date ?? "");
  if (Number.isNaN(theirs.getTime())) return null;
  const ahead = Math.round(secondsBetween(at, theirs));
  const is = `The LMS's clock is ${Math.abs(ahead)} s ${ahead < 0 ? "behind" : "ahead of"} the gateway's`;
  if (Math.abs(ahead) < SKEW_SECONDS / 2) return good("clock", `${is}.`);
  const words = `${is}: from ${SKEW_SECONDS} s on, launches can be refused. Set the clock that is wrong.`;
  return Math.abs(ahead) < SKEW_SECONDS ? warning("clock", words) : problem("clock", words);
}

/** Only browsers go there, and theirs may go where the gateway can't. */
function ofAuthorizationUrl(answered: Answered): CheckPoint {
  const about = "authorization_url, where learners' browsers are sent";
  if ("problem" in answered)
    return warning(
      "authorization_url",
      `${about}, does not answer the gateway: ${withoutEnd(answered.problem)}.`,
    );
  const { status_code } = answered;
  if (status_code === 404 || status_code >= 500)
    return problem(
      "authorization_url",
      `${about}, answers with status ${status_code}. Compare it with the LMS's authentication request URL.`,
    );
  return good("authorization_url", `${about}, answers.`);
}

/** Scope by scope, since platforms allow each by itself. A token is asked for anew: what is remembered says nothing of now. */
async function refusalOf(
  context: Context,
  registration: LtiRegistration,
  scope: string,
): Promise<string | null> {
  const fresh = { ...context, lti: { ...context.lti, accessTokens: createAccessTokens() } };
  try {
    await accessToken(fresh, registration, [scope]);
    return null;
  } catch (error) {
    if (error instanceof ServiceProblem) return withoutEnd(error.message);
    throw error;
  }
}

async function ofGrades(context: Context, registration: LtiRegistration): Promise<CheckPoint> {
  const scopes = TOOL_SCOPES.filter((scope) => scope !== MEMBERSHIP_SCOPE);
  const refusals = await Promise.all(scopes.map((scope) => refusalOf(context, registration, scope)));
  const refused = scopes.flatMap((scope, index) => {
    const why = refusals[index];
    return why ? [`${scope.replace(/^.*\//, "")}: ${why}`] : [];
  });
  if (refused.length === 0)
    return good("grades", "The LMS lets the gateway find line items and send scores.");
  const words = `Not all that grades need is allowed (${refused.join("; ")}). ${HOW_TO_ALLOW}`;
  return warning("grades", words);
}

async function ofMembers(context: Context, registration: LtiRegistration): Promise<CheckPoint> {
  const why = await refusalOf(context, registration, MEMBERSHIP_SCOPE);
  if (!why)
    return good("members", "The LMS lets the gateway read the names and roles of a course's members.");
  return warning("members", `Names and roles can't be read (${why}). ${HOW_TO_ALLOW}`);
}

const HOW_TO_ALLOW =
  "Allow the services in the LMS's settings of the tool, and see that it knows the gateway's key set URL and that token_url is right.";

async function ofDeployments(context: Context, { id, connection_id }: LtiRegistration): Promise<CheckPoint> {
  const { assigned, unassigned } = await countDeployments(context.db, id);
  if (unassigned > 0)
    return warning(
      "deployments",
      `Launches of ${unassigned} deployments are refused until somebody assigns them; ${assigned} are assigned.`,
    );
  if (assigned > 0) return good("deployments", `${assigned} are assigned.`);
  if (connection_id) return good("deployments", "None is known yet: those that launch join the connection.");
  return warning("deployments", "None is known yet, and those that launch have to be assigned by hand.");
}

async function ofLaunches(context: Context, { id, issuer }: LtiRegistration): Promise<CheckPoint> {
  const last = await lastLaunchThrough(context.db, id, URL.parse(issuer)?.origin ?? "");
  if (!last)
    return warning("launches", `None came in yet. One that is refused says why on its page (${REFUSAL}).`);
  const when = last.opened_at.toISOString();
  if (last.code === null) return good("launches", `The last one came in at ${when}.`);
  return good("launches", `The last one came at ${when} and was turned away: ${last.code}.`);
}

const REFUSAL = `such as “${FAULTS.lti_deployment_unknown.title}”`;

function withoutEnd(words: string): string {
  return words.replace(/\.$/, "");
}
