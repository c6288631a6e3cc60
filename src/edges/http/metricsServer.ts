/**
 * `/metrics` for Prometheus, on a port of its own: what stands in front of the gateway can't let it out by mistake. From
 * another machine only with the token.
 */
import { timingSafeEqual } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { Logger } from "winston";
import type { Config } from "../../config.ts";

export interface Exposition {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export function metricsListener(exposition: Exposition, token: string, log: Logger): RequestListener {
  return async (request, response) => {
    response.setHeader("Cache-Control", "no-store");
    if (request.url !== "/metrics" || request.method !== "GET") return void response.writeHead(404).end();
    if (token !== "" && !isSame(request.headers.authorization ?? "", `Bearer ${token}`))
      return void response.writeHead(401, { "WWW-Authenticate": "Bearer" }).end();
    try {
      const text = await exposition.metrics();
      response.writeHead(200, { "Content-Type": exposition.contentType }).end(text);
    } catch (error) {
      log.warn("The metrics could not be gathered", { error });
      response.writeHead(503).end();
    }
  };
}

/** @returns Null where the settings want none. */
export function serveMetrics(
  config: Pick<Config, "METRICS_PORT" | "METRICS_HOST" | "METRICS_TOKEN">,
  exposition: Exposition,
  log: Logger,
): Promise<Server | null> {
  const port = config.METRICS_PORT;
  if (port === "off") return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const server = createServer(metricsListener(exposition, config.METRICS_TOKEN, log));
    server.once("error", reject);
    server.listen(port, config.METRICS_HOST, () => resolve(server));
  });
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
