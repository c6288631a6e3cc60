/** Sends a page of the door: into whatever frame a platform shows it in. */
import type { ServerResponse } from "node:http";
import type { Config } from "../../../config.ts";
import { sendHtml } from "../../http/html.ts";
import { setPageHeaders } from "../catalog/catalogHeaders.ts";

/** Its forms lead on to the player, on the content origin. */
export function sendPage(
  response: ServerResponse,
  { CONTENT_ORIGIN }: Pick<Config, "CONTENT_ORIGIN">,
  status: number,
  page: string,
): void {
  setPageHeaders(response, null, [CONTENT_ORIGIN]);
  sendHtml(response, status, page);
}
