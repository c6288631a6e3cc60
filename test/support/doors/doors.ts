/**
 * The doors of the gateway, each as a learner's browser goes through it, over HTTP: what comes behind it is to be the same
 * (DESIGN §4).
 */
import type { RequestListener } from "node:http";
import request, { type Response } from "supertest";
import type { KeepRequest, LaunchAnswer } from "../../../src/core/bridge.ts";
import { SCORM_NAMESPACE } from "../../../src/core/identity.ts";
import { ltiLinkOf } from "../../../src/core/lti/links.ts";
import { deliver } from "../../../src/flows/deliveries.ts";
import { makeLti11Secret } from "../../../src/flows/lti/lti11Secrets.ts";
import { BY, type TestLicense } from "../fixtures.ts";
import type { TestGateway } from "../gateway.ts";
import { launchRequest, newNonce } from "../learner.ts";
import { type LaunchFields, signedLaunch } from "../lti/consumer.ts";
import { type Platform, registerPlatform, type TokenWishes } from "../lti/platform.ts";

export const CONTENT_HOST = "127.0.0.1:8080";
export const APP_HOST = "localhost:8080";

/** What came of a launch, for the learner: the player's answer, or the page on the way to it. */
export type Launched =
  | { readonly type: "allowed"; readonly answer: LaunchAnswer & { outcome: "allowed" } }
  /** `shown`: all that the learner is told. */
  | { readonly type: "denied"; readonly shown: string };

/** A delivery, as an LMS was set up with it. */
export interface OpenDoor {
  readonly license: TestLicense;
  /** Of identities that come through it. */
  readonly namespace: string;
  launch(who: string): Promise<Launched>;
  /** What the course's player sends while it is open. */
  keep(message: KeepRequest): Promise<Response>;
}

export interface DoorKind {
  readonly name: string;
  /** Hands the license to an LMS that speaks this. */
  open(at: AtGateway, license: TestLicense): Promise<OpenDoor>;
}

export interface AtGateway {
  readonly gateway: TestGateway;
  readonly app: RequestListener;
  readonly platform: Platform;
}

export const SCORM: DoorKind = {
  name: "SCORM",
  open: async (at, license) => ({
    license,
    namespace: SCORM_NAMESPACE,
    launch: async (who) => {
      const answer = await post(at, `/play/${license.delivery_key}/launch`, launchRequest(who));
      return launchedOf(answer);
    },
    keep: (message) => post(at, "/play/keep", message),
  }),
};

export const LTI_13: DoorKind = {
  name: "LTI 1.3",
  open: async (at, { license_id, course_id, account_id }) => {
    const license = await linkOf(at, { license_id, course_id, account_id });
    await registerPlatform(at.gateway, at.platform, license);
    return {
      license,
      namespace: `lti:${at.platform.issuer}`,
      launch: async (who) =>
        throughPlayer(at, await launch13(at, license, { sub: who, name: `Learner ${who}` })),
      keep: (message) => post(at, "/play/keep", message),
    };
  },
};

export const LTI_11: DoorKind = {
  name: "LTI 1.1",
  open: async (at, { license_id, course_id, account_id }) => {
    const license = await linkOf(at, { license_id, course_id, account_id });
    const { made, secret } = await makeLti11Secret(at.gateway.context, BY, license, 0);
    const by = { consumer_key: made.consumer_key, secret };
    return {
      license,
      namespace: `lti11:${made.consumer_key}`,
      launch: async (who) => throughPlayer(at, await launch11(at, license, by, { user_id: who })),
      keep: (message) => post(at, "/play/keep", message),
    };
  },
};

export const DOORS: readonly DoorKind[] = [SCORM, LTI_13, LTI_11];

async function linkOf(
  { gateway }: AtGateway,
  of: Pick<TestLicense, "account_id" | "license_id" | "course_id">,
): Promise<TestLicense> {
  const order = { ...of, format: "lti", connection_id: null, label: "" } as const;
  const { id, key, connection_id } = await deliver(gateway.context, BY, order);
  return { ...of, connection_id, delivery_id: id, delivery_key: key };
}

/** Login, what the platform then signs, and the post: what the gateway answers to that. */
export async function launch13(
  { gateway, app, platform }: AtGateway,
  { delivery_key }: Pick<TestLicense, "delivery_key">,
  wishes: TokenWishes = {},
): Promise<Response> {
  const target_link_uri = ltiLinkOf(gateway.context.config.APP_ORIGIN, delivery_key);
  const login = await request(app)
    .get("/lti/login")
    .query({ iss: platform.issuer, client_id: platform.client_id, login_hint: "hint", target_link_uri })
    .set("Host", APP_HOST);
  const asked = new URL(login.headers["location"] ?? "").searchParams;
  const id_token = platform.idToken({ target_link_uri, nonce: asked.get("nonce") ?? "", ...wishes });
  const cookies = ([login.headers["set-cookie"]].flat() as string[]).map((one) => one.split(";")[0]);
  return request(app)
    .post("/lti/launch")
    .set("Host", APP_HOST)
    .set("Cookie", cookies.join("; "))
    .type("form")
    .send({ id_token, state: asked.get("state") ?? "" });
}

export async function launch11(
  { gateway, app }: AtGateway,
  { delivery_key }: Pick<TestLicense, "delivery_key">,
  by: { readonly consumer_key: string; readonly secret: string },
  fields: LaunchFields,
): Promise<Response> {
  const link = ltiLinkOf(gateway.context.config.APP_ORIGIN, delivery_key);
  const body = signedLaunch(by, link, fields, { at: gateway.clock.now(), nonce: newNonce() });
  return request(app).post(new URL(link).pathname).set("Host", APP_HOST).type("form").send(body);
}

/** Follows to the player, which exchanges its ticket. */
async function throughPlayer(at: AtGateway, answered: Response): Promise<Launched> {
  if (answered.status !== 303) return { type: "denied", shown: answered.text };
  const ticket = new URL(answered.headers["location"] ?? "").hash.slice(1);
  return launchedOf(await post(at, "/play/lti/launch", { ticket, shown_in: "frame" }));
}

function launchedOf({ status, body, text }: Response): Launched {
  if (status === 200 && body.outcome === "allowed") return { type: "allowed", answer: body };
  return { type: "denied", shown: text };
}

function post({ app }: AtGateway, path: string, body: object): Promise<Response> {
  return request(app)
    .post(path)
    .set("Host", CONTENT_HOST)
    .type("json")
    .send(body)
    .then((answered) => answered);
}
