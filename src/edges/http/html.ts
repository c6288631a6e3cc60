/** Pages and redirects, for what is answered before Express has a say (`hotRoutes.ts`), and by the same functions in it. */
import type { ServerResponse } from "node:http";

export function sendHtml(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Length": Buffer.byteLength(page),
  });
  response.end(page);
}

/** @param url Of visible ASCII characters, as `URL.href` has it. */
export function redirect(response: ServerResponse, status: 302 | 303, url: string): void {
  response.writeHead(status, { Location: url, "Content-Length": 0 });
  response.end();
}
