/** Who asks, seen through the proxies that stand in front. */
import type { IncomingMessage } from "node:http";

/**
 * The address of the client: each trusted proxy writes who asked it to the end of `X-Forwarded-For`; what stands before
 * theirs anyone may have made up. As Express finds `request.ip`.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const own = request.socket.remoteAddress ?? "";
  const forwarded = request.headers["x-forwarded-for"];
  if (trustedProxies === 0 || forwarded === undefined) return own;
  const named = String(forwarded)
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
  return named.at(-Math.min(trustedProxies, named.length)) ?? own;
}
