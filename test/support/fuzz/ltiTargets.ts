/**
 * What can be sent to the routes of LTI: logins, launches of both versions and what the pages of the gateway post, sensible and
 * not; and messages that are signed rightly, of a platform that lies about everything.
 */
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { ltiLinkOf } from "../../../src/core/lti/links.ts";
import { wellFormed } from "../../../src/core/text.ts";
import { pickingMessageOf, sealSession } from "../../../src/flows/lti/catalog/session.ts";
import { beginLogin } from "../../../src/flows/lti/login.ts";
import { makeLti11Secret } from "../../../src/flows/lti/lti11Secrets.ts";
import { makeRegistrationLink } from "../../../src/flows/lti/registrationLinks.ts";
import { sealTicket } from "../../../src/flows/lti/tickets.ts";
import { BY, type TestLicense } from "../fixtures.ts";
import type { TestGateway } from "../gateway.ts";
import { formOf, type Lti11Credentials, signedForm } from "../lti/consumer.ts";
import { ltiMessage } from "../lti/messages.ts";
import { deepLinkingMessage } from "../lti/picking.ts";
import { DEEP_LINKING, LTI, type Platform, registerPlatform, type TokenWishes } from "../lti/platform.ts";
import type { Chance } from "./chance.ts";
import { hostileText, hostileValue } from "./hostileValues.ts";
import type { LyingPlatform } from "./lyingPlatform.ts";
import { type Sensible, spoilJson } from "./spoil.ts";
import { APP_HOST, CONTENT_HOST } from "./targets.ts";

type Pairs = readonly (readonly [name: string, value: string])[];

export interface LtiWorld {
  readonly gateway: TestGateway;
  readonly platform: Platform;
  readonly liar: LyingPlatform;
  readonly client_id: string;
  readonly link: TestLicense;
  readonly secret: Lti11Credentials;
  /** Of a page that lets courses be picked: what its form holds. */
  readonly session: string;
}

/** An LTI link of the license, with a platform of each version that opens it. */
export async function newLtiWorld(
  gateway: TestGateway,
  { platform, liar }: Pick<LtiWorld, "platform" | "liar">,
  license: TestLicense,
): Promise<LtiWorld> {
  const link = await gateway.deliverAgain(license, "lti");
  // Of its own, so that there can be another world after this one.
  const client_id = `tool of ${link.delivery_id}`;
  const registered = { ...platform, registration: { ...platform.registration, client_id } };
  const registration_id = await registerPlatform(gateway, registered, link);
  const { account_id, connection_id } = link;
  const picking = deepLinkingMessage({ account_id, connection_id, registration_id });
  const { made, secret } = await makeLti11Secret(gateway.context, BY, link, 0);
  const known = {
    gateway,
    platform,
    liar,
    client_id,
    link,
    secret: { consumer_key: made.consumer_key, secret },
  };
  return { ...known, session: sealSession(gateway.context, pickingMessageOf(picking)) };
}

export async function ltiRequest(chance: Chance, world: LtiWorld): Promise<Sensible> {
  return chance.pick<() => Promise<Sensible> | Sensible>([
    () => login(chance, world),
    () => launch(chance, world, (claims) => claims),
    () => launch(chance, world, (claims) => spoilClaims(chance, claims)),
    () => launch(chance, world, (claims) => spoilClaims(chance, claims)),
    () => brokenToken(chance, world),
    () => launch11(chance, world),
    () => launch11(chance, world),
    () => ticket(chance, world),
    () => catalog(chance, world),
    () => get(chance, `/lti/links/${key(chance, world)}`),
    () => get(chance, "/lti/jwks"),
    () => register(chance, world),
    () =>
      get(
        chance,
        chance.pick(["/lti", "/lti/", "/lti/files/ltiDoor.js", "/lti/files/..%2fapp.js", "/lti/none"]),
      ),
  ])();
}

function get(chance: Chance, path: string): Sensible {
  const accept = chance.pick(["text/html", "application/json", "*/*"]);
  return { method: "GET", path, query: {}, headers: { host: APP_HOST, accept }, body: undefined };
}

/** Names that mean something to some parser, for some; the same name again; halves of characters. */
function form(chance: Chance, path: string, pairs: Pairs, headers: Record<string, string> = {}): Sensible {
  const bytes = Buffer.from(chance.percent(50) ? formOf(pairs) : rawForm(chance, pairs));
  const type = "application/x-www-form-urlencoded";
  return {
    ...get(chance, path),
    method: "POST",
    headers: { host: APP_HOST, ...headers },
    body: { bytes, type },
  };
}

function rawForm(chance: Chance, pairs: Pairs): string {
  const written = pairs.map(([name, value]) =>
    chance.percent(10) ? oddPair(chance, name) : formOf([[name, value]]),
  );
  const [first = ""] = written;
  return chance
    .pick([written, [...written, first], [...written, oddPair(chance, "x")], [...written].reverse()])
    .join(chance.pick(["&", "&", "&", "&&", ";"]));
}

function oddPair(chance: Chance, name: string): string {
  const value = encodeURIComponent(hostileText(chance).toWellFormed());
  return chance.pick([
    `${name}=${value}`,
    name,
    `${name}=`,
    `${name}[]=a&${name}[]=b`,
    `${name}[$ne]=1`,
    `${name}[__proto__][x]=1`,
    "__proto__=x",
    "constructor[prototype][x]=1",
    "toString=x",
    `${name}=%ED%A0%80`,
    `${name}=%`,
    `${name}=%00`,
    `${name}=${"%F0%9F%98%80".repeat(3000)}`,
    `=${value}`,
    Array.from({ length: 1200 }, (_, index) => `p${index}=1`).join("&"),
  ]);
}

/** Some of the values are others. */
function spoilPairs(chance: Chance, pairs: Pairs): Pairs {
  return pairs.flatMap(([name, value]): Pairs => {
    if (!chance.percent(15)) return [[name, value]];
    const odd = hostileText(chance);
    return chance.pick<Pairs>([
      [[name, odd]],
      [],
      [
        [name, value],
        [name, odd],
      ],
      [[odd, value]],
    ]);
  });
}

const key = (chance: Chance, { link }: LtiWorld) =>
  chance.percent(80)
    ? link.delivery_key
    : chance.pick(["x", "%00", "%2e%2e", "a%2Fb", "__proto__", "x".repeat(2000), "'--"]);

const appOrigin = ({ gateway }: LtiWorld) => gateway.context.config.APP_ORIGIN;

function login(chance: Chance, world: LtiWorld): Sensible {
  const { issuer } = world.platform;
  const target_link_uri = ltiLinkOf(appOrigin(world), world.link.delivery_key);
  const pairs = spoilPairs(chance, [
    ["iss", issuer],
    ["client_id", world.client_id],
    ["login_hint", "hint"],
    ["lti_message_hint", "message"],
    ["target_link_uri", target_link_uri],
    ["lti_deployment_id", world.platform.deployment_id],
    ["lti_storage_target", chance.pick(["_parent", "frame-1", "<script>"])],
    ...(chance.percent(20) ? ([["opener", hostileText(chance)]] as const) : []),
  ]);
  if (chance.percent(50)) return form(chance, "/lti/login", pairs);
  const query = Object.fromEntries(pairs.map(([name, value]) => [name, value.slice(0, 6000)]));
  return { ...get(chance, "/lti/login"), query };
}

/** Of a login that this browser began. */
async function begun({ gateway, platform, client_id, link }: LtiWorld) {
  const { config } = gateway.context;
  const { authorization_url, binding } = await beginLogin(gateway.context, {
    iss: platform.issuer,
    client_id,
    login_hint: "hint",
    lti_message_hint: "",
    lti_deployment_id: "",
    target_link_uri: ltiLinkOf(config.APP_ORIGIN, link.delivery_key),
    storage_target: "",
    opener_hash: "",
  });
  const asked = new URL(authorization_url).searchParams;
  const cookie = `__Host-lti-${binding.hash.slice(0, 12)}=${binding.secret}`;
  return { state: asked.get("state") ?? "", nonce: asked.get("nonce") ?? "", cookie, binding };
}

type Claims = Readonly<Record<string, unknown>>;

/** What an ordinary platform says in full, for lies to be told about all of it. */
function fullClaims({ gateway, link, platform, client_id }: LtiWorld): Claims {
  const at = (path: string) => `${platform.origin}${path}`;
  return {
    aud: client_id,
    given_name: "Ana",
    family_name: "Ortiz",
    email: "ana@school.example",
    locale: "en-US",
    [`${LTI}context`]: { id: "course-1", label: "C1", title: "Induction", type: ["CourseSection"] },
    [`${LTI}custom`]: { delivery: link.delivery_key },
    [`${LTI}lis`]: { person_sourcedid: "sis-7" },
    [`${LTI}tool_platform`]: { guid: "platform-1", product_family_code: "moodle" },
    [`${LTI}launch_presentation`]: { document_target: "iframe", return_url: at("/course"), locale: "de" },
    [`${LTI}lti1p1`]: { user_id: "7", oauth_consumer_key: "x", oauth_consumer_key_sign: "x" },
    "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
      scope: ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
      lineitem: at("/lineitems/1"),
      lineitems: at("/lineitems"),
    },
    "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
      context_memberships_url: at("/members"),
      service_versions: ["2.0"],
    },
    [`${LTI}target_link_uri`]: ltiLinkOf(gateway.context.config.APP_ORIGIN, link.delivery_key),
  };
}

const DEEP_LINKING_CLAIMS: Claims = {
  [`${LTI}message_type`]: "LtiDeepLinkingRequest",
  [`${DEEP_LINKING}deep_linking_settings`]: {
    deep_link_return_url: "https://lms.example.com/return",
    accept_types: ["ltiResourceLink"],
    accept_presentation_document_targets: ["iframe"],
    accept_multiple: true,
    data: "csrf",
  },
};

/** One thing of it, mostly; several, or all, at times. */
function spoilClaims(chance: Chance, claims: Claims): Claims {
  if (chance.percent(30)) return { ...claims, sub: hostileText(chance), name: hostileText(chance) };
  let spoilt: unknown = claims;
  for (let times = chance.pick([1, 1, 2, 30]); times > 0; times--) spoilt = spoilJson(chance, spoilt);
  const isObject = typeof spoilt === "object" && spoilt !== null && !Array.isArray(spoilt);
  return isObject ? (spoilt as Claims) : { ...claims, [`${LTI}custom`]: spoilt };
}

/** Signed rightly, whatever it says. */
async function launch(chance: Chance, world: LtiWorld, say: (claims: Claims) => Claims): Promise<Sensible> {
  const { state, nonce, cookie, binding } = await begun(world);
  const ordinary = { ...fullClaims(world), ...(chance.percent(25) ? DEEP_LINKING_CLAIMS : {}) };
  const sub = `learner-${chance.number(20)}`;
  const claims = say({ sub, [`${LTI}roles`]: ["Learner", "Instructor"], ...ordinary });
  const id_token = world.platform.idToken({ nonce, claims });
  const pairs = [
    ["id_token", id_token],
    ["state", state],
    ...(chance.percent(10) ? [["binding", binding.secret] as const] : []),
  ] as const;
  return form(chance, "/lti/launch", chance.percent(85) ? pairs : spoilPairs(chance, pairs), { cookie });
}

const [ANOTHER_KEY, EC_KEY] = [
  generateKeyPairSync("rsa", { modulusLength: 2048 }),
  generateKeyPairSync("ec", { namedCurve: "P-256" }),
];

/** Tokens that no platform signed, or that are none. */
async function brokenToken(chance: Chance, world: LtiWorld): Promise<Sensible> {
  const { state, nonce, cookie } = await begun(world);
  const claims = fullClaims(world);
  const signed = (wishes: TokenWishes) => world.platform.idToken({ nonce, claims, ...wishes });
  const [head = "", payload = "", signature = ""] = signed({}).split(".");
  const kid = world.platform.keys[0]?.kid ?? "";
  const id_token = chance.pick<() => string>([
    () => hostileText(chance),
    () => `${head}.${payload}`,
    () => `${head}.${payload}.${signature}.${signature}`,
    () => `${head}.${payload}.`,
    () => `${".".repeat(chance.pick([2, 50, 60_000]))}`,
    () => `${encode(hostileValue(chance))}.${payload}.${signature}`,
    () => `${head}.${encode(hostileValue(chance))}.${signature}`,
    () => `${Buffer.from('{"alg":').toString("base64url")}.${payload}.${signature}`,
    () => `${encode({ alg: "RS256", kid, pad: "x".repeat(50_000) })}.${payload}.${signature}`,
    () => `${encode({ alg: "RS256", kid: hostileText(chance) })}.${payload}.${signature}`,
    () => `${encode({ alg: "RS256", kid: "../../etc/passwd" })}.${payload}.${signature}`,
    () => `${encode({ alg: "RS256", kid: "' or 1=1 --" })}.${payload}.${signature}`,
    () => `${encode({ alg: "RS256", kid: { toString: 1 } })}.${payload}.${signature}`,
    () =>
      `${encode({ alg: "RS256", kid, crit: ["exp"], jku: "http://169.254.169.254/" })}.${payload}.${signature}`,
    () =>
      `${encode({ alg: "RS256", kid, jwk: ANOTHER_KEY.publicKey.export({ format: "jwk" }) })}.${payload}.${signature}`,
    () =>
      `${encode({ alg: chance.pick(["none", "None", "nOnE", "HS256", "ES256", "PS256", 7, null]), kid })}.${payload}.`,
    () => signed({ alg: chance.pick(["none", "HS256", "RS512"] as const) }),
    () => otherSignature(chance, head, payload),
    () => `${head}.${deepJson()}.${signature}`,
    () => `${head}.${Buffer.from([0xff, 0xfe, 0xc0]).toString("base64url")}.${signature}`,
  ])();
  const spoilt = chance.percent(80)
    ? state
    : chance.pick([hostileText(chance), `${state}x`, state.slice(0, -5)]);
  return form(
    chance,
    "/lti/launch",
    [
      ["id_token", id_token],
      ["state", spoilt],
    ],
    { cookie },
  );
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value) ?? "").toString("base64url");

const deepJson = () => Buffer.from(`${'{"a":'.repeat(8000)}1${"}".repeat(8000)}`).toString("base64url");

function otherSignature(chance: Chance, head: string, payload: string): string {
  const text = Buffer.from(`${head}.${payload}`);
  const made = chance.pick<() => Buffer>([
    () => sign("sha256", text, ANOTHER_KEY.privateKey),
    () => sign("sha256", text, EC_KEY.privateKey),
    () => createHmac("sha256", "").update(text).digest(),
    () => Buffer.alloc(256),
  ])();
  return `${head}.${payload}.${made.toString("base64url")}`;
}

/** Signed rightly over whatever it says, or over something else. */
function launch11(chance: Chance, world: LtiWorld): Sensible {
  const { gateway, link, secret, platform } = world;
  const url = ltiLinkOf(appOrigin(world), link.delivery_key);
  const fields: Pairs = [
    ["lti_message_type", "basic-lti-launch-request"],
    ["lti_version", "LTI-1p0"],
    ["resource_link_id", "link-1"],
    ["user_id", `learner-${chance.number(20)}`],
    ["roles", "Learner,Instructor"],
    ["lis_person_name_full", "Ana Ortiz"],
    ["lis_person_contact_email_primary", "ana@school.example"],
    ["lis_person_sourcedid", "sis-7"],
    ["lis_outcome_service_url", `${platform.origin}/outcomes`],
    ["lis_result_sourcedid", "result-7"],
    ["launch_presentation_return_url", `${platform.origin}/course`],
    ["launch_presentation_locale", "de"],
    ["custom_delivery", link.delivery_key],
  ];
  const said = chance.percent(75) ? spoilPairs(chance, fields) : fields;
  const wishes = {
    at: gateway.clock.now(),
    ...(chance.percent(10) ? { nonce: hostileText(chance).toWellFormed() } : {}),
    ...(chance.percent(10) ? { method: "HMAC-SHA256" as const } : {}),
  };
  const wellFormed = said.map(([name, value]) => [name.toWellFormed(), value.toWellFormed()] as const);
  const bytes = Buffer.from(signedForm(secret, url, wellFormed, wishes));
  const path = `/lti/links/${key(chance, world)}`;
  const body = { bytes, type: "application/x-www-form-urlencoded" };
  const posted: Sensible = { ...get(chance, path), method: "POST", headers: { host: APP_HOST }, body };
  if (chance.percent(75)) return posted;
  const pairs = [...new URLSearchParams(bytes.toString())].map(([name, value]) => [name, value] as const);
  return form(chance, path, spoilPairs(chance, pairs));
}

/** Of a launch that was let in; or something else. What the door seals, it has made well-formed. */
function ticket(chance: Chance, { gateway, link }: LtiWorld): Sensible {
  const person = { id: wellFormed(hostileText(chance)), name: wellFormed(hostileText(chance)) };
  const message = ltiMessage(link, { person });
  const sealed = sealTicket(gateway.context, { message, opened_at: gateway.clock.now() });
  const json = chance.pick<() => unknown>([
    () => ({ ticket: sealed, shown_in: "frame" }),
    () => spoilJson(chance, { ticket: sealed, shown_in: "window" }),
    () => ({
      ticket: chance.pick([`${sealed.slice(0, -4)}AAAA`, hostileText(chance), `x.${"A".repeat(90_000)}`]),
    }),
  ])();
  return {
    ...get(chance, "/play/lti/launch"),
    method: "POST",
    headers: { host: CONTENT_HOST },
    body: { json },
  };
}

function catalog(chance: Chance, { session }: LtiWorld): Sensible {
  const pairs = spoilPairs(chance, [
    ["session", session],
    ["go", chance.pick(["search", "next", "previous", "add", "cancel"])],
    ["search", hostileText(chance)],
    ["kind", chance.pick(["", "volume", "__proto__"])],
    ["here", hostileText(chance)],
    ["after", "00000000-0000-0000-0000-000000000000.ffffffff-ffff-ffff-ffff-ffffffffffff"],
    ["pick", "00000000-0000-0000-0000-000000000000.00000000-0000-0000-0000-000000000000"],
  ]);
  return form(chance, "/lti/catalog", pairs);
}

/** Where a platform that registers itself sends the administrator, who presses the button. */
async function register(chance: Chance, { gateway, link, liar }: LtiWorld): Promise<Sensible> {
  const order = { connection_id: null, name: "" };
  const { url } = await makeRegistrationLink(gateway.context, BY, link.account_id, order);
  const path = chance.percent(75)
    ? new URL(url).pathname
    : `/lti/register/${chance.pick(["x", "A".repeat(43), "%00", "..%2f", "__proto__"])}`;
  const openid_configuration = chance.percent(70)
    ? `${liar.origin}/openid`
    : chance.pick([
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        hostileText(chance).slice(0, 3000),
      ]);
  const registration_token = hostileText(chance).slice(0, 3000);
  if (chance.percent(30))
    return { ...get(chance, path), query: { openid_configuration, registration_token } };
  return form(chance, path, [
    ["openid_configuration", openid_configuration],
    ["registration_token", registration_token],
  ]);
}
