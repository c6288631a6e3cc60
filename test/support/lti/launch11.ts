/** Launches of LTI 1.1 in the test's own process: a link with its secret, and what the gateway reads in a launch of it. */
import type { Rollup, StateChanges } from "../../../src/core/bridge.ts";
import { Fault } from "../../../src/core/faults.ts";
import { ltiLinkOf } from "../../../src/core/lti/links.ts";
import type { LtiMessage } from "../../../src/core/lti/message.ts";
import { readForm } from "../../../src/core/lti/oauth1.ts";
import type { Context } from "../../../src/flows/context.ts";
import { deliver } from "../../../src/flows/deliveries.ts";
import { keepLaunch } from "../../../src/flows/keepLaunch.ts";
import { makeLti11Secret } from "../../../src/flows/lti/lti11Secrets.ts";
import { openByMessage } from "../../../src/flows/lti/openByMessage.ts";
import { openByTicket } from "../../../src/flows/lti/openByTicket.ts";
import { verifyLaunch11 } from "../../../src/flows/lti/verifyLaunch11.ts";
import type { Opening } from "../../../src/flows/openLaunch.ts";
import { BY, type TestLicense } from "../fixtures.ts";
import type { TestGateway } from "../gateway.ts";
import { type LaunchFields, type Lti11Credentials, type SigningWishes, signedLaunch } from "./consumer.ts";

/** A delivery's link, and what an LMS is told to launch it with. */
export interface Lti11Link extends TestLicense, Lti11Credentials {
  readonly secret_id: string;
  readonly url: string;
}

/** The license's link for LMSs of LTI 1.1, with a new secret. @param wishes The account's first LMS, unless said otherwise. */
export async function lti11Link(
  gateway: TestGateway,
  license: TestLicense,
  wishes: { readonly connection_id?: string } = {},
): Promise<Lti11Link> {
  const { context } = gateway;
  const { account_id, license_id, course_id } = license;
  const connection_id = wishes.connection_id ?? null;
  const order = { account_id, license_id, course_id, connection_id, format: "lti", label: "" } as const;
  const { id: delivery_id, key: delivery_key, connection_id: at } = await deliver(context, BY, order);
  const link = { ...license, connection_id: at, delivery_id, delivery_key };
  const { made, secret } = await makeLti11Secret(context, BY, link, 0);
  const url = ltiLinkOf(context.config.APP_ORIGIN, delivery_key);
  return { ...link, consumer_key: made.consumer_key, secret, secret_id: made.id, url };
}

/** @throws Fault as the gateway refuses it. */
export function readLaunchOf(
  context: Context,
  link: Lti11Link,
  fields: LaunchFields = {},
  wishes: Partial<SigningWishes> = {},
): Promise<LtiMessage> {
  const body = signedLaunch(link, link.url, fields, { at: context.deps.clock.now(), ...wishes });
  return readPosted(context, link, body);
}

/** @param body As a browser posts it to the link. */
export function readPosted(
  context: Context,
  { delivery_key, url }: Pick<Lti11Link, "delivery_key" | "url">,
  body: string,
): Promise<LtiMessage> {
  return verifyLaunch11(context, { delivery_key, url: new URL(url), parameters: readForm(body) });
}

/** The code of the fault that it ends in; "" where it ends well. */
export async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "";
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

/** A learner who was let in by a launch of LTI 1.1, as the door and the player do it. */
export interface Visit11 {
  readonly message: LtiMessage;
  readonly opening: Opening & { readonly type: "allowed" };
  /** Saves; each is the next one. */
  save(rollup: Rollup, changes?: StateChanges): Promise<void>;
}

/** @throws where it is refused or denied. */
export async function visitBy11(
  { context }: Pick<TestGateway, "context">,
  link: Lti11Link,
  fields: LaunchFields = {},
): Promise<Visit11> {
  const opened = await openByMessage(context, await readLaunchOf(context, link, fields), false);
  if (opened.type === "denied") throw new Error(`The launch was denied: ${opened.code}`);
  return visitAt(context, opened.player_url);
}

/** @param playerUrl Where the door sends whoever was let in, by either version. */
export async function visitAt(context: Context, playerUrl: string): Promise<Visit11> {
  const ticket = new URL(playerUrl).hash.slice(1);
  const { message, opening } = await openByTicket(context, ticket, null, () => undefined);
  if (opening.type === "denied") throw new Error(`The player was denied: ${opening.code}`);
  let { token } = opening;
  let sequence = 0;
  const save = async (rollup: Rollup, changes: StateChanges = {}) => {
    const nothing = { session_seconds: {}, marker_acknowledged: false, closing: false };
    const kept = await keepLaunch(context, { token, sequence: ++sequence, changes, rollup, ...nothing });
    token = kept.token;
  };
  return { message, opening, save };
}
