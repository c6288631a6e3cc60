/**
 * A mail server that keeps what it is sent. It is strict where RFC 5321 is: commands in their order, one address to a
 * RCPT, CRLF line ends; what breaks a rule is answered 5xx and noted in `broken`.
 */

import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Unfolded, by name in lower case; each as often as it came. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** As it came, headers included. */
  readonly raw: string;
  /** The decoded parts, by content type. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface MailServer {
  readonly url: string;
  readonly mails: ReceivedMail[];
  readonly broken: string[];
  /** What it says to RCPT for an address; 250 where nothing is said. `hang`: nothing at all. */
  refuse(address: string, reply: string | "hang"): void;
  reset(): void;
  close(): void;
}

export async function startMailServer(): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const broken: string[] = [];
  const refused = new Map<string, string>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    converse(socket, { mails, broken, refused });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    broken,
    refuse: (address, reply) => void refused.set(address, reply),
    reset: () => {
      mails.length = 0;
      broken.length = 0;
      refused.clear();
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface Kept {
  readonly mails: ReceivedMail[];
  readonly broken: string[];
  readonly refused: ReadonlyMap<string, string>;
}

const PATH = /^<([^\s<>,;@]+@[^\s<>,;@]+)>(?: \S+)*$/;

function converse(socket: Socket, { mails, broken, refused }: Kept): void {
  let [buffer, isData] = ["", false];
  let from: string | null = null;
  let to: string[] = [];
  const say = (line: string) => void socket.write(`${line}\r\n`);
  const fail = (line: string, why: string) => {
    broken.push(`${why}: ${line}`);
    say(`501 ${why}`);
  };
  const obey = (line: string) => {
    const [, verb = "", rest = ""] = /^([A-Za-z]+)(?: (.*))?$/.exec(line) ?? [];
    const path = PATH.exec(rest.replace(/^(FROM|TO):/i, ""))?.[1];
    switch (verb.toUpperCase()) {
      case "EHLO":
      case "HELO":
        return say("250 mail.test");
      case "MAIL":
        if (path === undefined || from !== null) return fail(line, "expected one sender");
        from = path;
        return say("250 ok");
      case "RCPT": {
        if (path === undefined || from === null) return fail(line, "expected one recipient after the sender");
        const reply = refused.get(path);
        if (reply === "hang") return;
        if (reply !== undefined) return say(reply);
        to.push(path);
        return say("250 ok");
      }
      case "DATA":
        if (to.length === 0) return fail(line, "expected recipients before the data");
        isData = true;
        return say("354 go on");
      case "RSET":
        [from, to] = [null, []];
        return say("250 ok");
      case "QUIT":
        say("221 bye");
        return void socket.end();
      default:
        return fail(line, "not known");
    }
  };
  const take = (raw: string) => {
    if (/(^|[^\r])\n/.test(raw)) broken.push("a line that ends in LF alone");
    mails.push(readMail(from ?? "", to, raw.replaceAll("\r\n..", "\r\n.")));
    [isData, from, to] = [false, null, []];
    say("250 taken");
  };
  socket.on("data", (chunk: Buffer) => {
    buffer += chunk.toString("latin1");
    for (;;) {
      const end = isData ? "\r\n.\r\n" : "\r\n";
      const at = buffer.indexOf(end);
      if (at < 0) return;
      const whole = buffer.slice(0, at);
      buffer = buffer.slice(at + end.length);
      if (isData) take(whole);
      else obey(whole);
    }
  });
  say("220 mail.test");
}

function readMail(from: string, to: readonly string[], raw: string): ReceivedMail {
  const { headers, body } = split(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers["content-type"]?.[0] ?? "")?.[1];
  const parts = boundary === undefined ? [raw] : body.split(`--${boundary}`).slice(1, -1);
  return { from, to, headers, raw, parts: Object.fromEntries(parts.map((part) => readPart(part))) };
}

function split(text: string) {
  const [head = "", ...rest] = text.replace(/^\r\n/, "").split("\r\n\r\n");
  const headers: Record<string, string[]> = {};
  for (const line of head.replaceAll(/\r\n[ \t]+/g, " ").split("\r\n")) {
    const [, name = "", value = ""] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
    headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), decodeWords(value)];
  }
  return { headers, body: rest.join("\r\n\r\n") };
}

function readPart(part: string): [type: string, content: string] {
  const { headers, body } = split(part);
  const type = headers["content-type"]?.[0]?.split(";")[0] ?? "";
  const encoding = headers["content-transfer-encoding"]?.[0] ?? "7bit";
  const bytes =
    encoding === "base64"
      ? Buffer.from(body, "base64")
      : encoding === "quoted-printable"
        ? Buffer.from(unquote(body.replaceAll("=\r\n", "")), "latin1")
        : Buffer.from(body, "latin1");
  return [type, bytes.toString("utf8").trim()];
}

/** RFC 2047. */
function decodeWords(value: string): string {
  return value
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_all, how: string, text: string) =>
      how.toUpperCase() === "B"
        ? Buffer.from(text, "base64").toString("latin1")
        : unquote(text.replaceAll("_", " ")),
    )
    .replace(/^[\s\S]*$/, (bytes) => Buffer.from(bytes, "latin1").toString("utf8"));
}

function unquote(text: string): string {
  return text.replaceAll(/=([0-9A-F]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
