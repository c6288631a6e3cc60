/** The platform's own calls to a tool: for the keys that it signs with. The gateway's way out is not the platform's. */
import { Refusal } from "./refusal.ts";

export type FetchJson = (url: string) => Promise<unknown>;

const MOST_SECONDS = 5;
const MOST_BYTES = 256 * 1024;

export const fetchJson: FetchJson = async (url) => {
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(MOST_SECONDS * 1000),
    });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    const body = Buffer.from(await response.arrayBuffer());
    if (body.length > MOST_BYTES) throw new Error("it is too large");
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "unknown";
    throw new Refusal(400, "invalid_client", `The tool's keys can't be read at ${url}: ${why}.`);
  }
};
