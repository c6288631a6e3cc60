/**
 * What lets us in at a platform's services (1EdTech Security Framework 1.0 §4.1): asked for with an assertion that our key
 * signs, and used until shortly before it runs out. Many who need one at the same time ask once.
 */
import jsonwebtoken from "jsonwebtoken";
import { addSeconds } from "../../core/time.ts";
import type { LtiRegistration } from "../../store/lti/registrations.ts";
import type { Context } from "../context.ts";
import { outgoingToPlatforms } from "./platformOutgoing.ts";
import type { AccessToken, ServicePlatform } from "./services/ltijs.ts";
import { ServiceProblem, wordsOf } from "./services/serviceHttp.ts";

interface Entry {
  readonly token: Promise<AccessToken>;
  /** Null while it is being asked for. */
  until: Date | null;
}

/** By registration and scopes. */
export interface AccessTokens {
  readonly entries: Map<string, Entry>;
  forget(): void;
}

export function createAccessTokens(): AccessTokens {
  const entries = new Map<string, Entry>();
  return { entries, forget: () => entries.clear() };
}

const MOST_TOKENS = 5000;
const ASSERTION_SECONDS = 300;
const ANSWER_SECONDS = 10;
const MOST_BYTES = 64 * 1024;
/** Where the platform does not say (RFC 6749 §5.1 leaves it open). */
const USUAL_SECONDS = 600;
/** Before its end, so that none runs out on its way. */
const SPARE_SECONDS = 60;
const MOST_SECONDS = 24 * 60 * 60;

/**
 * Asks a platform's services; once more with new tokens, where one that was used before is not taken any more.
 * @throws ServiceProblem
 */
export async function askingServices<Result>(
  context: Context,
  registration: LtiRegistration,
  ask: (platform: ServicePlatform) => Promise<Result>,
): Promise<Result> {
  const { issuer, client_id } = registration;
  const used: { readonly scopes: readonly string[]; readonly token: AccessToken }[] = [];
  const get = async (scopes: readonly string[]) => {
    const token = await accessToken(context, registration, scopes);
    used.push({ scopes, token });
    return token;
  };
  const platform = { issuer, client_id, accessToken: get };
  try {
    return await ask(platform);
  } catch (error) {
    if (!(error instanceof ServiceProblem) || error.status_code !== 401 || used.length === 0) throw error;
    for (const { scopes, token } of [...used]) await forgetToken(context, registration, scopes, token);
    return ask(platform);
  }
}

/** @throws ServiceProblem where the platform grants none. */
export function accessToken(
  context: Context,
  registration: LtiRegistration,
  scopes: readonly string[],
): Promise<AccessToken> {
  const { entries } = context.lti.accessTokens;
  const key = keyOf(registration, scopes);
  const at = context.deps.clock.now();
  const known = entries.get(key);
  if (known && (known.until === null || at < known.until)) return known.token;
  const asked = ask(context, registration, scopes, at);
  const entry: Entry = { token: asked.then(({ token }) => token), until: null };
  entries.delete(key);
  entries.set(key, entry);
  const [oldest] = entries.keys();
  if (entries.size > MOST_TOKENS && oldest !== undefined) entries.delete(oldest);
  asked.then(
    ({ seconds }) => {
      entry.until = addSeconds(at, seconds);
    },
    () => {
      if (entries.get(key) === entry) entries.delete(key);
    },
  );
  return entry.token;
}

/** It was not taken: whoever needs one next asks anew. One that was asked for since stays. */
export async function forgetToken(
  { lti }: Pick<Context, "lti">,
  registration: LtiRegistration,
  scopes: readonly string[],
  refused: AccessToken,
): Promise<void> {
  const key = keyOf(registration, scopes);
  const entry = lti.accessTokens.entries.get(key);
  const current = await entry?.token.catch(() => null);
  if (current?.access_token === refused.access_token && lti.accessTokens.entries.get(key) === entry)
    lti.accessTokens.entries.delete(key);
}

function keyOf({ id }: LtiRegistration, scopes: readonly string[]): string {
  return JSON.stringify([id, ...[...scopes].sort()]);
}

interface Granted {
  readonly token: AccessToken;
  /** How long it is used. */
  readonly seconds: number;
}

async function ask(
  context: Context,
  registration: LtiRegistration,
  scopes: readonly string[],
  at: Date,
): Promise<Granted> {
  const answered = await outgoingToPlatforms(context).exchange(registration.token_url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await assertionOf(context, registration, at),
      scope: scopes.join(" "),
    }).toString(),
    seconds: ANSWER_SECONDS,
    mostBytes: MOST_BYTES,
  });
  if ("problem" in answered) throw new ServiceProblem(`no access token: ${answered.problem}`);
  const { status_code, headers, text } = answered;
  if (status_code !== 200 && status_code !== 201)
    throw new ServiceProblem(
      `no access token: ${wordsOf(status_code, text)}`,
      status_code,
      headers["retry-after"] ?? null,
    );
  return grantedIn(text, scopes);
}

async function assertionOf(
  { lti, deps }: Context,
  { client_id, token_url, token_audience }: LtiRegistration,
  at: Date,
): Promise<string> {
  const { kid, key } = await lti.toolKeys.current();
  const issuedAt = Math.floor(at.getTime() / 1000);
  const claims = {
    iss: client_id,
    sub: client_id,
    aud: token_audience ?? token_url,
    iat: issuedAt,
    exp: issuedAt + ASSERTION_SECONDS,
    jti: deps.newId(),
  };
  return jsonwebtoken.sign(claims, key, { algorithm: "RS256", keyid: kid });
}

function grantedIn(text: string, scopes: readonly string[]): Granted {
  const { access_token, token_type, expires_in, scope } = recordIn(text);
  if (typeof access_token !== "string" || !/^[\x21-\x7e]{1,8000}$/.test(access_token))
    throw new ServiceProblem("no access token: its answer is not what the specification says");
  // RFC 6749 §7.1: a token of a type that one does not know is not to be used. Without a type it can be no other.
  if (String(token_type ?? "bearer").toLowerCase() !== "bearer")
    throw new ServiceProblem(`no access token: ${typeInWords(token_type)}; expected Bearer`);
  const granted = typeof scope === "string" && scope.trim() !== "" ? scope.split(/[\s,]+/) : scopes;
  const missing = scopes.find((one) => !granted.includes(one));
  if (missing !== undefined) throw new ServiceProblem(`no access token: it does not grant ${missing}`);
  const said = Number(expires_in);
  const seconds = Number.isFinite(said) && said > 0 ? Math.min(said, MOST_SECONDS) : USUAL_SECONDS;
  return {
    // However the platform writes it: not all of them compare without regard to case what they are sent (RFC 6749 §5.1).
    token: { access_token, token_type: "Bearer" },
    seconds: Math.max(seconds - SPARE_SECONDS, seconds / 2),
  };
}

function typeInWords(type: unknown): string {
  return typeof type === "string" && /^[\w-]{1,40}$/.test(type)
    ? `it is of the type ${type}`
    : "its type is none";
}

function recordIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? (answer as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
