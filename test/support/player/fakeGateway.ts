/** The gateway's endpoints in memory, to the letter of docs/bridge.md: the player's other side in its tests. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type {
  BeatPlan,
  KeepAnswer,
  KeepRequest,
  LaunchAllowed,
  LaunchDenied,
  LaunchRequest,
  Rollup,
} from "../../../src/core/bridge.ts";
import type { CourseStructure } from "../../../src/core/course.ts";

const CLIENT = join(import.meta.dirname, "../../../dist/client");
/** As strict as the player must bear. The course's own pages come without one. */
const PLAYER_POLICY = "default-src 'self'";

export interface Delivery {
  readonly structure: CourseStructure;
  /** Path → HTML. */
  readonly files: Readonly<Record<string, string>>;
  readonly media?: Readonly<Record<string, Buffer>>;
  readonly mode?: LaunchAllowed["mode"];
  readonly credit?: LaunchAllowed["credit"];
  readonly beat?: BeatPlan;
}

export interface Kept extends KeepRequest {
  readonly at: number;
  readonly launch: number;
  readonly by_beacon: boolean;
}

export class Attempt {
  readonly kept: Kept[] = [];
  readonly elements = new Map<string, Map<string, { value: string | null; stamp: number }>>();
  launches: LaunchRequest[] = [];
  rollup: Rollup | null = null;
  savedAt: string | null = null;
  closed = new Set<number>();

  get beats(): readonly Kept[] {
    return this.kept.filter((kept) => kept.sequence === undefined && !kept.marker_acknowledged);
  }

  value(item: string, element: string): string | null | undefined {
    return this.elements.get(item)?.get(element)?.value;
  }

  get states(): Record<string, Record<string, string | null>> {
    return Object.fromEntries(
      [...this.elements].map(([item, values]) => [
        item,
        Object.fromEntries([...values].map(([element, { value }]) => [element, value])),
      ]),
    );
  }

  set(item: string, element: string, value: string | null, stamp: number): void {
    const values = this.elements.get(item) ?? new Map();
    this.elements.set(item, values);
    if ((values.get(element)?.stamp ?? -1) <= stamp) values.set(element, { value, stamp });
  }
}

export class FakeGateway {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #deliveries = new Map<string, Delivery>();
  readonly #attempts = new Map<string, Attempt>();
  /** Delivery key → denials still to give. */
  readonly denials = new Map<string, LaunchDenied[]>();
  /** How many of the next requests fail with 503: launches, keeps. */
  failLaunches = 0;
  failKeeps = 0;
  /** How many of the next scripts of a run-time are answered by a proxy that has lost the gateway. */
  failRuntimes: number | "all" = 0;
  /** Goes with the next answer to a keep. */
  next: Partial<Pick<KeepAnswer, "stop" | "superseded">> = {};
  elsewhere = false;
  #due: { at: number } | null = null;

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  offer(key: string, delivery: Delivery): Attempt {
    const attempt = new Attempt();
    this.#deliveries.set(key, delivery);
    this.#attempts.set(key, attempt);
    this.#due =
      delivery.beat?.due_in_seconds == null ? null : { at: Date.now() + delivery.beat.due_in_seconds * 1000 };
    return attempt;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body, headers } = await this.#replyTo(request);
    response.writeHead(status, { "cache-control": "no-store", ...headers }).end(body);
  }

  async #replyTo(request: IncomingMessage): Promise<Reply> {
    const { pathname } = new URL(request.url ?? "/", this.origin);
    const [, area = "", name = "", ...rest] = pathname.split("/");
    if (area === "player")
      return this.#failsNow(name) ? reply(502, "text/html", "<h1>Bad gateway</h1>") : this.#asset(name);
    if (area === "c") return this.#content(name, rest.join("/"), request.headers.range ?? "");
    if (area !== "play") return reply(404, "text/plain", "");
    if (request.method === "GET") return playerPage();
    const body = await text(request).catch(() => "");
    if (name !== "keep") return this.#launch(name, JSON.parse(body) as LaunchRequest);
    const byBeacon = (request.headers["content-type"] ?? "").startsWith("text/plain");
    return this.#keep(JSON.parse(body) as KeepRequest, byBeacon);
  }

  #failsNow(name: string): boolean {
    if (!name.startsWith("player-scorm") || this.failRuntimes === 0) return false;
    if (this.failRuntimes !== "all") this.failRuntimes -= 1;
    return true;
  }

  async #asset(name: string): Promise<Reply> {
    const type = name.endsWith(".css") ? "text/css" : "text/javascript";
    return reply(200, type, await readFile(join(CLIENT, name), "utf8"));
  }

  #content(key: string, path: string, range: string): Reply {
    const delivery = this.#deliveries.get(key);
    const media = delivery?.media?.[path];
    if (media) return mediaReply(range, media);
    const file = delivery?.files[path];
    if (file === undefined) return reply(404, "text/plain", "");
    return reply(200, "text/html", file.replace("<head>", '<head><script src="/player/shim.js"></script>'));
  }

  #launch(key: string, asked: LaunchRequest): Reply {
    if (this.failLaunches > 0) {
      this.failLaunches -= 1;
      return reply(503, "text/plain", "");
    }
    const denial = this.denials.get(key)?.shift();
    if (denial) return jsonReply(denial);
    const delivery = this.#deliveries.get(key);
    const attempt = this.#attempts.get(key);
    if (!delivery || !attempt) return reply(404, "application/json", "{}");
    let launch = attempt.launches.findIndex((launched) => launched.nonce === asked.nonce);
    if (launch < 0) launch = attempt.launches.push(asked) - 1;
    const allowed: LaunchAllowed = {
      outcome: "allowed",
      launch_id: `launch-${launch}`,
      token: `${key}/${launch}/0`,
      attempt: {
        id: key,
        marker: `tg1.${key}`,
        resumed: attempt.launches.length > 1,
        elsewhere: this.elsewhere,
        saved_at: attempt.savedAt,
      },
      course: { structure: delivery.structure, content_base: `/c/${key}/` },
      states: attempt.states,
      total_seconds: {},
      rollup: attempt.rollup,
      learner: { id: asked.snapshot.learner_id, name: asked.snapshot.learner_name },
      mode: delivery.mode ?? "normal",
      credit: delivery.credit ?? "credit",
      beat: delivery.beat ?? { every_seconds: 60, due_in_seconds: null },
    };
    return jsonReply(allowed);
  }

  #keep(asked: KeepRequest, byBeacon: boolean): Reply {
    const [key = "", launchText = ""] = asked.token.split("/");
    const attempt = this.#attempts.get(key);
    const launch = Number(launchText);
    if (!attempt) return reply(401, "application/problem+json", '{"code":"launch_token_invalid"}');
    if (this.failKeeps > 0) {
      this.failKeeps -= 1;
      return reply(503, "text/plain", "");
    }
    attempt.kept.push({ ...asked, at: Date.now(), launch, by_beacon: byBeacon });
    const stamp = launch * 1_000_000 + (asked.sequence ?? 0);
    for (const [item, elements] of Object.entries(asked.changes ?? {}))
      for (const [element, value] of Object.entries(elements)) attempt.set(item, element, value, stamp);
    if (asked.rollup) attempt.rollup = asked.rollup;
    if (asked.closing) attempt.closed.add(launch);
    const saved = asked.changes !== undefined || asked.rollup !== undefined;
    if (saved) attempt.savedAt = new Date().toISOString();
    const left = this.#due === null ? null : (this.#due.at - Date.now()) / 1000;
    if (left !== null && left <= 0) this.#due = null;
    const answer: KeepAnswer = {
      token: `${key}/${launch}/${attempt.kept.length}`,
      ...(saved && attempt.savedAt ? { saved_at: attempt.savedAt } : {}),
      beat: {
        every_seconds: this.#deliveries.get(key)?.beat?.every_seconds ?? 60,
        due_in_seconds: left !== null && left > 0 ? left : null,
      },
      ...this.next,
    };
    this.next = {};
    return jsonReply(answer);
  }
}

interface Reply {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

function reply(status: number, type: string, body: string): Reply {
  return { status, body, headers: { "content-type": `${type}; charset=utf-8` } };
}

const jsonReply = (body: unknown): Reply => reply(200, "application/json", JSON.stringify(body));

function playerPage(): Reply {
  const page = reply(
    200,
    "text/html",
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Course</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/player/player.css"><script type="module" src="/player/player.js"></script></head><body></body></html>`,
  );
  return { ...page, headers: { ...page.headers, "content-security-policy": PLAYER_POLICY } };
}

/** With ranges: without them a browser does not seek. */
function mediaReply(range: string, media: Buffer): Reply {
  const from = Number(/^bytes=(\d+)-/.exec(range)?.[1] ?? 0);
  return {
    status: 206,
    body: media.subarray(from),
    headers: {
      "content-type": "audio/wav",
      "accept-ranges": "bytes",
      "content-range": `bytes ${from}-${media.length - 1}/${media.length}`,
    },
  };
}

/** Something to play: so many seconds of nothing, 8,000 samples of one byte each. */
export function silence(seconds: number): Buffer {
  const samples = Buffer.alloc(seconds * 8_000, 128);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(8_000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}
