/** An LMS page with a wrapper that only does what docs/bridge.md says of it, and remembers what it heard. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { LmsSnapshot, Rollup } from "../../../src/core/bridge.ts";

export interface Heard {
  readonly type: "report" | "finish" | "denied" | "close";
  readonly id: number;
  readonly rollup: Rollup;
  readonly marker: string;
  readonly silent: boolean;
}

export interface WrapperWindow extends Window {
  heard: Heard[];
  /** The LMS takes what it is told: "yes", refuses it: "no", or never answers: "hangs". */
  lms: "yes" | "no" | "hangs";
  say(message: object): void;
  removeFrame(): void;
}

export interface WrapperOptions {
  readonly player: string;
  readonly snapshot: LmsSnapshot;
  readonly lms?: WrapperWindow["lms"];
  /** Opened by a click on the page's button instead of a frame. */
  readonly inWindow?: boolean;
}

export const SNAPSHOT: LmsSnapshot = {
  wrapper: 2,
  format: "scorm12",
  api: "1.2",
  initialized: true,
  error: "",
  learner_id: "learner-1",
  learner_name: "Rivera, Ana",
  entry: "ab-initio",
  mode: "normal",
  credit: "credit",
  completion: "not attempted",
  success: "",
  score: { raw: "", min: "", max: "", scaled: "" },
  mastery: "",
  location: "",
  suspend_data: "",
  preferences: { audio: "", language: "", speed: "", text: "" },
};

export class FakeWrapper {
  readonly #server = createServer((request, response) => {
    const options = new URL(request.url ?? "/", this.origin).searchParams.get("options");
    response
      .writeHead(200, { "content-type": "text/html; charset=utf-8" })
      .end(options === null ? "<!doctype html><title>Elsewhere</title>" : page(options));
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** `localhost` and the gateway's `127.0.0.1` are two sites. */
  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  url(options: WrapperOptions): string {
    return `${this.origin}/?options=${encodeURIComponent(JSON.stringify(options))}`;
  }
}

function page(options: string): string {
  return `<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>LMS</title><link rel="icon" href="data:,">
<style>html,body{margin:0;height:100%}iframe{border:0;width:100%;height:100%;display:block}</style></head><body>
<script>(${wrapper.toString()})(window, ${options.replaceAll("<", "\\u003c")})</script></body></html>`;
}

/** Runs in the browser: uses nothing from outside. */
function wrapper(own: WrapperWindow, options: WrapperOptions): void {
  const nonce = `nonce-${Math.random().toString(36).slice(2)}-${Date.now()}`;
  const address = `${options.player}#${nonce}`;
  const answeredPages = new Set<string>();
  let port: MessagePort | undefined;
  let player: Window | null = null;
  let frame: HTMLIFrameElement | undefined;
  own.heard = [];
  own.lms = options.lms ?? "yes";
  own.say = (message) => port?.postMessage(message);
  own.removeFrame = () => frame?.remove();

  own.addEventListener("message", (event) => {
    const hello = event.data;
    if (event.source !== player || hello?.type !== "hello" || hello.nonce !== nonce) return;
    if (event.origin !== new URL(options.player).origin || answeredPages.has(hello.page)) return;
    answeredPages.add(hello.page);
    const channel = new MessageChannel();
    port = channel.port1;
    port.onmessage = (message) => {
      own.heard.push(message.data);
      const { type, id } = message.data;
      if (own.lms === "hangs" || type === "close") return;
      port?.postMessage({
        type: type === "finish" ? "finished" : "reported",
        id,
        ok: own.lms === "yes",
        errors: [],
      });
    };
    player?.postMessage({ tallygate: 1, type: "snapshot", nonce, snapshot: options.snapshot }, event.origin, [
      channel.port2,
    ]);
  });
  if (options.inWindow) {
    const button = own.document.createElement("button");
    button.textContent = "Open";
    button.onclick = () => {
      player = own.open(address);
    };
    own.document.body.append(button);
    return;
  }
  frame = own.document.createElement("iframe");
  frame.allow = "fullscreen; autoplay";
  frame.src = address;
  own.document.body.append(frame);
  player = frame.contentWindow;
}
