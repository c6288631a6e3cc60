/**
 * An LMS registers itself by a link (LTI Dynamic Registration 1.0): what it says of itself is read and checked, it is asked to
 * register us, and what it answers is kept. The link is used up by that and by nothing less: whatever fails leaves it good.
 */
import { Fault } from "../../core/faults.ts";
import {
  deploymentIn,
  isShowable,
  type PlatformConfiguration,
  readPlatformConfiguration,
} from "../../core/lti/platformConfiguration.ts";
import { toolRegistrationOf } from "../../core/lti/tool.ts";
import { addSeconds } from "../../core/time.ts";
import { claimLink, type RegistrationLink, releaseLink, useLink } from "../../store/lti/registrationLinks.ts";
import { insertDeployment, type LtiRegistration } from "../../store/lti/registrations.ts";
import type { Context } from "../context.ts";
import { changing } from "../invalidations.ts";
import { insertOne, refusingTaken, requirePlatformUrl } from "./changeRegistrations.ts";
import { outgoingToPlatforms } from "./platformOutgoing.ts";
import { requireGoodLink } from "./registrationLinks.ts";
import { registerDynamically } from "./services/ltijs.ts";
import { ServiceProblem, wordsOf } from "./services/serviceHttp.ts";

/** What the LMS added to the link's address. */
export interface PlatformInvitation {
  readonly openid_configuration: string;
  /** Null where it sent none. */
  readonly registration_token: string | null;
}

/** Longer than an exchange can take; a process that ends in the middle of one holds the link up no longer than this. */
const CLAIM_SECONDS = 120;
const CONFIGURATION_SECONDS = 15;
const MOST_CONFIGURATION_BYTES = 256 * 1024;
const MOST_CLIENT_ID = 255;

/**
 * @throws Fault `lti_registration_link_unknown`, `lti_registration_link_over`, `lti_registration_link_busy`,
 * `lti_registration_failed`, `lti_registration_taken`.
 */
export async function registerByLink(
  context: Context,
  secret: string,
  invitation: PlatformInvitation,
): Promise<LtiRegistration> {
  const at = context.deps.clock.now();
  const { link, hash } = await requireGoodLink(context.db, secret, at);
  const claim_id = context.deps.newId();
  const claimed = await claimLink(context.db, hash, { claim_id, at, until: addSeconds(at, CLAIM_SECONDS) });
  if (!claimed) {
    await requireGoodLink(context.db, secret, at);
    throw new Fault("lti_registration_link_busy", "Somebody is registering an LMS with this link right now.");
  }
  try {
    const configuration = await readConfiguration(context, invitation);
    const registered = await exchange(context, invitation, configuration);
    return await keep(context, link, claim_id, configuration, registered);
  } catch (error) {
    await releaseLink(context.db, claim_id);
    throw error;
  }
}

async function readConfiguration(
  context: Context,
  { openid_configuration, registration_token }: PlatformInvitation,
): Promise<PlatformConfiguration> {
  const outgoing = outgoingToPlatforms(context);
  const answered = await outgoing.exchange(openid_configuration, {
    method: "GET",
    // Canvas shows it to nobody else; the specification does not ask for it.
    headers: {
      accept: "application/json",
      ...(registration_token === null ? {} : { authorization: `Bearer ${registration_token}` }),
    },
    seconds: CONFIGURATION_SECONDS,
    mostBytes: MOST_CONFIGURATION_BYTES,
  });
  if ("problem" in answered) throw failed(`Its OpenID configuration can't be read: ${answered.problem}`);
  if (answered.status_code !== 200)
    throw failed(`Its OpenID configuration can't be read: ${wordsOf(answered.status_code, answered.text)}`);
  const read = readPlatformConfiguration(answered.url, answered.text);
  if ("problem" in read) throw failed(`It can't be believed: ${read.problem}`);
  const { configuration } = read;
  for (const name of [
    "registration_endpoint",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
  ] as const)
    requireUrl(context, name, configuration[name]);
  return configuration;
}

function requireUrl(context: Context, name: string, url: string): void {
  try {
    requirePlatformUrl(context, name, url);
  } catch (error) {
    if (error instanceof Fault)
      throw failed(`Its OpenID configuration names an address that is no good: ${error.message}`);
    throw error;
  }
}

interface Registered {
  readonly client_id: string;
  /** Null where the platform does not name the installation yet. */
  readonly deployment_id: string | null;
}

async function exchange(
  { config, ...context }: Context,
  { openid_configuration, registration_token }: PlatformInvitation,
  configuration: PlatformConfiguration,
): Promise<Registered> {
  try {
    const { client_id, answer } = await registerDynamically(
      { config, ...context },
      {
        configuration_url: openid_configuration,
        configuration: { ...configuration },
        registration_token,
        tool: toolRegistrationOf(config.APP_ORIGIN, configuration),
      },
    );
    if (client_id.length > MOST_CLIENT_ID || !isShowable(client_id))
      throw new ServiceProblem("its answer names no client_id that can be kept");
    return { client_id, deployment_id: deploymentIn(answer) };
  } catch (error) {
    if (error instanceof ServiceProblem) throw failed(`It did not register the gateway: ${error.message}`);
    throw error;
  }
}

async function keep(
  context: Context,
  link: RegistrationLink,
  claimId: string,
  configuration: PlatformConfiguration,
  { client_id, deployment_id }: Registered,
): Promise<LtiRegistration> {
  const at = context.deps.clock.now();
  const { account_id, connection_id } = link;
  const by = { actor: `lti_registration_link:${link.id}`, why: "The LMS registered itself by a link." };
  const wanted = {
    name: link.name || new URL(configuration.issuer).host,
    connection_id,
    issuer: configuration.issuer,
    client_id,
    authorization_url: configuration.authorization_endpoint,
    token_url: configuration.token_endpoint,
    token_audience: configuration.authorization_server,
    jwks_url: configuration.jwks_uri,
    product: configuration.product,
  };
  const work = changing(context, "lti", async (sql) => {
    const made = await insertOne(context, sql, by, at, account_id, wanted, true);
    if (!(await useLink(sql, claimId, made.id, at)))
      throw new Fault("lti_registration_link_over", "This registration link was withdrawn meanwhile.");
    if (deployment_id !== null) {
      const id = context.deps.newId();
      const of = { id, registration_id: made.id, deployment_id, account_id, connection_id };
      await insertDeployment(sql, { ...of, first_seen_at: at });
    }
    return made;
  });
  return refusingTaken(work);
}

/** For the administrator who stands before the page: plain words, and what to do. */
function failed(what: string): Fault {
  const sentence = what.replace(/\.?$/, ".");
  return new Fault("lti_registration_failed", `The LMS could not be registered. ${sentence}`);
}
