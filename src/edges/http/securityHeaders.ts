/** What browsers are told about each origin's answers (docs/security.md "Headers"). A route that needs less sets its own. */
import type { IncomingMessage, ServerResponse } from "node:http";
import helmet from "helmet";
import type { Config } from "../../config.ts";

/** A step on the way to an answer, in Express and before it. */
export type Step = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

const HSTS_SECONDS = 365 * 24 * 60 * 60;

/** What no page of ours and no course needs, and what a browser would ask people for in the gateway's name. */
export const SWITCHED_OFF: readonly string[] = [
  "bluetooth",
  "browsing-topics",
  "geolocation",
  "hid",
  "payment",
  "serial",
  "usb",
];

export function permissionsPolicy(features: readonly string[], more: readonly string[] = []): string {
  return [...more, ...features.map((feature) => `${feature}=()`)].join(", ");
}

/**
 * Steps that say the same of every answer, as one: each header is set once, where helmet's and ours would set some and take back
 * others with every request.
 */
export function asOne(steps: readonly Step[]): Step {
  const said = new Map<string, readonly [name: string, value: string]>();
  const say = (name: string, value: string) => said.set(name.toLowerCase(), [name, value]);
  const recorder = {
    setHeader: say,
    setHeaders: (headers: ReadonlyMap<string, string>) => {
      for (const [name, value] of headers) say(name, value);
    },
    removeHeader: (name: string) => said.delete(name.toLowerCase()),
  };
  for (const step of steps)
    step({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  const headers = new Map(said.values());
  return (_request, response, next) => {
    response.setHeaders(headers);
    next();
  };
}

const STRICT = new Map([
  [
    "Content-Security-Policy",
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ["Cross-Origin-Resource-Policy", "same-origin"],
  ["Origin-Agent-Cluster", "?1"],
  ["Referrer-Policy", "no-referrer"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
]);

/** Before it is known whose host it is: nothing in the answer runs, and nobody frames it. */
export const strictHeaders: Step = (_request, response, next) => {
  response.setHeaders(STRICT);
  next();
};

/** People who sign in, and programs: scripts and styles of its own alone, framed by nobody. */
export function appHeaders(config: Pick<Config, "APP_ORIGIN">): Step[] {
  const isHttps = config.APP_ORIGIN.startsWith("https:");
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          "default-src": ["'none'"],
          "script-src": ["'self'"],
          "style-src": ["'self'"],
          "img-src": ["'self'", "data:"],
          "font-src": ["'self'"],
          "connect-src": ["'self'"],
          "form-action": ["'self'"],
          "base-uri": ["'none'"],
          "frame-ancestors": ["'none'"],
          ...(isHttps ? { "upgrade-insecure-requests": [] } : {}),
        },
      },
      // Not for the names below: they are the vendor's, and may not all speak https.
      strictTransportSecurity: isHttps ? { maxAge: HSTS_SECONDS, includeSubDomains: false } : false,
      xFrameOptions: { action: "deny" },
    }),
    (_request, response, next) => {
      response.setHeader("Permissions-Policy", permissionsPolicy([...SWITCHED_OFF, "camera", "microphone"]));
      next();
    },
  ];
}

/** Of the player's door and its files. Pages and courses are framed by any LMS and say so themselves. */
export function contentHeaders(config: Pick<Config, "CONTENT_ORIGIN">): Step {
  const isHttps = config.CONTENT_ORIGIN.startsWith("https:");
  return (_request, response, next) => {
    if (isHttps) response.setHeader("Strict-Transport-Security", `max-age=${HSTS_SECONDS}`);
    // A course may ask from a sandboxed frame, which is of no origin.
    response.removeHeader("Cross-Origin-Resource-Policy");
    // The player's own requests say where they come from, for a course's root-absolute addresses.
    response.setHeader("Referrer-Policy", "same-origin");
    next();
  };
}
