/** One request to a gateway and its answer, over Node's own client: it may name the host that it means to reach. */
import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Where a gateway answers, and what opens it. */
export interface Target {
  /** Origin to connect to. */
  readonly url: string;
  /** The name it answers to, where that is another one. */
  readonly host?: string;
  readonly key: string;
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Readable | null;
}

/** The gateway could not be reached, or broke off. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

export function exchange(target: Target, { method, path, headers, body }: Sent): Promise<IncomingMessage> {
  const url = new URL(path, target.url);
  const options: RequestOptions = {
    method,
    agent: false,
    headers: {
      ...headers,
      authorization: `Bearer ${target.key}`,
      ...(target.host ? { host: target.host } : {}),
    },
  };
  return new Promise((resolve, reject) => {
    const start = url.protocol === "https:" ? requestHttps : requestHttp;
    const failed = (error: Error) =>
      reject(new Unreachable(`The gateway at ${url.origin} does not answer: ${error.message}`));
    const sent = start(url, options, resolve).on("error", failed);
    if (body === null || typeof body === "string") sent.end(body ?? undefined);
    // A gateway that has seen enough answers before all is sent: then the answer counts.
    else pipeline(body, sent).catch(failed);
  });
}
