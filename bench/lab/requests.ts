/** Requests as browsers send them: the body that the player makes, and the headers that go with it. */
import { launchRequest } from "../../test/support/learner.ts";
import { BROWSER_HEADERS } from "../driver/headers.ts";
import { lengthOf, type Part } from "../driver/plan.ts";

/** @param path Parts, as its body may have. */
export function post(port: number, path: readonly Part[], body: readonly Part[]): Part[] {
  const bytes = body.reduce((sum, part) => sum + lengthOf(part), 0);
  const headers = [
    `Host: 127.0.0.1:${port}`,
    ...BROWSER_HEADERS,
    "Sec-Fetch-Site: same-origin",
    "Accept: */*",
    "Sec-Fetch-Mode: cors",
    "Sec-Fetch-Dest: empty",
    `Origin: http://127.0.0.1:${port}`,
    "Content-Type: application/json",
    `Content-Length: ${bytes}`,
  ];
  return joined(["POST ", ...path, ` HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`, ...body]);
}

export function get(port: number, path: string, opens: "page" | "file"): Part[] {
  const headers = [
    `Host: 127.0.0.1:${port}`,
    ...BROWSER_HEADERS,
    "Sec-Fetch-Site: same-origin",
    opens === "page"
      ? "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
      : "Accept: */*",
    `Sec-Fetch-Mode: ${opens === "page" ? "navigate" : "no-cors"}`,
    `Sec-Fetch-Dest: ${opens === "page" ? "iframe" : "script"}`,
  ];
  return [`GET ${path} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`];
}

const NONCE = "(nonce)";
const LEARNER = "(learner)";
const MARKER = "(marker)";

/** The body of `POST /play/<key>/launch`, with what differs from launch to launch cut out. */
export function launchBody(values: {
  readonly nonce: Part;
  readonly learner: Part;
  /** What the LMS kept of an earlier launch; null on a first one. */
  readonly marker: readonly Part[] | null;
}): Part[] {
  const text = JSON.stringify(
    launchRequest(LEARNER, {
      nonce: NONCE,
      entry: values.marker ? "resume" : "ab-initio",
      marker: values.marker ? MARKER : "",
    }),
  );
  const filled: Record<string, readonly Part[]> = {
    [NONCE]: [values.nonce],
    [LEARNER]: [values.learner],
    [MARKER]: values.marker ?? [],
  };
  return text.split(/(\((?:nonce|learner|marker)\))/).flatMap((piece) => filled[piece] ?? [piece]);
}

/** Text next to text becomes one. */
function joined(parts: readonly Part[]): Part[] {
  const all: Part[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (typeof part === "string" && typeof last === "string") all[all.length - 1] = last + part;
    else all.push(part);
  }
  return all;
}
