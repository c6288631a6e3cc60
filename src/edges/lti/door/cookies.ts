/**
 * What a browser keeps of a login: a secret of its own for each, so that several links in one page don't meet. In a frame
 * most browsers keep it apart for each platform (`Partitioned`), and some not at all.
 */
import type { IncomingMessage } from "node:http";
import { type Binding, type LoginState, STATE_SECONDS } from "../../../flows/lti/state.ts";

const PREFIX = "__Host-lti";
/** Where cookies were seen to work a short while ago, the platform's storage is not asked. */
const WORKS = `${PREFIX}=1`;
const WORKS_SECONDS = 24 * 60 * 60;
const NAMED_BY = 12;

const SETTINGS = "Path=/; Secure; HttpOnly; SameSite=None; Partitioned";

export function bindingCookie({ secret, hash }: Binding): string {
  return `${nameOf(hash)}=${secret}; ${SETTINGS}; Max-Age=${STATE_SECONDS}`;
}

/** Once the launch was let in: its secret is of no more use; that it came is. */
export function cookiesAfter({ binding_hash }: LoginState, cameByCookie: boolean): string[] {
  const ended = `${nameOf(binding_hash)}=; ${SETTINGS}; Max-Age=0`;
  return cameByCookie ? [ended, `${WORKS}; ${SETTINGS}; Max-Age=${WORKS_SECONDS}`] : [ended];
}

/** Null where the browser has sent none for this login. */
export function secretIn(request: IncomingMessage, { binding_hash }: LoginState): string | null {
  const name = `${nameOf(binding_hash)}=`;
  return (
    cookiesOf(request)
      .find((one) => one.startsWith(name))
      ?.slice(name.length) ?? null
  );
}

export function cookiesWork(request: IncomingMessage): boolean {
  return cookiesOf(request).includes(WORKS);
}

function nameOf(hash: string): string {
  return `${PREFIX}-${hash.slice(0, NAMED_BY)}`;
}

function cookiesOf({ headers }: IncomingMessage): string[] {
  return (headers.cookie ?? "").split(";").map((one) => one.trim());
}
