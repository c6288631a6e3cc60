/**
 * Drives the practice LMS in a real browser: the LMS of the end-to-end tests. It opens packages as one of its learners, with
 * the faults asked for, closes them in every way that people and LMSs do, and tells what the LMS recorded.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Frame, Page } from "playwright-core";
import type { Faults, LmsSettings } from "../../src/edges/practice/client/lms/faults.ts";
import type { PracticeGateway } from "../../src/edges/practice/practiceGateway.ts";
import { createPracticeServer } from "../../src/edges/practice/practiceServer.ts";
import type { LmsPackage, LmsRecord, PracticeState } from "../../src/edges/practice/practiceTypes.ts";
import { practiceDeps } from "./practiceDeps.ts";

export interface OpenOrder {
  /** The id of a delivery of the gateway; or else a zip, put into the LMS first. */
  readonly delivery?: string;
  readonly zip?: Buffer;
  /** An id; one that the LMS does not know is added, under `learner_name`. */
  readonly learner?: string;
  readonly learner_name?: string;
  readonly in?: LmsSettings["shown_in"];
  readonly settings?: Partial<Omit<LmsSettings, "shown_in">>;
  readonly faults?: Partial<Faults>;
}

/**
 * `exit`: the LMS's own "Close" (the frame goes elsewhere, the window closes). `remove`: the frame is torn out of the page.
 * `navigate`: the tab goes to another page. `tab`: the tab is closed by its user; unload handlers run.
 */
export type CloseStyle = "exit" | "remove" | "navigate" | "tab";

const LEARNER = "anna.berg";

export class PracticeLms {
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  /** Opens the LMS's page and launches; returns when the package's first page is loaded. */
  async open(page: Page, order: OpenOrder): Promise<OpenedCourse> {
    const packageId = order.zip === undefined ? order.delivery : (await this.upload(order.zip)).package_id;
    await page.goto(this.address({ ...order, packageId }));
    const shownIn = order.in ?? "frame";
    const launch = page.getByRole("button", { name: /^Launch / });
    const [popup] = await Promise.all([
      shownIn === "window" ? page.waitForEvent("popup") : null,
      launch.click(),
    ]);
    const frame = popup === null ? await frameAt(page, "/packages/") : popup.mainFrame();
    await frame.waitForLoadState("load");
    const learner = order.learner ?? LEARNER;
    return new OpenedCourse(this, page, popup, frame, learner);
  }

  /** The page's address, set up for a launch. */
  address(order: Omit<OpenOrder, "zip" | "delivery"> & { readonly packageId?: string | undefined }): string {
    const given = {
      package: order.packageId,
      learner: order.learner ?? LEARNER,
      learner_name: order.learner_name,
      shown_in: order.in,
      ...order.settings,
      ...order.faults,
    };
    const known = Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    return `${this.origin}/?${new URLSearchParams(known)}`;
  }

  async upload(zip: Buffer): Promise<LmsPackage> {
    const response = await fetch(`${this.origin}/api/packages`, {
      method: "POST",
      body: new Uint8Array(zip),
    });
    if (!response.ok) throw new Error(`The LMS refused the package: ${await response.text()}`);
    return (await response.json()) as LmsPackage;
  }

  /** What the LMS has of a learner in a package, and the gateway beside it. */
  async state(packageId: string, itemId: string, learner = LEARNER): Promise<PracticeState> {
    const query = new URLSearchParams({ package_id: packageId, item_id: itemId, learner_id: learner });
    const response = await fetch(`${this.origin}/api/state?${query}`);
    if (!response.ok) throw new Error(`The LMS has no state: ${await response.text()}`);
    return (await response.json()) as PracticeState;
  }
}

/** A course that was launched, and the LMS's page around it. */
export class OpenedCourse {
  /** The LMS's page. */
  readonly page: Page;
  /** The window of a course that was opened in one; null of one in a frame. */
  readonly popup: Page | null;
  /** Where the package's own page is: of a package of the gateway, the wrapper. */
  readonly frame: Frame;
  readonly #lms: PracticeLms;
  readonly #learner: string;
  readonly #packageId: string;

  constructor(lms: PracticeLms, page: Page, popup: Page | null, frame: Frame, learner: string) {
    this.#lms = lms;
    this.page = page;
    this.popup = popup;
    this.frame = frame;
    this.#learner = learner;
    this.#packageId = new URL(frame.url()).pathname.split("/")[2] ?? "";
  }

  /** What the LMS recorded of this course's learner, or of another one in the same package; null before a launch. */
  async record(learner = this.#learner): Promise<LmsRecord | null> {
    return (await this.state(learner)).record;
  }

  /** Every package of the gateway has one item; of several, the first is meant. */
  async state(learner = this.#learner): Promise<PracticeState> {
    const list = await fetch(`${this.#lms.origin}/api/packages/${this.#packageId}`);
    const { items } = (await list.json()) as LmsPackage;
    return this.#lms.state(this.#packageId, items[0]?.item_id ?? "", learner);
  }

  async close(style: CloseStyle): Promise<void> {
    const { page, popup } = this;
    if (style === "exit") await page.getByRole("button", { name: "Close the course" }).click();
    if (style === "remove" && popup === null)
      await page.getByRole("button", { name: "Remove the frame" }).click();
    if (style === "remove" && popup !== null) await popup.close({ runBeforeUnload: true });
    const left = popup ?? page;
    // To a page from a server, as learners go: `about:blank` replaces the page so fast that its last messages are lost.
    if (style === "navigate") await left.goto(`${this.#lms.origin}/api/packages`);
    if (style === "tab") await left.close({ runBeforeUnload: true });
    if (style === "navigate") return;
    if (style === "tab" || popup !== null) {
      if (!left.isClosed()) await left.waitForEvent("close");
    } else await page.getByText("The course is closed.").waitFor();
  }
}

/** The frame that shows an address with this in it, now or as soon as there is one. */
export async function frameAt(page: Page, part: string): Promise<Frame> {
  // A frame that has not begun to load has no address yet.
  const matches = (frame: Frame) =>
    frame !== page.mainFrame() && URL.canParse(frame.url()) && new URL(frame.url()).pathname.includes(part);
  return page.frames().find(matches) ?? (await page.waitForEvent("framenavigated", { predicate: matches }));
}

export interface RunningPractice {
  readonly lms: PracticeLms;
  stop(): Promise<void>;
}

/** A practice LMS on a free port with its page built afresh, for tests without a whole gateway. */
export async function startPractice(gateway: PracticeGateway): Promise<RunningPractice> {
  const folder = await mkdtemp(join(tmpdir(), "practice-lms-"));
  const clientFolder = join(folder, "client");
  const client = join(import.meta.dirname, "../../src/edges/practice/client");
  await build({
    entryPoints: ["practice.ts", "practice.css", "practice.html", "frames.html"].map((name) =>
      join(client, name),
    ),
    loader: { ".html": "copy" },
    bundle: true,
    outdir: clientFolder,
    logLevel: "warning",
  });
  const server = createServer(
    createPracticeServer({ dataFolder: join(folder, "data"), clientFolder, gateway, deps: practiceDeps() }),
  );
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    lms: new PracticeLms(`http://localhost:${port}`),
    stop: async () => {
      await stop(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function stop(server: Server): Promise<unknown> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}
