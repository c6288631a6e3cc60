/** Clients that hold a connection without moving (slowloris and its kin), as raw sockets against a listening server. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLimitedServer } from "../../../src/edges/http/limitedServer.ts";

const SETTINGS = {
  HEADERS_SECONDS: 1,
  STALL_SECONDS: 2,
  SLOWEST_BYTES_PER_SECOND: 1000,
  KEEP_ALIVE_SECONDS: 2,
  MOST_CONNECTIONS: 20,
};
const WHY = "It is too large. ".repeat(10_000);
/** More than the buffers between two sockets of one machine take. */
const BIG = Buffer.alloc(32 * 1024 * 1024, "x");

let server: Server;
/** Where 1 MB/s is far too slow. */
let hasty: Server;
const connections = new Set<Socket>();
beforeAll(async () => {
  server = await listening(SETTINGS);
  hasty = await listening({ ...SETTINGS, SLOWEST_BYTES_PER_SECOND: 10_000_000 });
});
afterAll(() => {
  for (const one of [server, hasty]) one.close().closeAllConnections();
});

async function listening(settings: typeof SETTINGS): Promise<Server> {
  const made = createLimitedServer(settings, (request, response) => void answer(request, response));
  made.on("connection", (socket: Socket) => connections.add(socket));
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return made;
}

/** `/big` is one large answer and `/pieces` a streamed one; `/deaf` answers before it has the body; else the body's length, once it is there. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === "/big") return void response.end(BIG);
  if (request.url === "/pieces") return void Readable.from(pieces()).pipe(response);
  if (request.url === "/early")
    return void response.writeHead(413, { "Content-Length": WHY.length }).end(WHY);
  if (request.url === "/deaf") return void response.writeHead(413).end();
  if (request.url === "/busy") await sleep(SETTINGS.STALL_SECONDS * 1000 + 1500);
  let length = 0;
  request.on("error", () => undefined);
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
  });
  request.on("end", () => response.end(`read ${length}`));
}

async function* pieces(): AsyncGenerator<Buffer> {
  for (let start = 0; start < BIG.length; start += 65_536) yield BIG.subarray(start, start + 65_536);
}

interface Client {
  readonly socket: Socket;
  /** All that was answered so far. */
  heard(): string;
  /** Bytes of the body that was answered. */
  whole(): number;
  /** Settles with the seconds until the server ended the connection. */
  readonly cut: Promise<number>;
}

async function client(to: Server = server): Promise<Client> {
  const socket = connect((to.address() as AddressInfo).port, "127.0.0.1");
  let heard = "";
  let bytes = 0;
  socket.on("data", (chunk) => {
    bytes += chunk.length;
    heard += chunk.toString().slice(0, 2000);
  });
  socket.on("error", () => undefined);
  const begun = performance.now();
  const cut = new Promise<number>((resolve) => {
    socket.once("close", () => resolve((performance.now() - begun) / 1000));
  });
  await new Promise((resolve) => socket.once("connect", resolve));
  const whole = () => bytes - heard.indexOf("\r\n\r\n") - 4;
  return { socket, heard: () => heard, whole, cut };
}

/** Sends a piece every `everySeconds` for as long as the connection holds. */
async function drip(
  { socket }: Client,
  piece: string | Buffer,
  everySeconds: number,
  most = 1000,
): Promise<void> {
  for (let index = 0; index < most && !socket.destroyed && socket.writable; index++) {
    socket.write(piece);
    await sleep(everySeconds * 1000);
  }
}

const head = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

describe("is cut off", () => {
  test.concurrent("who connects and says nothing", async () => {
    expect(await (await client()).cut).toBeLessThan(4);
  });

  test.concurrent("who sends headers by drops", async () => {
    const slow = await client();
    slow.socket.write("GET / HTTP/1.1\r\nHost: x\r\n");
    void drip(slow, "X-A: b\r\n", 0.2);
    expect(await slow.cut).toBeLessThan(4);
    expect(slow.heard()).toContain("408 Request Timeout");
  });

  test.concurrent("who sends a body by drops, and is told", async () => {
    const slow = await client();
    slow.socket.write(head("/", 100_000));
    void drip(slow, "x", 0.1);
    expect(await slow.cut).toBeLessThan(6);
    expect(slow.heard()).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"request_too_slow"/);
  });

  test.concurrent("who sends a body in chunks by drops", async () => {
    const slow = await client();
    slow.socket.write("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    void drip(slow, "1\r\nx\r\n", 0.1);
    expect(await slow.cut).toBeLessThan(6);
  });

  test.concurrent("who goes on sending a body that was refused, however fast", async () => {
    const deaf = await client();
    deaf.socket.write(head("/deaf", 1e12));
    void drip(deaf, Buffer.alloc(20_000), 0.05);
    expect(await deaf.cut).toBeLessThan(6);
    expect(deaf.heard()).toContain("413");
  });

  test.concurrent("who does not read the answer", async () => {
    const deaf = await client();
    deaf.socket.pause();
    deaf.socket.write("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(await broken(deaf)).toBeLessThan(8);
  });

  test.concurrent("who reads the answer by drops", async () => {
    const slow = await client();
    slow.socket.pause();
    slow.socket.write("GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n");
    const reading = setInterval(() => slow.socket.read(1), 100);
    expect(await broken(slow)).toBeLessThan(10);
    clearInterval(reading);
  });

  test.concurrent("who reads on and on, but below the slowest pace", async () => {
    const slow = await client(hasty);
    slow.socket.pause();
    slow.socket.write("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
    const reading = setInterval(() => slow.socket.read(20_000), 20);
    const seconds = await broken(slow);
    expect(seconds).toBeGreaterThan(SETTINGS.STALL_SECONDS + 2);
    expect(seconds).toBeLessThan(20);
    clearInterval(reading);
  });

  test.concurrent("who stays without a further request", async () => {
    const idle = await client();
    idle.socket.write(head("/", 0));
    expect(await idle.cut).toBeLessThan(6);
    expect(idle.heard()).toContain("read 0");
  });
});

describe("is not cut off", () => {
  test.concurrent("who sends slowly, but moves: an upload over a bad line", async () => {
    const slow = await client();
    slow.socket.write(head("/", 30 * 400));
    await drip(slow, Buffer.alloc(400), 0.2, 30);
    slow.socket.end();
    expect(await slow.cut).toBeGreaterThan(5);
    expect(slow.heard()).toContain(`read ${30 * 400}`);
  });

  test.concurrent("who reads slowly, but moves: a video over a bad line", async () => {
    const slow = await client();
    slow.socket.pause();
    slow.socket.write("GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let read = 0;
    while (read < BIG.length / 2) {
      read += (slow.socket.read() as Buffer | null)?.length ?? 0;
      await sleep(20);
    }
    expect(slow.socket.destroyed).toBe(false);
    slow.socket.destroy();
  });

  test.concurrent("who waits for us: an import that takes its time, with the body unread", async () => {
    const waiting = await client();
    const body = Buffer.alloc(3_000_000);
    waiting.socket.write(head("/busy", body.length));
    waiting.socket.end(body);
    await waiting.cut;
    expect(waiting.heard()).toContain(`read ${body.length}`);
  });
});

test.concurrent("who is refused in the middle of an upload hears why, to the end", async () => {
  const refused = await client();
  const body = Buffer.alloc(8_000_000);
  refused.socket.write(`${head("/early", body.length).trimEnd()}\r\nConnection: close\r\n\r\n`);
  refused.socket.write(body);
  await refused.cut;
  expect(refused.whole()).toBe(WHY.length);
});

describe("is refused", () => {
  const answered = async (text: string) => {
    const odd = await client();
    odd.socket.write(text);
    await odd.cut;
    return odd.heard();
  };
  const GET = "GET / HTTP/1.1\r\nHost: x\r\n";

  test.concurrent.each([
    ["headers that are too large", `${GET}X-A: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["two Hosts", `${GET}HOST: y\r\n\r\n`, 400],
    ["an address for a target", "GET http://other.example/ HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["a target without a slash", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    [
      "an encoding after chunks",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      400,
    ],
    [
      "a chunk length that is none",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
      400,
    ],
    ["a space before the colon", `${GET}Content-Length : 5\r\n\r\nhello`, 400],
    ["a folded header", `${GET}X-A: b\r\n c: d\r\n\r\n`, 400],
    ["a line feed alone", "GET / HTTP/1.1\nHost: x\n\n", 400],
    ["a control character in a header", `${GET}X-A: b\u0000c\r\n\r\n`, 400],
    ["a method that is none", "GETT / HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["no HTTP at all", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc", 400],
  ])("%s", async (_what, text, status) => {
    const heard = await answered(text);
    expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(heard).not.toMatch(/\n\s+at |node:/);
  });

  test.concurrent("CONNECT: this is no proxy", async () => {
    expect(await answered("CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n")).toBe("");
  });
});

/** Seconds until the server has ended the connection, as seen there: who does not read does not hear of it. */
async function broken({ socket: { localPort } }: Client): Promise<number> {
  const begun = performance.now();
  const isOpen = () => [...connections].some((one) => !one.destroyed && one.remotePort === localPort);
  while (isOpen()) await sleep(50);
  return (performance.now() - begun) / 1000;
}

test("connections beyond the most are closed at once, and the others live on", async () => {
  const few = await listening({ ...SETTINGS, MOST_CONNECTIONS: 2 });
  const [first, , third] = [await client(few), await client(few), await client(few)];
  expect(await third.cut).toBeLessThan(SETTINGS.HEADERS_SECONDS);
  first.socket.write(head("/", 0));
  await new Promise((resolve) => first.socket.once("data", resolve));
  expect(first.heard()).toContain("read 0");
  few.close().closeAllConnections();
});
