/**
 * An LMS page reduced to its SCORM API, and a player reduced to its half of docs/bridge.md, on two origins. The tests
 * reach into both with the browser's debugger; nothing here knows the wrapper's code.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { PackageFormat } from "../../../src/core/bridge.ts";
import { buildPackage } from "../../../src/flows/packaging/buildPackage.ts";
import { packageOrder, unzip } from "../packages.ts";
import { fakeApiScript, type LmsPageOptions } from "./fakeApi.ts";
import { FAKE_PLAYER } from "./fakePlayer.ts";

/** What the LMS's server was sent by synchronous requests. */
export interface LmsSave {
  readonly method: string;
  readonly values: Readonly<Record<string, string>>;
}

export class FakeLms {
  readonly saves: LmsSave[] = [];
  readonly #pages = new Map<string, string>();
  readonly #lms = createServer((request, response) => void this.#answerLms(request, response));
  readonly #player = createServer(
    (_, response) => void response.setHeader("content-type", "text/html").end(FAKE_PLAYER),
  );

  async start(): Promise<void> {
    await Promise.all([listen(this.#lms), listen(this.#player)]);
  }

  async stop(): Promise<void> {
    await Promise.all([close(this.#lms), close(this.#player)]);
  }

  /** The LMS's origin. */
  get origin(): string {
    return `http://localhost:${port(this.#lms)}`;
  }

  /** An origin of neither the LMS nor the player. */
  get otherOrigin(): string {
    return `http://127.0.0.1:${port(this.#lms)}`;
  }

  get playerOrigin(): string {
    return `http://127.0.0.1:${port(this.#player)}`;
  }

  wrapperUrl(format: PackageFormat, key = "delivery"): string {
    return `${this.origin}/package/${format}/${key}/index.html`;
  }

  /** A page that takes as long as a real network would: `about:blank` leaves no time between beforeunload and pagehide. */
  get slowPage(): string {
    return `${this.origin}/slow`;
  }

  /** The address of a page with this HTML, on the LMS's origin or another. */
  page(html: string, origin = this.origin): string {
    const path = `/page/${this.#pages.size}`;
    this.#pages.set(path, html);
    return `${origin}${path}`;
  }

  /** An LMS page with a SCORM API that frames `inner`. */
  lmsPage(options: LmsPageOptions, inner: string): string {
    return this.page(
      `<!DOCTYPE html><title>LMS</title><script>${fakeApiScript(options)}</script>
       <iframe id="content" src="${inner}" width="800" height="600" allow="fullscreen"></iframe>`,
    );
  }

  async #answerLms(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", this.origin).pathname;
    const [, area, format, key, name] = path.split("/");
    if (request.method === "POST") {
      this.saves.push(JSON.parse(await text(request)) as LmsSave);
      response.end();
    } else if (area === "package") {
      const file = await this.#packageFile(format as PackageFormat, key ?? "", name ?? "");
      response.setHeader("content-type", name?.endsWith(".js") ? "text/javascript" : "text/html").end(file);
    } else {
      if (area === "slow") await new Promise((resolve) => setTimeout(resolve, 100));
      response.setHeader("content-type", "text/html; charset=utf-8").end(this.#pages.get(path) ?? "");
    }
  }

  async #packageFile(format: PackageFormat, key: string, name: string): Promise<Buffer | undefined> {
    const order = packageOrder({ format, key, contentOrigin: this.playerOrigin });
    return (await unzip(await buildPackage(order))).get(name)?.content;
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, resolve));
}

function port(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });
}
