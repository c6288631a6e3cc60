/**
 * JSON in and out, for what is answered before Express has a say (`hotRoutes.ts`): a body's size is counted while it
 * comes, and the most is refused at once.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault } from "../../core/faults.ts";

export interface BodyLimits {
  readonly most_bytes: number;
  /** Who wants to send more than this must show, by what it begins with, that they may. */
  readonly entry?: {
    readonly bytes: number;
    /** @throws Fault where they may not: then nothing more is kept. */
    readonly check: (beginning: Buffer) => void;
  };
}

/**
 * The body as JSON, whatever type it says it is of: a beacon comes as `text/plain`, so that it needs no preflight.
 * @throws Fault `body_too_large`; `body_invalid` where it is no JSON, or comes compressed or in another character set.
 */
export async function readJson(request: IncomingMessage, limits: BodyLimits): Promise<unknown> {
  const bytes = await readBody(request, limits);
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new Fault("body_invalid", "body: expected JSON.");
  }
}

/** @throws Fault `body_too_large`; `body_invalid` where it comes compressed or in another character set. */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  refuseByHeaders(request, limits);
  return readBytes(request, limits);
}

export function sendJson(response: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
}

function refuseByHeaders({ headers }: IncomingMessage, { most_bytes }: BodyLimits): void {
  if (Number(headers["content-length"] ?? 0) > most_bytes) throw tooLarge(most_bytes);
  const encoding = headers["content-encoding"] ?? "identity";
  // Small to send, large to hold.
  if (encoding.toLowerCase() !== "identity")
    throw new Fault("body_invalid", "Content-Encoding: expected none.");
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers["content-type"] ?? "")?.[1] ?? "utf-8";
  if (charset.toLowerCase() !== "utf-8") throw new Fault("body_invalid", "Content-Type: expected UTF-8.");
}

function tooLarge(mostBytes: number): Fault {
  return new Fault("body_too_large", `The body is larger than the ${mostBytes} bytes that are allowed here.`);
}

function readBytes(request: IncomingMessage, { most_bytes, entry }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let mayEnter = entry === undefined;
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > most_bytes) throw tooLarge(most_bytes);
      if (mayEnter || !entry || length <= entry.bytes) return;
      entry.check(Buffer.concat(chunks, length));
      mayEnter = true;
    };
    const onData = (chunk: Buffer) => {
      try {
        take(chunk);
      } catch (error) {
        // What still comes is read and forgotten by the server, once it has answered.
        request.off("data", onData);
        chunks.length = 0;
        reject(error);
      }
    };
    request.on("data", onData);
    request.once("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    const brokeOff = () => {
      if (!request.complete) reject(new Fault("body_invalid", "body: it broke off."));
    };
    request.once("close", brokeOff);
    request.once("error", brokeOff);
  });
}
