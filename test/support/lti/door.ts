/**
 * A browser between a platform and the door of LTI, by supertest: begins a login, and posts what the platform signs.
 *
 *     const login = await logIn(app, platform, link);
 *     const answer = await postLaunch(app, login, platform.idToken({ nonce: login.nonce, target_link_uri: link }));
 */
import type { RequestListener } from "node:http";
import request, { type Response } from "supertest";
import { ltiLinkOf } from "../../../src/core/lti/links.ts";
import type { TestLicense } from "../fixtures.ts";
import type { Platform, TokenWishes } from "./platform.ts";

export const APP_HOST = "localhost:8080";
export const APP_ORIGIN = `http://${APP_HOST}`;

export interface Login {
  readonly state: string;
  readonly nonce: string;
  /** As the browser sends them back. */
  readonly cookies: string;
  readonly answer: Response;
}

export function linkOf({ delivery_key }: Pick<TestLicense, "delivery_key">): string {
  return ltiLinkOf(APP_ORIGIN, delivery_key);
}

export function loginFields(platform: Platform, link: string): Record<string, string> {
  const { issuer, client_id } = platform;
  return {
    iss: issuer,
    client_id,
    login_hint: "hint-1",
    target_link_uri: link,
    lti_message_hint: "message-1",
  };
}

/** @param more Beside what platforms send, or in its place. */
export async function logIn(
  app: RequestListener,
  platform: Platform,
  link: string,
  more: Readonly<Record<string, string>> = {},
  cookies = "",
): Promise<Login> {
  const sent = new URLSearchParams({ ...loginFields(platform, link), ...more });
  const answer = await request(app)
    .get(`/lti/login?${sent}`)
    .set("Host", APP_HOST)
    .set("Accept", "text/html")
    .set("Cookie", cookies);
  return { ...whatWasSaid(answer), answer };
}

function whatWasSaid(answer: Response): Omit<Login, "answer"> {
  const set = [answer.headers["set-cookie"] ?? []].flat() as string[];
  const location = answer.headers["location"] ?? /data-next="([^"]*)"/.exec(answer.text)?.[1] ?? "";
  const url = URL.canParse(location) ? new URL(location.replaceAll("&amp;", "&")) : null;
  return {
    state: url?.searchParams.get("state") ?? "",
    nonce: url?.searchParams.get("nonce") ?? "",
    cookies: set.map((cookie) => cookie.split(";")[0]).join("; "),
  };
}

export interface Posting {
  /** Of the browser that posts; the one that logged in, unless said otherwise. */
  readonly cookies?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function postLaunch(
  app: RequestListener,
  { state, cookies: own }: Pick<Login, "state" | "cookies">,
  id_token: string,
  { cookies = own, fields = {}, headers = {} }: Posting = {},
): Promise<Response> {
  return Promise.resolve(
    request(app)
      .post("/lti/launch")
      .set({ Host: APP_HOST, Accept: "text/html", Cookie: cookies, ...headers })
      .type("form")
      .send({ id_token, state, ...fields }),
  );
}

/** From the platform's link to what the gateway answers. */
export async function launch(
  app: RequestListener,
  platform: Platform,
  license: Pick<TestLicense, "delivery_key">,
  wishes: TokenWishes = {},
  posting: Posting = {},
): Promise<Response> {
  const link = linkOf(license);
  const login = await logIn(app, platform, link);
  const token = platform.idToken({ nonce: login.nonce, target_link_uri: link, ...wishes });
  return postLaunch(app, login, token, posting);
}
