/** Somebody's server that webhooks are sent to: checks each as Standard Webhooks tell receivers to, and keeps what came. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Received {
  readonly path: string;
  readonly webhook_id: string;
  readonly timestamp: number;
  readonly signatures: readonly string[];
  readonly headers: IncomingMessage["headers"];
  /** As it came. */
  readonly body: string;
  readonly event: {
    readonly type: string;
    readonly timestamp: string;
    readonly id: string;
    readonly account_id: string;
    readonly sequence: number;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** How it answers: a status, one that depends on what came, or `hang`: not at all. */
export type Answering = number | "hang" | ((received: Received) => number | "hang");

export interface WebhookReceiver {
  readonly origin: string;
  /** In the order in which they came, those that were refused too. */
  readonly received: Received[];
  /** At a path; 204 where nothing is said. */
  answer(path: string, answering: Answering, headers?: Readonly<Record<string, string>>): void;
  /** What came to a path and was taken. */
  taken(path: string): Received[];
  /** Breaks off what hangs. */
  letGo(): void;
  reset(): void;
  close(): void;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const taken = new Set<Received>();
  const hanging = new Set<ServerResponse>();
  const answers = new Map<string, { answering: Answering; headers: Readonly<Record<string, string>> }>();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const one = read(request, body);
    received.push(one);
    const { answering, headers } = answers.get(one.path) ?? { answering: 204, headers: {} };
    const status = typeof answering === "function" ? answering(one) : answering;
    if (status === "hang") return void hanging.add(response);
    if (status >= 200 && status < 300) taken.add(one);
    response.writeHead(status, headers).end("what it says is of no matter");
  };
  const server = createServer((request, response) => void handle(request, response).catch(() => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (path, answering, headers = {}) => void answers.set(path, { answering, headers }),
    taken: (path) => received.filter((one) => one.path === path && taken.has(one)),
    letGo: () => {
      for (const response of hanging) response.destroy();
    },
    reset: () => {
      received.length = 0;
      taken.clear();
      answers.clear();
    },
    close: () => void server.close().closeAllConnections(),
  };
}

function read({ url = "", headers }: IncomingMessage, body: string): Received {
  const header = (name: string) => String(headers[name] ?? "");
  return {
    path: url,
    webhook_id: header("webhook-id"),
    timestamp: Number(header("webhook-timestamp")),
    signatures: header("webhook-signature").split(" "),
    headers,
    body,
    event: JSON.parse(body) as Received["event"],
  };
}

/** As a receiver does it, by the specification alone: HMAC SHA-256 of id, timestamp and body, in constant time. */
export function isSignedBy(secret: string, { webhook_id, timestamp, body, signatures }: Received): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(`${webhook_id}.${timestamp}.${body}`).digest();
  return signatures.some((signature) => {
    const [version, value = ""] = signature.split(",");
    const given = Buffer.from(value, "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}
