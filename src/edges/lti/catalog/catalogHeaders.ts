/** What browsers are told about the catalog's pages: framed by the platform alone, and sending to it alone. */
import type { ServerResponse } from "node:http";

/** Who may show the page in a frame: origins; null: anyone, for a page on which nothing can be picked. */
export type Ancestors = readonly string[] | null;

/** @param formTargets Where its forms may go beside the gateway itself: origins, or schemes. */
export function setPageHeaders(
  response: ServerResponse,
  ancestors: Ancestors,
  formTargets: readonly string[] = [],
): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `form-action ${["'self'", ...formTargets].join(" ")}`,
    "base-uri 'none'",
    `frame-ancestors ${ancestors ? ["'self'", ...ancestors].join(" ") : "*"}`,
  ];
  response.removeHeader("X-Frame-Options");
  // In a window of its own it must not lose the platform's window that opened it.
  response.removeHeader("Cross-Origin-Opener-Policy");
  response.setHeader("Content-Security-Policy", policy.join("; "));
  response.setHeader("Cache-Control", "no-store");
  // An LMS may isolate its pages, and then frames only what says that anyone may.
  response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
  // Platforms may look where their form comes from; without this it would come from nowhere.
  response.setHeader("Referrer-Policy", "strict-origin");
}

/** Of a policy's source list: an origin as the policy's grammar has it, or nothing. */
export function sourceOf(url: string): readonly string[] {
  const origin = URL.parse(url)?.origin ?? "null";
  return /^https?:\/\/[^\s;,'"]+$/.test(origin) ? [origin] : [];
}
