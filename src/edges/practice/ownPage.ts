/**
 * The practice LMS has no sign-in: whoever can open its page is trusted. So other web sites that are open in the same browser
 * must not get at it, neither by a host name of theirs that points here (DNS rebinding) nor by a form or a fetch sent here.
 */
import { isIP } from "node:net";
import type { Request, RequestHandler } from "express";
import { Fault } from "../../core/faults.ts";

export const onlyFromOwnPage: RequestHandler = (request, _response, next) => {
  const host = request.headers.host ?? "";
  if (!isFixed(host))
    throw new Fault(
      "host_unknown",
      `Host: found ${JSON.stringify(host)}, expected localhost or an IP address.`,
    );
  const { origin } = request.headers;
  if (changesSomething(request) && origin !== undefined && origin !== `http://${host}`)
    throw new Fault("origin_foreign", `Origin: found ${JSON.stringify(origin)}, expected http://${host}.`);
  next();
};

/** A name that no web site can have point where it likes. */
function isFixed(host: string): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return hostname === "localhost" || isIP(hostname.replace(/^\[(.*)\]$/, "$1")) !== 0;
}

function changesSomething({ method }: Request): boolean {
  return method !== "GET" && method !== "HEAD";
}
