/**
 * The addresses of course files: `/c/<ticket>/<path>`. The ticket stands in the path because nothing else reaches every
 * request that a course makes where cookies are blocked (docs/decisions/content-addresses.md).
 */
import { TICKET_LENGTH } from "../../flows/launch/contentTickets.ts";

/** What is of another length is a name that the course made up. */
const CONTENT_ADDRESS = new RegExp(`^/c/([A-Za-z0-9_-]{${TICKET_LENGTH}})(?:/(.*))?$`, "s");

export interface ContentAddress {
  readonly ticket: string;
  /** As it stands in the URL, not decoded; undefined where not even a slash follows the ticket. */
  readonly path: string | undefined;
}

export function contentBase(ticket: string): string {
  return `/c/${ticket}/`;
}

/** @param pathname Of the URL, not decoded. */
export function readContentAddress(pathname: string): ContentAddress | undefined {
  const [, ticket, path] = CONTENT_ADDRESS.exec(pathname) ?? [];
  return ticket === undefined ? undefined : { ticket, path };
}

/**
 * Percent-encoding undone, once. What is none (`100%.png`) or no UTF-8 stays as it is and so names a file or none;
 * what it hides (`%2e%2e%2f`) comes out for `cleanContentPath` to judge.
 */
export function decodePath(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

/**
 * Where a file lies that a course asked for as if it owned the whole host (`/img/x.png`): in the course that the
 * request came from. Scripts, style sheets and frames are referrers too, so it holds for what they ask for in turn.
 *
 * @param url Path and query.
 * @returns Undefined where the request did not come from a course on this host.
 */
export function addressByReferer(url: string, referer: string, host: string): string | undefined {
  if (!url.startsWith("/") || !URL.canParse(referer)) return undefined;
  const from = new URL(referer);
  const address = from.host === host ? readContentAddress(from.pathname) : undefined;
  return address === undefined ? undefined : `${contentBase(address.ticket)}${url.slice(1)}`;
}
