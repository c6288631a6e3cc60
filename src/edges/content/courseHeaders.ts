/** The headers that go with a course's files, and those that would break courses. */
import type { ServerResponse } from "node:http";
import { permissionsPolicy, SWITCHED_OFF } from "../http/securityHeaders.ts";

/**
 * Set by default for our own pages, and each a trap here (docs/decisions/content-addresses.md): `frame-ancestors` and
 * `X-Frame-Options` look at every ancestor, the LMS too; the opener policy would cut the window fallback and a course's
 * own pop-ups; the resource and embedder policies and `nosniff` refuse what courses do on any other web server.
 */
const BREAK_COURSES = [
  "Content-Security-Policy",
  "Content-Security-Policy-Report-Only",
  "Cross-Origin-Embedder-Policy",
  "Cross-Origin-Opener-Policy",
  "Cross-Origin-Resource-Policy",
  "X-Content-Type-Options",
  "X-Frame-Options",
] as const;

export function setCourseHeaders(response: ServerResponse): void {
  for (const name of BREAK_COURSES) response.removeHeader(name);
  // To this origin the whole address, which the root-absolute fallback reads; to others nothing, for the ticket
  // is in it.
  response.setHeader("Referrer-Policy", "same-origin");
  // Makes `document.domain = …`, which old courses set, do nothing instead of parting them from the player.
  response.setHeader("Origin-Agent-Cluster", "?1");
  response.setHeader("Permissions-Policy", permissionsPolicy(SWITCHED_OFF));
}
