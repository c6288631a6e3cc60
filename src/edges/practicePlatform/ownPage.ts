/**
 * The platform has no password: whoever can open its page is trusted. So other web sites that are open in the same browser
 * must not get at the page's own requests, neither by a host name of theirs that points here (DNS rebinding) nor by a form
 * or a fetch sent here. Messages of tools come from elsewhere by their nature and prove themselves.
 */
import type { RequestHandler } from "express";
import { Refusal } from "./refusal.ts";

export const onlyAtOwnHost =
  (ownOrigin: string): RequestHandler =>
  (request, _response, next) => {
    const host = request.headers.host ?? "";
    const own = new URL(ownOrigin).host;
    if (host !== own && !/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host))
      throw new Refusal(421, "host_unknown", `Host: found ${JSON.stringify(host)}, expected ${own}.`);
    next();
  };

export const onlyFromOwnPage =
  (ownOrigin: string): RequestHandler =>
  (request, _response, next) => {
    const { origin, host } = request.headers;
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead && origin !== undefined && origin !== ownOrigin && origin !== `http://${host}`)
      throw new Refusal(
        403,
        "origin_foreign",
        `Origin: found ${JSON.stringify(origin)}, expected ${ownOrigin}.`,
      );
    next();
  };
