/**
 * A course in a real browser, as deep as it lies in life: an LMS on another origin, a player on the content origin in it,
 * the course in a sandboxed frame of the player. With the browser's cookies allowed and blocked.
 */
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { build } from "esbuild";
import express from "express";
import { type BrowserContext, chromium, type Frame, type Page } from "playwright-core";
import { COURSE, type CourseServer, type Files, SHIM_SCRIPT, startCourse, TICKET } from "./courseServer.ts";

const SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-downloads allow-modals";

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** What the pages of the course find out, kept on their `window`. */
interface Found {
  shimRan: number;
  shimBeforeFirstScript: boolean;
  storage: string;
  ready: Promise<Record<string, unknown>>;
}

const FILES: Files = {
  "sco/index.html": `<!doctype html>
<html class="own"><head data-own>
<script>
  window.shimBeforeFirstScript = window.shimRan === 1;
  try { localStorage.setItem("a", "1"); window.storage = localStorage.getItem("a"); } catch (error) { window.storage = String(error); }
  try { document.domain = document.domain; } catch (error) {}
</script>
<link rel="stylesheet" href="../shared/style.css">
<link rel="stylesheet" href="/shared/absolute.css">
</head><body>
<img id="relative" src="../img/pixel.png"><img id="absolute" src="/img/pixel.png?absolute">
<iframe id="nested" src="frames/outer.html"></iframe>
<iframe id="absolute-frame" src="/sco/frames/inner.html"></iframe>
<script src="/shared/classic.odd-extension"></script>
<script type="module">
  const loaded = new Promise((resolve) => addEventListener("load", resolve));
  window.ready = (async () => {
    await loaded;
    const { deep } = await import("./mod/a.mjs");
    return {
      deep,
      classic: window.classic,
      images: ["relative", "absolute"].map((id) => document.getElementById(id).naturalWidth),
      color: getComputedStyle(document.body).color,
      margin: getComputedStyle(document.body).marginTop,
      attributes: [document.documentElement.className, document.head.hasAttribute("data-own")],
      player: window.parent.playerHere,
      fetched: await (await fetch("frames/inner.html")).text(),
      missing: (await fetch("/img/none.png")).status,
      posted: (await fetch("frames/inner.html", { method: "POST", body: "x" })).status,
    };
  })();
</script>
</body></html>`,
  "sco/frames/outer.html": '<html><body><iframe src="inner.html"></iframe></body></html>',
  "sco/frames/inner.html": "<p>inner</p>",
  "sco/frames/old.html":
    '<html><head><title>F</title></head><frameset cols="*"><frame src="inner.html"></frameset></html>',
  "sco/frames/strict.xhtml":
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>X</title></head><body><p>&#228;</p></body></html>',
  "sco/frames/wide.html": Buffer.from(
    "\ufeff<!doctype html><html><head></head><body>日本</body></html>",
    "utf16le",
  ),
  "sco/frames/latin.html": Buffer.from(
    '<!doctype html><meta charset="windows-1252"><p>\xe4\x80</p>',
    "latin1",
  ),
  "sco/mod/a.mjs": 'import { b } from "/sco/mod/b.mjs"; export const deep = b;',
  "sco/mod/b.mjs": 'const { c } = await import("../mod/c.mjs"); export const b = c;',
  "sco/mod/c.mjs": 'export const c = "three modules deep";',
  "shared/style.css": "body { background: url(../img/pixel.png?css); color: rgb(1, 2, 3) }",
  "shared/absolute.css":
    '@import "/shared/imported.css"; body { list-style-image: url(/img/pixel.png?css-absolute) }',
  "shared/imported.css": "body { margin-top: 17px }",
  "shared/classic.odd-extension": 'window.classic = "ran";',
  "img/pixel.png": PIXEL,
  "sco/sw.js": "",
  "sco/long.wav": silence(120),
};

const PLAYER = `<!doctype html><script>window.playerHere = "here";</script>
<iframe sandbox="${SANDBOX}" allow="autoplay; fullscreen" src="/c/${TICKET}/sco/index.html"></iframe>`;

/** An uncompressed sound, so that a player that seeks must ask for a part from the middle. */
function silence(seconds: number): Buffer {
  const bytes = seconds * 88_200;
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + bytes, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(44_100, 24);
  header.writeUInt32LE(88_200, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(bytes, 40);
  return Buffer.concat([header, Buffer.alloc(bytes)]);
}

interface Asked {
  readonly url: string;
  readonly destination: string;
  readonly range: string;
  status: number;
}

let course: CourseServer;
let contentHost: Server;
let lmsHost: Server;
let lms: string;
const asked: Asked[] = [];

beforeAll(async () => {
  const shim = await build({
    entryPoints: [join(import.meta.dirname, "../../../src/edges/player/client/shim.ts")],
    bundle: true,
    format: "iife",
    write: false,
  });
  course = await startCourse(FILES, { shimScript: `${SHIM_SCRIPT}\n${shim.outputFiles[0]?.text}` });
  const content = express();
  content.use((request, response, next) => {
    const { "sec-fetch-dest": destination, range } = request.headers;
    const one = { url: request.url, destination: String(destination), range: range ?? "", status: 0 };
    asked.push(one);
    response.on("finish", () => {
      one.status = response.statusCode;
    });
    next();
  });
  content.get("/play", (_request, response) => {
    response.set("Origin-Agent-Cluster", "?1").send(PLAYER);
  });
  content.use(course.app);
  contentHost = await listen(createServer(content));
  const player = `http://127.0.0.1:${portOf(contentHost)}/play`;
  lmsHost = await listen(
    createServer((_request, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end(`<!doctype html><title>LMS</title><iframe src="${player}"></iframe>`);
    }),
  );
  // Another site to the browser, as localhost and 127.0.0.1 are to each other.
  lms = `http://localhost:${portOf(lmsHost)}/`;
});
afterAll(async () => {
  contentHost.closeAllConnections();
  contentHost.close();
  lmsHost.closeAllConnections();
  lmsHost.close();
  await course.remove();
});

async function listen(server: Server): Promise<Server> {
  server.listen(0);
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

const COOKIES = {
  allowed: { cookie_controls_mode: 0 },
  "blocked for third parties": { cookie_controls_mode: 1 },
  "all blocked": { default_content_setting_values: { cookies: 2 } },
} as const;

describe.each(Object.keys(COOKIES) as (keyof typeof COOKIES)[])("cookies %s", (cookies) => {
  let folder: string;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "chromium-"));
    await mkdir(join(folder, "Default"));
    await writeFile(join(folder, "Default/Preferences"), JSON.stringify({ profile: COOKIES[cookies] }));
    context = await chromium.launchPersistentContext(folder, {
      executablePath: "/usr/bin/chromium",
      args: ["--no-sandbox"],
    });
    page = await context.newPage();
  });
  afterAll(async () => {
    await context.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  beforeEach(() => {
    asked.length = 0;
  });

  async function openCourse(): Promise<Frame> {
    await page.goto(lms);
    await page.waitForFunction(() => window.frames.length > 0);
    for (;;) {
      const frame = page.frames().find((one) => new URL(one.url(), lms).pathname.endsWith("/sco/index.html"));
      if (frame !== undefined) {
        await frame.waitForLoadState("load");
        return frame;
      }
      await page.waitForEvent("framenavigated");
    }
  }

  test("the course loads whole: styles, modules, nested frames, addresses relative and root-absolute", async () => {
    const frame = await openCourse();
    expect(await frame.evaluate(() => (window as unknown as Found).ready)).toEqual({
      deep: "three modules deep",
      classic: "ran",
      images: [1, 1],
      color: "rgb(1, 2, 3)",
      margin: "17px",
      attributes: ["own", true],
      player: "here",
      fetched: "<p>inner</p>",
      missing: 404,
      posted: 405,
    });
    const failed = asked.filter((one) => one.status >= 400 && one.destination !== "empty");
    expect(failed.filter((one) => !one.url.endsWith("/favicon.ico"))).toEqual([]);
    expect(asked.some((one) => one.url === `/c/${TICKET}/img/pixel.png?css-absolute`)).toBe(true);
  });

  test("the shim runs once in every frame, before the course's first script: storage works there already", async () => {
    const frame = await openCourse();
    await frame.evaluate(() => (window as unknown as Found).ready);
    const { shimBeforeFirstScript, storage } = await frame.evaluate(() => {
      const { shimBeforeFirstScript, storage } = window as unknown as Found;
      return { shimBeforeFirstScript, storage };
    });
    expect({ shimBeforeFirstScript, storage }).toEqual({ shimBeforeFirstScript: true, storage: "1" });
    const frames = page.frames().filter((one) => one.url().includes(`/c/${TICKET}/`));
    const runs = await Promise.all(
      frames.map((one) => one.evaluate(() => (window as unknown as Found).shimRan)),
    );
    expect(runs).toEqual([1, 1, 1, 1]);
  });

  test.each([
    ["old.html", "frameset", undefined],
    ["strict.xhtml", "body", "ä"],
    ["wide.html", "body", "日本"],
    ["latin.html", "body", "ä€"],
  ])("the shim spoils no %s", async (name, element, text) => {
    const frame = await openCourse();
    const seen = await frame.evaluate(async (source) => {
      const frame = document.createElement("iframe");
      frame.src = source;
      document.body.append(frame);
      await new Promise((resolve) => frame.addEventListener("load", resolve));
      const inside = frame.contentDocument;
      return {
        shimRan: (frame.contentWindow as unknown as Found).shimRan,
        element: inside?.body?.localName,
        text: inside?.body?.textContent?.trim(),
        mode: inside?.compatMode,
      };
    }, `frames/${name}`);
    expect(seen.shimRan).toBe(1);
    expect(seen.element).toBe(element);
    if (text !== undefined) expect([seen.text, seen.mode]).toEqual([text, "CSS1Compat"]);
  });

  test("a long recording is played from its middle: only that part is fetched", async () => {
    const frame = await openCourse();
    const position = await frame.evaluate(async () => {
      const video = document.createElement("video");
      video.preload = "metadata";
      video.src = "long.wav";
      document.body.append(video);
      await new Promise((resolve) => video.addEventListener("loadedmetadata", resolve));
      video.currentTime = 100;
      await new Promise((resolve) => video.addEventListener("seeked", resolve));
      return { at: video.currentTime, of: video.duration };
    });
    expect(position).toEqual({ at: 100, of: 120 });
    const parts = asked.filter((one) => one.url.endsWith("long.wav"));
    expect(parts.map((one) => one.status)).not.toContain(200);
    expect(parts.some((one) => Number(/^bytes=(\d+)-/.exec(one.range)?.[1]) > 5_000_000)).toBe(true);
  });

  test("opened again, only documents are asked for, and they have not changed", async () => {
    const first = await openCourse();
    await first.evaluate(() => (window as unknown as Found).ready);
    asked.length = 0;
    const again = await openCourse();
    await again.evaluate(() => (window as unknown as Found).ready);
    const files = asked.filter((one) => one.url.startsWith(`/c/${TICKET}/`) && one.destination !== "empty");
    expect(files.map((one) => [one.destination, one.status])).toEqual(files.map(() => ["iframe", 304]));
    expect(files).toHaveLength(4);
  });

  test("no service worker can be installed", async () => {
    const frame = await openCourse();
    const outcome = await frame.evaluate(() =>
      (async () => navigator.serviceWorker.register("sw.js"))().then(
        () => "installed",
        () => "refused",
      ),
    );
    expect(outcome).toBe("refused");
  });

  test("stopped, the course's pages no longer open, not even from the browser's cache", async () => {
    await openCourse();
    course.stopped.add(COURSE.delivery_id);
    try {
      const frame = await openCourse();
      expect(await frame.textContent("h1")).toBe("Your access to this course was stopped");
    } finally {
      course.stopped.clear();
    }
  });
});
