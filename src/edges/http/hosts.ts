/** One listener serves both origins by host name (DESIGN §1); any other host gets 421. */
import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import type { Config } from "../../config.ts";
import { contentHosts, type ReadContentHost } from "../../core/contentOrigin.ts";
import { Fault } from "../../core/faults.ts";

export function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? "").toLowerCase();
}

/** The hosts of the content origin, those included that packages were built for before. */
export function contentHostsOf(
  config: Pick<Config, "CONTENT_ORIGIN" | "FORMER_CONTENT_ORIGINS">,
): ReadContentHost {
  return contentHosts([config.CONTENT_ORIGIN, ...config.FORMER_CONTENT_ORIGINS]);
}

/** Which of the two origins a host is of. */
export type ReadOrigin = (host: string) => "app" | "content" | undefined;

export function originOf(
  config: Pick<Config, "APP_ORIGIN" | "CONTENT_ORIGIN" | "FORMER_CONTENT_ORIGINS">,
): ReadOrigin {
  const app = new URL(config.APP_ORIGIN).host;
  const readContentHost = contentHostsOf(config);
  return (host) => {
    if (host === app) return "app";
    return readContentHost(host) ? "content" : undefined;
  };
}

/** Hands the request to the handler of the origin that it names. */
export function byHost(
  config: Config,
  handlers: { readonly app: RequestHandler; readonly content: RequestHandler },
): RequestHandler {
  const readOrigin = originOf(config);
  const expected = [config.APP_ORIGIN, config.CONTENT_ORIGIN].map((origin) => new URL(origin).host);
  return (request, response, next) => {
    const host = hostOf(request);
    const origin = readOrigin(host);
    if (origin) return handlers[origin](request, response, next);
    throw new Fault(
      "host_unknown",
      `Host: found ${JSON.stringify(host)}, expected ${expected.join(" or ")}.`,
    );
  };
}
