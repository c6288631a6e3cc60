/** One listener serves both origins by host name (DESIGN §1); any other host gets 421. */
import type { RequestHandler } from "express";
import type { Config } from "../../config.ts";
import { Fault } from "../../core/faults.ts";

/** Hands the request to the handler of the origin that it names. */
export function byHost(
  config: Config,
  handlers: { readonly app: RequestHandler; readonly content: RequestHandler },
): RequestHandler {
  const app = new URL(config.APP_ORIGIN).host;
  const content = new URL(config.CONTENT_ORIGIN).host;
  return (request, response, next) => {
    const host = (request.headers.host ?? "").toLowerCase();
    if (host === app) return handlers.app(request, response, next);
    if (host === content) return handlers.content(request, response, next);
    throw new Fault("host_unknown", `Host: found ${JSON.stringify(host)}, expected ${app} or ${content}.`);
  };
}
