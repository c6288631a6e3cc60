/** A practice platform on a port of its own, and a tool to talk to it: neither knows anything of the gateway. */
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import jwt from "jsonwebtoken";
import type { PlatformGateway } from "../../src/edges/practicePlatform/platformGateway.ts";
import { createPlatformServer } from "../../src/edges/practicePlatform/platformServer.ts";
import type {
  LaunchForm,
  LaunchSettings,
  PlatformState,
  Role,
} from "../../src/edges/practicePlatform/platformTypes.ts";
import { freePort } from "./freePort.ts";

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** Asks as a page or a tool does; a body that is no JSON comes as text. */
export async function ask<Body = Record<string, unknown>>(
  url: string,
  options: {
    readonly method?: string;
    readonly json?: unknown;
    readonly form?: Readonly<Record<string, string>>;
    readonly text?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer<Body>> {
  const { json, form, text, headers = {} } = options;
  const body = json === undefined ? (form ? new URLSearchParams(form) : text) : JSON.stringify(json);
  const response = await fetch(url, {
    method: options.method ?? (body === undefined ? "GET" : "POST"),
    redirect: "manual",
    headers: { ...(json === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const answered = await response.text();
  const isJson = /[/+]json/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(answered) : answered) as Body,
  };
}

export const ORDINARY_LAUNCH: LaunchSettings & { readonly role: Role } = {
  shown_in: "frame",
  login_by: "GET",
  storage: true,
  tells: "all",
  former_key: "",
  role: "learner",
};

/** What can be done at the platform's page, without a browser. */
export class PracticePlatform {
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  async state(): Promise<PlatformState> {
    return (await ask<PlatformState>(`${this.origin}/api/state`)).body;
  }

  /** @throws Error with what the platform says, where it refuses. */
  async do<Body = Record<string, string>>(path: string, json: unknown = {}): Promise<Body> {
    const { status, body } = await ask<Body & { detail?: string }>(`${this.origin}/api${path}`, { json });
    if (status >= 400) throw new Error(`The platform answers ${status}: ${body.detail}`);
    return body;
  }

  launch(order: { readonly link_id: string; readonly user_id: string } & object): Promise<LaunchForm> {
    return this.do("/launches", { ...ORDINARY_LAUNCH, ...order });
  }
}

export interface RunningPlatform extends PracticePlatform {
  readonly port: number;
  /** Starts it again on what it kept. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PlatformWishes {
  readonly gateway?: PlatformGateway;
  /** Where a proxy in front of it is known by another. */
  readonly origin?: string;
  /** With its page, as it was built. */
  readonly clientFolder?: string;
}

export async function startPlatform(wishes: PlatformWishes = {}): Promise<RunningPlatform> {
  const folder = await mkdtemp(join(tmpdir(), "practice-platform-"));
  const port = await freePort();
  const own = `http://localhost:${port}`;
  const serve = async () => {
    const { app, settled } = await createPlatformServer({
      dataFolder: folder,
      clientFolder: wishes.clientFolder ?? folder,
      origin: wishes.origin ?? own,
      gateway: wishes.gateway ?? null,
      now: () => new Date(),
      newId: randomUUID,
      onTrouble: (error) => console.error(error),
    });
    const server = await listen(app, port);
    return async () => {
      await close(server);
      await settled();
    };
  };
  let end = await serve();
  return Object.assign(new PracticePlatform(own), {
    port,
    restart: async () => {
      await end();
      end = await serve();
    },
    stop: async () => {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** A tool with a key and a JWKS; it signs whatever it is told to. */
export interface TestTool {
  readonly origin: string;
  sign(claims: object, options?: jwt.SignOptions): string;
  stop(): Promise<void>;
}

export async function startTool(): Promise<TestTool> {
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "tool-key", alg: "RS256", use: "sig" };
  const server = await listen((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    sign: (claims, options = {}) =>
      jwt.sign(claims, privateKey, { algorithm: "RS256", keyid: "tool-key", ...options }),
    stop: () => close(server),
  };
}

function listen(listener: RequestListener, port = 0): Promise<Server> {
  const server = createServer(listener);
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
