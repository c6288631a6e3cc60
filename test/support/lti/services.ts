/**
 * What an LTI 1.3 platform offers to tools besides launches: access tokens, line items, scores, members. It checks all that it
 * is sent as the specifications say, keeps what it took, and is out of order as the test tells it to be.
 */
import { createPublicKey, verify } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

const AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/";
export const SCORE_SCOPE = `${AGS}score`;
export const LINE_ITEM_SCOPE = `${AGS}lineitem`;
export const ALL_SCOPES = [SCORE_SCOPE, LINE_ITEM_SCOPE, `${AGS}lineitem.readonly`];
const MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";

export interface ReceivedScore {
  /** The path of its line item, with its query. */
  readonly line_item: string;
  readonly userId: string;
  readonly timestamp: string;
  readonly activityProgress: string;
  readonly gradingProgress: string;
  readonly scoreGiven?: number;
  readonly scoreMaximum?: number;
}

export interface ServedLineItem {
  readonly id: string;
  readonly label: string;
  readonly scoreMaximum: number;
  readonly resourceLinkId?: string;
  readonly resourceId?: string;
}

export interface ServedMember {
  readonly user_id: string;
  readonly status?: string;
  readonly name?: string;
  readonly email?: string;
  readonly roles: readonly string[];
}

/** How a request ends, instead of as it should. */
export type Trouble =
  | "hang"
  | "cut"
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };
export type Endpoint = "token" | "scores" | "lineitems" | "members";

export interface PlatformServices {
  readonly origin: string;
  readonly token_url: string;
  readonly line_items_url: string;
  readonly memberships_url: string;
  /** In the order in which they were taken. */
  readonly scores: ReceivedScore[];
  readonly lineItems: ServedLineItem[];
  members: ServedMember[];
  membersOfPage: number;
  /** What it says of its tokens; it takes them as Bearer alone. */
  tokenType: string;
  /** Where the last page of members leads on to; null: nowhere. */
  next: string | null;
  /** What was not as the specifications say, in words: always nothing. */
  readonly wrong: string[];
  /** Requests by endpoint, those that were refused too. */
  readonly asked: Record<Endpoint, number>;
  /** From now on, until told otherwise; null: in order. For some endpoints, or all. */
  trouble(trouble: Trouble | null, ...endpoints: Endpoint[]): void;
  /** Tokens of before are not taken any more. */
  revokeTokens(): void;
  /** Called after a score was taken and before that is answered. */
  beforeAnswer: (score: ReceivedScore) => void | Promise<void>;
  reset(): void;
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly now: () => Date;
  readonly client_id: string;
  /** The tool's JWKS. */
  readonly toolKeys: () => Promise<{ readonly keys: readonly object[] }>;
}

const ENDPOINTS: readonly Endpoint[] = ["token", "scores", "lineitems", "members"];
const TOKEN_SECONDS = 3600;

interface State {
  readonly options: ServicesOptions;
  readonly tokens: Map<string, { readonly scopes: readonly string[]; readonly until: number }>;
  readonly usedAssertions: Set<string>;
  readonly lastTimes: Map<string, number>;
  readonly services: PlatformServices;
}

export async function startPlatformServices(options: ServicesOptions): Promise<PlatformServices> {
  const troubles = new Map<Endpoint, Trouble>();
  const hanging = new Set<ServerResponse>();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const url = new URL(request.url ?? "", services.origin);
    const endpoint = endpointOf(url.pathname);
    services.asked[endpoint]++;
    const trouble = troubles.get(endpoint);
    if (trouble === "hang") return void hanging.add(response);
    if (trouble === "cut") return void request.socket.destroy();
    if (trouble) return void response.writeHead(trouble.status, trouble.headers).end(trouble.body ?? "{}");
    await ANSWER[endpoint](state, request, url, body, response);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      services.wrong.push(String(error));
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const letGo = () => {
    for (const response of hanging) response.destroy();
    hanging.clear();
  };
  const services: PlatformServices = {
    origin,
    token_url: `${origin}/token`,
    line_items_url: `${origin}/context/1/lineitems?type=course`,
    memberships_url: `${origin}/context/1/members?course=1`,
    scores: [],
    lineItems: [],
    members: [],
    membersOfPage: 2,
    tokenType: "Bearer",
    next: null,
    wrong: [],
    asked: { token: 0, scores: 0, lineitems: 0, members: 0 },
    trouble: (trouble, ...endpoints) => {
      letGo();
      for (const endpoint of endpoints.length > 0 ? endpoints : ENDPOINTS)
        if (trouble) troubles.set(endpoint, trouble);
        else troubles.delete(endpoint);
    },
    revokeTokens: () => state.tokens.clear(),
    beforeAnswer: () => undefined,
    reset: () => {
      services.trouble(null);
      for (const list of [services.scores, services.lineItems, services.wrong]) list.length = 0;
      for (const known of [state.tokens, state.usedAssertions, state.lastTimes]) known.clear();
      for (const endpoint of ENDPOINTS) services.asked[endpoint] = 0;
      services.members = [];
      services.next = null;
      services.tokenType = "Bearer";
      services.beforeAnswer = () => undefined;
    },
    close: () => {
      letGo();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  const state: State = {
    options,
    tokens: new Map(),
    usedAssertions: new Set(),
    lastTimes: new Map(),
    services,
  };
  return services;
}

function endpointOf(path: string): Endpoint {
  if (path === "/token") return "token";
  if (path.endsWith("/scores")) return "scores";
  return path.endsWith("/members") ? "members" : "lineitems";
}

type Answer = (
  state: State,
  request: IncomingMessage,
  url: URL,
  body: string,
  response: ServerResponse,
) => Promise<void>;

const ANSWER: Readonly<Record<Endpoint, Answer>> = {
  token: giveToken,
  scores: takeScore,
  lineitems: serveLineItems,
  members: serveMembers,
};

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

const decoded = (part = "") =>
  JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;

/** 1EdTech Security Framework 1.0 §4.1.1. */
async function giveToken(
  { options, tokens, usedAssertions, services }: State,
  { headers }: IncomingMessage,
  _url: URL,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const form = new URLSearchParams(body);
  const [head, payload, signature] = (form.get("client_assertion") ?? "").split(".");
  const { alg, kid } = decoded(head);
  const claims = decoded(payload);
  const { keys } = await options.toolKeys();
  const jwk = keys.find((one) => (one as { kid?: string }).kid === kid);
  const seconds = options.now().getTime() / 1000;
  const checks: Record<string, boolean> = {
    "content type": headers["content-type"] === "application/x-www-form-urlencoded",
    grant_type: form.get("grant_type") === "client_credentials",
    client_assertion_type:
      form.get("client_assertion_type") === "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    signature:
      alg === "RS256" &&
      jwk !== undefined &&
      verify(
        "sha256",
        Buffer.from(`${head}.${payload}`),
        createPublicKey({ key: jwk as never, format: "jwk" }),
        Buffer.from(signature ?? "", "base64url"),
      ),
    issuer: claims["iss"] === options.client_id && claims["sub"] === options.client_id,
    audience: claims["aud"] === services.token_url,
    times: Number(claims["iat"]) <= seconds && Number(claims["exp"]) > seconds,
    jti: typeof claims["jti"] === "string" && !usedAssertions.has(claims["jti"]),
  };
  const failed = Object.keys(checks).filter((name) => !checks[name]);
  services.wrong.push(...failed.map((name) => `token: ${name}`));
  if (failed.length > 0) return send(response, 400, { error: "invalid_client" });
  usedAssertions.add(String(claims["jti"]));
  const scopes = (form.get("scope") ?? "").split(" ");
  const access_token = `token-${tokens.size + 1}-${usedAssertions.size}`;
  tokens.set(access_token, { scopes, until: seconds + TOKEN_SECONDS });
  send(response, 200, {
    access_token,
    token_type: services.tokenType,
    expires_in: TOKEN_SECONDS,
    scope: scopes.join(" "),
  });
}

function isLetIn(
  { tokens, options, services }: State,
  { headers }: IncomingMessage,
  scopes: readonly string[],
  response: ServerResponse,
): boolean {
  const token = tokens.get((headers.authorization ?? "").replace(/^Bearer /, ""));
  if (!token || token.until <= options.now().getTime() / 1000) {
    send(response, 401, {});
    return false;
  }
  if (scopes.some((scope) => token.scopes.includes(scope))) return true;
  services.wrong.push(`a token without ${scopes.join(" or ")}`);
  send(response, 403, {});
  return false;
}

/** AGS 2.0 §3.4; and as Moodle does it, times are compared by the second. */
async function takeScore(
  state: State,
  request: IncomingMessage,
  url: URL,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const { services, lastTimes } = state;
  if (!isLetIn(state, request, [SCORE_SCOPE], response)) return;
  const line_item = url.pathname.replace(/\/scores$/, "") + url.search;
  if (services.lineItems.length > 0 && !services.lineItems.some(({ id }) => id.endsWith(line_item)))
    return send(response, 404, {});
  const score = JSON.parse(body) as Omit<ReceivedScore, "line_item">;
  const checks: Record<string, boolean> = {
    method: request.method === "POST",
    "content type": request.headers["content-type"] === "application/vnd.ims.lis.v1.score+json",
    userId: typeof score.userId === "string" && score.userId !== "",
    timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(score.timestamp),
    activityProgress: ["Initialized", "Started", "InProgress", "Submitted", "Completed"].includes(
      score.activityProgress,
    ),
    gradingProgress: ["FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"].includes(
      score.gradingProgress,
    ),
    score:
      score.scoreGiven === undefined
        ? score.scoreMaximum === undefined
        : score.scoreGiven >= 0 && Number(score.scoreMaximum) > 0,
  };
  const failed = Object.keys(checks).filter((name) => !checks[name]);
  services.wrong.push(...failed.map((name) => `score: ${name}`));
  if (failed.length > 0) return send(response, 400, {});
  const place = `${line_item} ${score.userId}`;
  const second = Math.floor(Date.parse(score.timestamp) / 1000);
  if (second <= (lastTimes.get(place) ?? 0)) return send(response, 409, {});
  lastTimes.set(place, second);
  services.scores.push({ line_item, ...score });
  await services.beforeAnswer({ line_item, ...score });
  response.writeHead(204).end();
}

async function serveLineItems(
  state: State,
  request: IncomingMessage,
  url: URL,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const { services } = state;
  const scopes = request.method === "GET" ? ALL_SCOPES.slice(1) : [LINE_ITEM_SCOPE];
  if (!isLetIn(state, request, scopes, response)) return;
  if (url.searchParams.get("type") !== "course")
    services.wrong.push("lineitems: the query of the container is gone");
  if (request.method === "GET") {
    const link = url.searchParams.get("resource_link_id");
    const found = services.lineItems.filter(({ resourceLinkId }) => link === null || resourceLinkId === link);
    return send(response, 200, found, {
      "content-type": "application/vnd.ims.lis.v2.lineitemcontainer+json",
    });
  }
  if (request.headers["content-type"] !== "application/vnd.ims.lis.v2.lineitem+json")
    services.wrong.push("lineitems: content type");
  const item = JSON.parse(body) as Omit<ServedLineItem, "id">;
  const made = {
    ...item,
    id: `${services.origin}/context/1/lineitems/${services.lineItems.length + 1}?type=course`,
  };
  services.lineItems.push(made);
  send(response, 201, made, { "content-type": "application/vnd.ims.lis.v2.lineitem+json" });
}

/** NRPS 2.0 §2.4: in pages, the next one in a `Link` header. */
async function serveMembers(
  state: State,
  request: IncomingMessage,
  url: URL,
  _body: string,
  response: ServerResponse,
): Promise<void> {
  const { services } = state;
  if (!isLetIn(state, request, [MEMBERS_SCOPE], response)) return;
  if (!/^application\/vnd\.ims\.lti-nrps\.v2\.membershipcontainer\+json/.test(request.headers.accept ?? ""))
    services.wrong.push("members: accept");
  const from = Number(url.searchParams.get("from") ?? 0);
  const page = services.members.slice(from, from + services.membersOfPage);
  const after = from + services.membersOfPage;
  const next =
    after < services.members.length
      ? `${services.origin}/context/1/members?course=1&from=${after}`
      : services.next;
  send(
    response,
    200,
    { id: url.href, context: { id: "1" }, members: page },
    {
      "content-type": "application/vnd.ims.lti-nrps.v2.membershipcontainer+json",
      ...(next ? { link: `<${next}>; rel="next"` } : {}),
    },
  );
}
