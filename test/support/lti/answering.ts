/**
 * A platform in the test's own process that answers whatever the test says, at the addresses it says: also what no platform
 * should. It keeps what it was asked.
 *
 *     const platform = await startAnswering();
 *     platform.answer("POST /token", () => ({ access_token: "t", token_type: "Bearer", expires_in: 3600 }));
 *     platform.asked  // [{ at: "POST /token", headers, body }]
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Asked {
  /** Method and path, without the query. */
  readonly at: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** JSON to answer with; or the answer is written by hand. */
type Answering = (asked: Asked, response: ServerResponse) => unknown;

export interface AnsweringPlatform {
  readonly origin: string;
  readonly asked: readonly Asked[];
  /** The last one asked there. */
  lastAt(at: string): Asked;
  answer(at: string, answering: Answering): void;
  /** As at the start: nothing is answered but 404, nothing was asked. */
  reset(): void;
  close(): Promise<void>;
}

export async function startAnswering(): Promise<AnsweringPlatform> {
  const answers = new Map<string, Answering>();
  const asked: Asked[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://platform");
    const at = `${request.method} ${url.pathname}`;
    const one = { at, query: url.searchParams, headers: request.headers, body: await text(request) };
    asked.push(one);
    const answering = answers.get(at);
    if (!answering) return void response.writeHead(404).end();
    const json = answering(one, response);
    if (json !== undefined) response.setHeader("content-type", "application/json").end(JSON.stringify(json));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    lastAt: (at) => {
      const found = asked.findLast((one) => one.at === at);
      if (!found)
        throw new Error(`Nothing was asked at ${at}; asked: ${asked.map((one) => one.at).join(", ")}`);
      return found;
    },
    answer: (at, answering) => void answers.set(at, answering),
    reset: () => {
      answers.clear();
      asked.length = 0;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
