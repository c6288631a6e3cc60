/** The first step of a launch by LTI 1.3: the platform says that somebody is coming (OpenID Connect third-party login). */
import { Fault } from "../../core/faults.ts";
import { linkedKeyOf } from "../../core/lti/links.ts";
import { findRegistrationsFor, type LtiRegistration } from "../../store/lti/registrations.ts";
import type { Context } from "../context.ts";
import { type Binding, newBinding, type PlatformStorage, sealState } from "./state.ts";

/** Where platforms send launches. */
export const LAUNCH_PATH = "/lti/launch";

/** As the platform sent it; "" for what it did not send. */
export interface LoginRequest {
  readonly iss: string;
  readonly login_hint: string;
  readonly target_link_uri: string;
  readonly lti_message_hint: string;
  readonly client_id: string;
  readonly lti_deployment_id: string;
  /** Where the platform offers to keep something for us; "" where it does not, or nobody needs it. */
  readonly storage_target: string;
  /** The hash of the secret of our own page that opened this window; "" where none did. */
  readonly opener_hash: string;
}

export interface BegunLogin {
  /** Where the browser goes next. */
  readonly authorization_url: string;
  /** For the browser to keep, by cookie and in the platform's storage. */
  readonly binding: Binding;
  readonly storage: PlatformStorage | null;
}

const NONCE_BYTES = 24;
/** Beyond it a state would make addresses that servers on the way refuse. */
const LONGEST_CARRIED = 3000;
const HASH = /^[A-Za-z0-9_-]{43}$/;

/** @throws Fault `lti_login_invalid`, `lti_issuer_unknown`, `lti_client_ambiguous`. */
export async function beginLogin(context: Context, request: LoginRequest): Promise<BegunLogin> {
  for (const name of ["iss", "login_hint", "target_link_uri"] as const)
    if (request[name] === "") throw new Fault("lti_login_invalid", `${name}: expected one.`);
  if (request.opener_hash !== "" && !HASH.test(request.opener_hash))
    throw new Fault("lti_login_invalid", "opener: expected what our own page says.");
  const registration = await requireRegistration(context, request);
  const binding = newBinding(context);
  const storage = storageFor(registration, request);
  const nonce = context.deps.newSecret(NONCE_BYTES);
  const state = sealState(context, {
    registration_id: registration.id,
    nonce,
    binding_hash: binding.hash,
    opener_hash: request.opener_hash || null,
    storage,
    login: carried(request),
    begun_at: context.deps.clock.now(),
  });
  const authorization_url = authorizationUrl(context, registration, request, nonce, state);
  return { authorization_url, binding, storage };
}

function storageFor(
  { authorization_url }: LtiRegistration,
  { storage_target }: LoginRequest,
): PlatformStorage | null {
  if (storage_target === "") return null;
  return { target: storage_target, origin: new URL(authorization_url).origin };
}

async function requireRegistration(
  { config, db, lti }: Pick<Context, "config" | "db" | "lti">,
  { iss, client_id, target_link_uri }: LoginRequest,
): Promise<LtiRegistration> {
  const [found, another] = await lti.registrations.named(iss, client_id || null);
  if (!found)
    throw new Fault(
      "lti_issuer_unknown",
      "iss, client_id: expected those of a registration that has not ended.",
    );
  if (!another) return found;
  // Whoever registers an issuer that somebody else has, too, must not turn the other's learners away.
  const key = linkedKeyOf(config.APP_ORIGIN, target_link_uri);
  const [nearest, anotherNearest] = key === null ? [] : await findRegistrationsFor(db, iss, key);
  if (!nearest || anotherNearest)
    throw new Fault(
      "lti_client_ambiguous",
      "client_id: expected one, as the issuer has several registrations.",
    );
  return nearest;
}

/** What another login needs to be the same one. */
function carried(request: LoginRequest): Readonly<Record<string, string>> | null {
  const { iss, login_hint, target_link_uri, lti_message_hint, client_id, lti_deployment_id } = request;
  const all = { iss, login_hint, target_link_uri, lti_message_hint, client_id, lti_deployment_id };
  const sent = Object.entries(all).filter(([, value]) => value !== "");
  const characters = sent.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return characters > LONGEST_CARRIED ? null : Object.fromEntries(sent);
}

function authorizationUrl(
  { config }: Pick<Context, "config">,
  { authorization_url, client_id }: LtiRegistration,
  { login_hint, lti_message_hint }: LoginRequest,
  nonce: string,
  state: string,
): string {
  const url = new URL(authorization_url);
  const parameters = {
    scope: "openid",
    response_type: "id_token",
    response_mode: "form_post",
    prompt: "none",
    client_id,
    redirect_uri: `${config.APP_ORIGIN}${LAUNCH_PATH}`,
    login_hint,
    ...(lti_message_hint === "" ? {} : { lti_message_hint }),
    nonce,
    state,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
