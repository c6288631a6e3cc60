/** A browser between a platform and a tool: it follows where it is sent, and gives cookies back to whom they are from. */
import type { Answer, Connection } from "../connection.ts";
import { BROWSER_HEADERS } from "../headers.ts";
import type { LtiPlan } from "./plan.ts";

/** A login that was begun, and what the browser holds of it. */
export interface LoggedIn {
  readonly learner: string;
  readonly nonce: string;
  readonly state: string;
  /** Where the platform sends the launch. */
  readonly launch_url: string;
  readonly cookies: Cookies;
}

type Cookies = Map<string, string>;

/** @throws Error for any answer but the one that an authorization begins with. */
export async function logIn(
  connection: Connection,
  { platform, tool }: LtiPlan,
  learner: string,
): Promise<LoggedIn> {
  const cookies: Cookies = new Map();
  const login = {
    iss: platform.origin,
    client_id: platform.client_id,
    login_hint: learner,
    target_link_uri: tool.target_link_uri,
    lti_message_hint: "link-1",
    lti_deployment_id: platform.deployment_id,
  };
  const answer = await connection.ask(formPost(tool.login_url, platform.origin, login, cookies));
  const { searchParams } = redirectOf(answer, tool.login_url);
  keepCookies(answer, cookies);
  const said = (name: string) => {
    const value = searchParams.get(name);
    if (!value) throw new Error(`A login led to no ${name}: ${answer.head}`);
    return value;
  };
  return { learner, nonce: said("nonce"), state: said("state"), launch_url: said("redirect_uri"), cookies };
}

/** From the platform's signed post to the tool's first page. @throws Error for any other page. */
export async function launch(
  connection: Connection,
  { platform, tool }: LtiPlan,
  { launch_url, state, cookies }: LoggedIn,
  idToken: string,
): Promise<void> {
  const form = { id_token: idToken, state };
  const posted = await connection.ask(formPost(launch_url, platform.origin, form, cookies));
  const page = redirectOf(posted, launch_url);
  keepCookies(posted, cookies);
  const sent = page.host === new URL(launch_url).host ? cookies : new Map();
  const shown = await connection.ask(pageGet(page, sent));
  if (shown.status !== 200 || !shown.body.includes(tool.page_has)) throw unexpected(shown);
  if (tool.ticket) await sendTicket(connection, page, tool.ticket);
}

/** As the player's script does. */
async function sendTicket(
  connection: Connection,
  { origin, host, hash }: URL,
  { path, expected }: NonNullable<LtiPlan["tool"]["ticket"]>,
): Promise<void> {
  const body = JSON.stringify({ ticket: hash.slice(1), shown_in: "frame" });
  const request = text("POST", path, [
    `Host: ${host}`,
    "Accept: */*",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: cors",
    "Sec-Fetch-Dest: empty",
    `Origin: ${origin}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]);
  const answer = await connection.ask(request + body);
  if (answer.status !== 200 || !answer.body.startsWith(expected)) throw unexpected(answer);
}

const NAVIGATION = [
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Upgrade-Insecure-Requests: 1",
  "Sec-Fetch-Site: cross-site",
  "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-Dest: iframe",
] as const;

function formPost(
  url: string,
  from: string,
  fields: Readonly<Record<string, string>>,
  cookies: Cookies,
): string {
  const { host, pathname, search } = new URL(url);
  const body = new URLSearchParams(fields).toString();
  const headers = [
    `Host: ${host}`,
    ...NAVIGATION,
    `Origin: ${from}`,
    ...cookieHeader(cookies),
    "Content-Type: application/x-www-form-urlencoded",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return text("POST", pathname + search, headers) + body;
}

function pageGet({ host, pathname, search }: URL, cookies: Cookies): string {
  return text("GET", pathname + search, [`Host: ${host}`, ...NAVIGATION, ...cookieHeader(cookies)]);
}

function text(method: string, path: string, headers: readonly string[]): string {
  return `${method} ${path} HTTP/1.1\r\n${[...headers, ...BROWSER_HEADERS].join("\r\n")}\r\n\r\n`;
}

function cookieHeader(cookies: Cookies): string[] {
  if (cookies.size === 0) return [];
  return [`Cookie: ${[...cookies].map(([name, value]) => `${name}=${value}`).join("; ")}`];
}

const SET_COOKIE = /\r\nset-cookie: ([^=]+)=([^;\r]*)/gi;

/** One without a value ends the cookie. */
function keepCookies({ head }: Answer, cookies: Cookies): void {
  for (const [, name = "", value = ""] of head.matchAll(SET_COOKIE))
    if (value === "") cookies.delete(name);
    else cookies.set(name, value);
}

function redirectOf(answer: Answer, from: string): URL {
  const location = /\r\nlocation: (\S+)/i.exec(answer.head)?.[1];
  if ((answer.status !== 302 && answer.status !== 303) || !location) throw unexpected(answer);
  return new URL(location, from);
}

function unexpected({ head, body }: Answer): Error {
  return new Error(`An unexpected answer: ${head.slice(0, 200)} … ${body.slice(0, 500)}`);
}
