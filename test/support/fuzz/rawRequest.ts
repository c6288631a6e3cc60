/** HTTP as it is written, so that it can be written wrong: nothing here minds what a client library would. */
import { connect } from "node:net";

export interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** As many of a name as are given. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
  /** Bytes held back, so that the request never ends. */
  readonly withheld?: number;
}

export interface RawAnswer {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  /** Of the body, as they came. */
  readonly bytes: number;
  readonly seconds: number;
}

/** @returns `"hung"` where the connection stays open without an end after `mostSeconds`. */
export function sendRaw(port: number, request: RawRequest, mostSeconds: number): Promise<RawAnswer | "hung"> {
  const begun = performance.now();
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const chunks: Buffer[] = [];
    const patience = setTimeout(() => {
      resolve("hung");
      socket.destroy();
    }, mostSeconds * 1000);
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(patience);
      resolve(readAnswer(Buffer.concat(chunks), (performance.now() - begun) / 1000));
    });
    socket.write(bytesOf(request));
    if (request.withheld) socket.end();
  });
}

export function bytesOf({ method, target, headers, body, withheld = 0 }: RawRequest): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, "latin1");
  const whole = Buffer.concat([head, body ?? Buffer.alloc(0)]);
  return whole.subarray(0, whole.length - withheld);
}

function readAnswer(bytes: Buffer, seconds: number): RawAnswer {
  const heard = bytes.toString("latin1").replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, "");
  const end = heard.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = heard.slice(0, Math.max(0, end)).split("\r\n");
  const headers = new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0);
  const body = Buffer.from(heard.slice(end + 4), "latin1");
  return { status, headers, text: body.toString("utf8"), bytes: body.length, seconds };
}
