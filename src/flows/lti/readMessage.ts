/**
 * From what a browser brings from a platform to a message that may be believed (LTI 1.3 §5.1): that this browser began the
 * login, who signed the token, what it says of itself, and whose the deployment is. It costs no statement, as long as the
 * platform was heard of within the last minute.
 */
import jsonwebtoken from "jsonwebtoken";
import { Fault } from "../../core/faults.ts";
import { type Claims, requireDeploymentId, requireMessageType, requireToken } from "../../core/lti/claims.ts";
import type { LtiDeepLinkingMessage } from "../../core/lti/deepLinking.ts";
import { FORMER_IDENTITY_CLAIM } from "../../core/lti/formerIdentity.ts";
import { readDeepLinking, readLaunch13, type Sender } from "../../core/lti/launch13.ts";
import type { LtiMessage } from "../../core/lti/message.ts";
import { addSeconds } from "../../core/time.ts";
import { takeNonce } from "../../store/lti/nonces.ts";
import type { LtiRegistration } from "../../store/lti/registrations.ts";
import type { Context } from "../context.ts";
import { requireDeployment } from "./deployments.ts";
import { verifyFormerIdentity } from "./formerIdentity.ts";
import { type LoginState, STATE_SECONDS } from "./state.ts";

export type ReadMessage =
  | { readonly type: "launch"; readonly message: LtiMessage }
  | { readonly type: "deep_linking"; readonly message: LtiDeepLinkingMessage };

const LONGEST_TOKEN = 64_000;
const ALGORITHM = "RS256";

/**
 * @param state Of the login, which this browser is known to have begun.
 * @throws Fault `lti_…`, by what is wrong.
 */
export async function readMessage(
  context: Context,
  state: LoginState,
  idToken: string,
): Promise<ReadMessage> {
  const at = context.deps.clock.now();
  const registration = await context.lti.registrations.byId(state.registration_id);
  if (!registration)
    throw new Fault("lti_issuer_unknown", "The registration has ended since the login began.");
  const claims = await verifiedClaims(context, registration, idToken);
  const { issuer, client_id } = registration;
  requireToken(claims, { issuer, client_id, nonce: state.nonce, at });
  const type = requireMessageType(claims);
  const deploymentId = requireDeploymentId(claims);
  const of = await requireDeployment(context, registration, deploymentId, at);
  const sender = { ...of, registration_id: registration.id, issuer, former: null };
  if (type === "LtiDeepLinkingRequest") {
    const message = readDeepLinking(claims, sender, deploymentId);
    if (!(await takeNonce(context.db, state.nonce, at, addSeconds(at, -STATE_SECONDS))))
      throw new Fault("lti_nonce_used", "nonce: expected one that was not used before.");
    return { type: "deep_linking", message };
  }
  const former = await formerOf(context, registration, sender, deploymentId, claims);
  const message = readLaunch13(claims, { ...sender, former }, state.nonce, context.config.APP_ORIGIN);
  return { type: "launch", message };
}

async function verifiedClaims(
  { lti }: Pick<Context, "lti">,
  { jwks_url }: LtiRegistration,
  idToken: string,
): Promise<Claims> {
  if (idToken === "") throw new Fault("lti_token_missing", "id_token: expected one.");
  if (idToken.length > LONGEST_TOKEN)
    throw new Fault("lti_token_too_large", `id_token: expected at most ${LONGEST_TOKEN} characters.`);
  const { alg, kid } = headerOf(idToken);
  if (alg !== ALGORITHM) throw new Fault("lti_algorithm_refused", `alg: expected ${ALGORITHM}.`);
  if (typeof kid !== "string" || kid === "")
    throw new Fault("lti_key_unknown", "kid: expected one that the platform publishes.");
  const key = await lti.platformKeys.find(jwks_url, kid);
  try {
    // Its times are looked at by our clock, each with its own code (`core/lti/claims.ts`).
    const claims: unknown = jsonwebtoken.verify(idToken, key, {
      algorithms: [ALGORITHM],
      ignoreExpiration: true,
      ignoreNotBefore: true,
    });
    if (typeof claims === "object" && claims !== null && !Array.isArray(claims)) return claims as Claims;
  } catch (error) {
    throw new Fault("lti_signature_invalid", "id_token: expected one that the platform signed.", {
      cause: error,
    });
  }
  throw malformed();
}

/** Of a token that nothing is known of yet. */
function headerOf(idToken: string): { readonly alg?: unknown; readonly kid?: unknown } {
  const [header = "", ...parts] = idToken.split(".", 4);
  if (parts.length !== 2) throw malformed();
  try {
    const read: unknown = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return read;
  } catch {
    // Told below.
  }
  throw malformed();
}

function malformed(): Fault {
  return new Fault("lti_token_malformed", "id_token: expected a signed JSON Web Token.");
}

function formerOf(
  context: Context,
  { issuer, client_id }: LtiRegistration,
  { account_id, connection_id }: Pick<Sender, "account_id" | "connection_id">,
  deployment_id: string,
  claims: Claims,
): Promise<Sender["former"]> {
  const claim = claims[FORMER_IDENTITY_CLAIM];
  const { sub, exp, nonce } = claims as { sub?: unknown; exp?: unknown; nonce?: unknown };
  const subject = typeof sub === "string" ? sub : "";
  const of = { account_id, connection_id, deployment_id, issuer, client_id, subject };
  return verifyFormerIdentity(context, { ...of, expires: Number(exp), nonce: String(nonce) }, claim);
}
