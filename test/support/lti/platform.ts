/**
 * An LTI 1.3 platform in the test's own process: signs what the test tells it to, and serves its public keys over HTTP
 * as the test tells it to. It uses nothing of the gateway's.
 *
 *     const platform = await startPlatform({ now: () => gateway.clock.now() });
 *     // testGateway({ settings: { LTI_TRUSTED_ORIGINS: platform.origin } }), and in each test:
 *     const registration_id = await registerPlatform(gateway, platform, license);
 *     platform.idToken({ nonce, target_link_uri: … })
 */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Context } from "../../../src/flows/context.ts";
import { changing } from "../../../src/flows/invalidations.ts";
import { insertDeployment, insertRegistration } from "../../../src/store/lti/registrations.ts";

export const LTI = "https://purl.imsglobal.org/spec/lti/claim/";
export const DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/";
export const AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
export const NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";
export const LEARNER_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";

export interface PlatformKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** What comes of a request for its keys. A body of `hugeBytes` begins well and goes on and on. */
export type KeysAnswer = "keys" | "hang" | "huge" | { readonly status: number; readonly body?: string };

/** Overrides of what is said about one launch; `undefined` leaves a claim out. */
export interface TokenWishes {
  readonly nonce?: string;
  readonly sub?: string | undefined;
  readonly name?: string;
  readonly target_link_uri?: string | undefined;
  readonly deployment_id?: unknown;
  readonly custom?: Readonly<Record<string, string>>;
  readonly resource_link?: unknown;
  /** Any claims, by their full names. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Signs with another key than the platform's newest. */
  readonly key?: PlatformKey;
  /** Not RS256: `none` leaves the signature empty, HS256 takes the public key's PEM for its secret. */
  readonly alg?: "RS256" | "RS512" | "HS256" | "none";
}

export interface Platform {
  readonly origin: string;
  readonly issuer: string;
  readonly client_id: string;
  readonly deployment_id: string;
  /** What a tool is told of it; the rest of a row of `lti_registration` is the tool's. */
  readonly registration: {
    readonly name: string;
    readonly issuer: string;
    readonly client_id: string;
    readonly authorization_url: string;
    readonly token_url: string;
    readonly token_audience: string | null;
    readonly jwks_url: string;
    readonly product: string;
  };
  /** How often its keys were asked for. */
  readonly keyRequests: number;
  readonly keys: readonly PlatformKey[];
  idToken(wishes?: TokenWishes): string;
  answerKeysWith(answer: KeysAnswer): void;
  /** From now on it signs with a new key, and publishes that alone, or beside those before. */
  rotate(keep?: "alone" | "beside"): PlatformKey;
  /** Ends what hangs, and begins anew: one key, nothing counted. */
  reset(): void;
  close(): Promise<void>;
}

export interface PlatformOptions {
  readonly now: () => Date;
  readonly client_id?: string;
  readonly deployment_id?: string;
}

let keysMade = 0;

/** Keys take their time: those of before are used again. */
const spareKeys: PlatformKey[] = [];

function newKey(bits = 2048): PlatformKey {
  return { kid: `key-${++keysMade}`, ...generateKeyPairSync("rsa", { modulusLength: bits }) };
}

export async function startPlatform({
  now,
  client_id = "tool-1",
  deployment_id = "deployment-1",
}: PlatformOptions): Promise<Platform> {
  const first = spareKeys.pop() ?? newKey();
  let keys: PlatformKey[] = [first];
  let answer: KeysAnswer = "keys";
  let keyRequests = 0;
  const hanging = new Set<ServerResponse>();
  const serve = (_request: IncomingMessage, response: ServerResponse) => {
    keyRequests++;
    if (answer === "hang") return void hanging.add(response);
    if (answer === "huge") return sendForever(response);
    const { status, body } = answer === "keys" ? { status: 200, body: jwksOf(keys) } : answer;
    response.writeHead(status, { "content-type": "application/json" }).end(body ?? "{}");
  };
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const letGo = () => {
    for (const response of hanging) response.destroy();
    hanging.clear();
  };
  return {
    origin,
    issuer: origin,
    client_id,
    deployment_id,
    registration: {
      name: "A platform",
      issuer: origin,
      client_id,
      authorization_url: `${origin}/authorize`,
      token_url: `${origin}/token`,
      token_audience: null,
      jwks_url: `${origin}/jwks`,
      product: "",
    },
    get keyRequests() {
      return keyRequests;
    },
    get keys() {
      return keys;
    },
    idToken: (wishes = {}) => {
      const newest = keys.at(-1) ?? first;
      const claims = claimsOf({ issuer: origin, client_id, deployment_id, at: now() }, wishes);
      return signed(claims, wishes, wishes.key ?? newest);
    },
    answerKeysWith: (next) => {
      answer = next;
    },
    rotate: (keep = "alone") => {
      const made = newKey();
      keys = keep === "alone" ? [made] : [...keys, made];
      return made;
    },
    reset: () => {
      letGo();
      keys = [first];
      answer = "keys";
      keyRequests = 0;
    },
    close: () => {
      spareKeys.push(first);
      letGo();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function claimsOf(
  of: { issuer: string; client_id: string; deployment_id: string; at: Date },
  wishes: TokenWishes,
): Record<string, unknown> {
  const seconds = Math.floor(of.at.getTime() / 1000);
  const has = (name: keyof TokenWishes) => name in wishes;
  return {
    iss: of.issuer,
    aud: of.client_id,
    sub: has("sub") ? wishes.sub : "ana",
    iat: seconds,
    exp: seconds + 300,
    nonce: wishes.nonce,
    name: wishes.name ?? "Ana Ortiz",
    [`${LTI}message_type`]: "LtiResourceLinkRequest",
    [`${LTI}version`]: "1.3.0",
    [`${LTI}deployment_id`]: has("deployment_id") ? wishes.deployment_id : of.deployment_id,
    [`${LTI}target_link_uri`]: wishes.target_link_uri,
    [`${LTI}resource_link`]: has("resource_link")
      ? wishes.resource_link
      : { id: "link-1", title: "Kitchen safety" },
    [`${LTI}roles`]: [LEARNER_ROLE],
    ...(wishes.custom ? { [`${LTI}custom`]: wishes.custom } : {}),
    ...wishes.claims,
  };
}

function signed(claims: object, { header, alg = "RS256" }: TokenWishes, key: PlatformKey): string {
  const head = base64url(JSON.stringify({ alg, typ: "JWT", kid: key.kid, ...header }));
  const text = `${head}.${base64url(JSON.stringify(claims))}`;
  return `${text}.${signatureOf(text, alg, key)}`;
}

function signatureOf(text: string, alg: NonNullable<TokenWishes["alg"]>, key: PlatformKey): string {
  if (alg === "none") return "";
  const pem = key.publicKey.export({ type: "spki", format: "pem" });
  if (alg === "HS256") return createHmac("sha256", pem).update(text).digest("base64url");
  return sign(alg === "RS256" ? "sha256" : "sha512", Buffer.from(text), key.privateKey).toString("base64url");
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function jwksOf(keys: readonly PlatformKey[]): string {
  return JSON.stringify({
    keys: keys.map(({ kid, publicKey }) => ({
      ...publicKey.export({ format: "jwk" }),
      kid,
      alg: "RS256",
      use: "sig",
    })),
  });
}

/** Until whoever asked has had enough. */
function sendForever(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const chunk = `${" ".repeat(64 * 1024)}`;
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", more).on("error", () => undefined);
  response.write('{"keys":[');
  more();
}

export interface RegistrationWishes {
  /** `account`: of the connection's account, its deployments join it. `shared`: the vendor's own. */
  readonly as?: "account" | "shared";
  /** Those of the platform's one deployment, unless said otherwise. */
  readonly deployments?: readonly string[];
}

/** As if somebody had registered it for a connection, and assigned its deployments. @returns The registration's id. */
export async function registerPlatform(
  { context }: { readonly context: Context },
  platform: Pick<Platform, "registration" | "deployment_id">,
  { account_id, connection_id }: { readonly account_id: string; readonly connection_id: string },
  { as = "account", deployments = [platform.deployment_id] }: RegistrationWishes = {},
): Promise<string> {
  const id = context.deps.newId();
  const at = context.deps.clock.now();
  const own = as === "account" ? { account_id, connection_id } : { account_id: null, connection_id: null };
  await changing(context, "lti", async (sql) => {
    await insertRegistration(sql, {
      ...platform.registration,
      ...own,
      id,
      dynamic: false,
      created_at: at,
      ended_at: null,
    });
    for (const deployment_id of deployments)
      await insertDeployment(sql, {
        id: context.deps.newId(),
        registration_id: id,
        deployment_id,
        account_id,
        connection_id,
        first_seen_at: at,
      });
  });
  return id;
}
