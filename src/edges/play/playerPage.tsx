import type { IncomingMessage, ServerResponse } from "node:http";
import { renderToStaticMarkup } from "preact-render-to-string";
import { chooseLanguage, type Language } from "../../core/languages.ts";
import { sendHtml } from "../http/html.ts";
import { permissionsPolicy, SWITCHED_OFF } from "../http/securityHeaders.ts";

/**
 * Any page may frame the player: the wrapper's origin is the customer's. What the player frames is the course, which
 * may be a web page anywhere.
 */
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "media-src 'self' https: http:",
  "frame-src 'self' https: http:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const HEADERS = new Map([
  ["Content-Security-Policy", POLICY],
  // An LMS may isolate its pages, and then frames only what says that anyone may.
  ["Cross-Origin-Resource-Policy", "cross-origin"],
  // As on course files: the browser goes by the first page of an origin that it sees.
  ["Origin-Agent-Cluster", "?1"],
  // The player listens to `unload` to stay out of the back/forward cache, where its last saves can be lost.
  ["Permissions-Policy", permissionsPolicy(SWITCHED_OFF, ["unload=(self)"])],
  ["Cache-Control", "no-cache"],
]);

/** The same for every delivery: the launch decides what it shows. */
export function sendPlayerPage({ headers }: IncomingMessage, response: ServerResponse): void {
  response.removeHeader("X-Frame-Options");
  response.setHeaders(HEADERS);
  sendHtml(response, 200, pageIn(chooseLanguage(headers["accept-language"] ?? "")));
}

const pages = new Map<Language, string>();

function pageIn(language: Language): string {
  const page =
    pages.get(language) ?? `<!doctype html>${renderToStaticMarkup(<PlayerPage language={language} />)}`;
  pages.set(language, page);
  return page;
}

function PlayerPage({ language }: { language: Language }) {
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>Course</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/player/player.css" />
        <script type="module" src="/player/player.js" />
      </head>
      <body>
        <noscript>This course needs JavaScript. Please switch it on and open the course again.</noscript>
      </body>
    </html>
  );
}
