/**
 * What stands in front of several gateways: hands each request to the next one that says it is ready, once, and hides
 * nothing. So whatever fails here would have failed for a learner.
 */
import { Agent, createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

export interface Balancer {
  readonly origin: string;
  /** Content origins of the gateways; may change. */
  readonly upstreams: Set<string>;
  /** Each request that broke off or was answered with 5xx. */
  readonly failed: readonly string[];
  /** How many were answered well. */
  readonly served: number;
  close(): Promise<void>;
}

const LOOK_AGAIN_MILLISECONDS = 50;

export async function startBalancer(upstreams: readonly string[]): Promise<Balancer> {
  const all = new Set(upstreams);
  const ready = new Set(upstreams);
  const failed: string[] = [];
  const agent = new Agent({ keepAlive: true });
  let served = 0;
  let turn = 0;

  const look = setInterval(async () => {
    for (const upstream of new Set([...all, ...ready])) {
      const isReady = all.has(upstream) && (await fetch(`${upstream}/readyz`).catch(() => null))?.ok;
      if (isReady) ready.add(upstream);
      else ready.delete(upstream);
    }
  }, LOOK_AGAIN_MILLISECONDS);

  const server = createServer((request, response) => {
    // Where none is ready, any is better than none.
    const choice = [...(ready.size > 0 ? ready : all)];
    const upstream = new URL(choice[turn++ % choice.length] ?? "");
    const fail = (how: string) => {
      failed.push(
        `${request.method} ${request.url?.replace(/\/play\/[^/]+\//, "/play/…/")} at ${upstream.host}: ${how}`,
      );
      if (!response.headersSent) response.writeHead(502);
      response.end();
    };
    const { hostname, port } = upstream;
    const options = { agent, hostname, port, method: request.method, path: request.url };
    const passed = send({ ...options, headers: { ...request.headers, host: upstream.host } }, (answer) => {
      if ((answer.statusCode ?? 500) >= 500) failed.push(`${request.url}: ${answer.statusCode}`);
      else served += 1;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.once("error", (error) => fail(error.message));
      answer.pipe(response);
    });
    passed.once("error", (error) => fail(error.message));
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    upstreams: all,
    failed,
    get served() {
      return served;
    },
    close: async () => {
      clearInterval(look);
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
